/* SPDX-License-Identifier: MIT */
/*
 * Rows as CSV (RFC 4180): a comma between fields, CRLF behind each record,
 * quotes doubled. Null is an empty field, an empty text a pair of quotes.
 * Values read as in JSON, lists and objects are JSON text.
 */
#pragma once

#include "json/shape.h"

/* The record with the members' names. */
void csv_encode_names(const struct selection *selection, struct buffer *buffer);

/* One record, of columns as shape_encode() takes them. */
void csv_encode(const struct selection *selection, const struct text *columns,
                struct buffer *buffer);
