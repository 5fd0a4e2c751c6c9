/* SPDX-License-Identifier: MIT */
/*
 * How much one client may ask for: token buckets by address, by caller, and
 * for credentials that were no good. One for the process, so that a limit is
 * the same however a client's connections fall to the loops; a request takes
 * one of a few locks for as long as a look-up in a table of hashes.
 */
#pragma once

#include "base/text.h"
#include "resilience/token_bucket.h"

enum limit_kind {
    LIMIT_ADDRESS,     /* every request, before anything else is asked */
    LIMIT_CALLER,      /* those of one who signed in */
    LIMIT_CREDENTIALS, /* that failed, by address */
    LIMIT_KINDS
};

struct limits;

/* A rate whose burst is 0 limits nothing. */
struct limits *limits_new(const struct token_rate rates[LIMIT_KINDS])
    MUST_CHECK;
void limits_free(struct limits **limits);

/* The rate, or NULL where nothing is limited; `limits` may be NULL. */
const struct token_rate *limits_rate(const struct limits *limits,
                                     enum limit_kind kind);

/* Takes one of the name's bucket. From any thread. */
struct token_verdict limits_take(struct limits *limits, enum limit_kind kind,
                                 struct text name, uint64_t now_ns);

/* What taking one would bring; nothing is taken. From any thread. */
struct token_verdict limits_look(struct limits *limits, enum limit_kind kind,
                                 struct text name, uint64_t now_ns);
