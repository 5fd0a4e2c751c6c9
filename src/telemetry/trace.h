/* SPDX-License-Identifier: MIT */
/* Trace context (W3C Trace Context, level 1) and the ids of requests. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stdbool.h>

enum {
    TRACE_ID_TEXT_BYTES = 33,     /* 32 hexadecimal digits and NUL */
    TRACE_PARENT_TEXT_BYTES = 56, /* "00-…-…-01" and NUL */
    REQUEST_ID_TEXT_BYTES = 65,
};

struct trace {
    unsigned char id[16];    /* of the whole trace */
    unsigned char parent[8]; /* the caller's span; zeros when we began */
    unsigned char span[8];   /* ours */
    bool sampled, continued; /* continued: the caller's trace */
};

/*
 * Takes the caller's trace over when `traceparent` is valid, else begins one;
 * TEXT_NULL when the header is missing. The span is new in either case.
 */
void trace_begin(struct trace *trace, struct text traceparent);

/* For what we call in turn: our span as its parent. */
void trace_format(const struct trace *trace,
                  char ret_text[static TRACE_PARENT_TEXT_BYTES]);

void trace_format_id(const struct trace *trace,
                     char ret_text[static TRACE_ID_TEXT_BYTES]);

/*
 * The caller's id when it is 1 to 64 of A-Z a-z 0-9 . _ -, else a new UUIDv7.
 * Returns its length.
 */
size_t request_id(struct text given,
                  char ret_text[static REQUEST_ID_TEXT_BYTES]);
