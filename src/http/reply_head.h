/* SPDX-License-Identifier: MIT */
/* A reply's head as it is sent. For this room only. */
#pragma once

#include "http/exchange.h"

/*
 * Writes into `exchange->fields` what libmicrohttpd does not: all fields but
 * how the body is framed and whether the connection goes on.
 */
void reply_write_fields(struct exchange *exchange);

/* Writes the whole head there: status line, fields, empty line. */
void reply_write_head(struct exchange *exchange);

/* What follows the head; empty where the status has no body. */
struct text reply_sent_body(const struct reply *reply);
