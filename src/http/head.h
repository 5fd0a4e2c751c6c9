/* SPDX-License-Identifier: MIT */
/* Heads that the gate has passed: pure text work on sound bytes. */
#pragma once

#include "http/request.h"

/*
 * Takes a head apart into the request's method, target, path, query and
 * fields; the texts point into `head`, the table is the arena's.
 * -ERR_TOO_LARGE when the arena is full.
 */
int head_parse(struct request *request, struct text head) MUST_CHECK;

/*
 * What libmicrohttpd must know of a head and nothing else: method, version,
 * framing, Expect and whether the connection goes on. Written over the head in
 * place; never longer. Returns the new length.
 */
size_t head_reduce(char *head, size_t len);

/*
 * The length of the reduced head at the front, if it is that of a GET without a
 * body by HTTP/1.1 whose connection goes on; else 0.
 */
size_t head_plain(struct text passed);
