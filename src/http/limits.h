/* SPDX-License-Identifier: MIT */
/*
 * How much one client may ask for: token buckets by address, by caller, and
 * for credentials that were no good. One for the process, so that a limit is
 * the same however a client's connections fall to the loops; a request takes
 * one of a few locks for as long as a look-up in a table of hashes. Whoever
 * shares them with other processes (app/limit_sharing.h) does it behind the
 * requests: they never wait for that.
 */
#pragma once

#include "base/text.h"
#include "resilience/token_table.h"

enum limit_kind {
    LIMIT_ADDRESS,     /* every request, before anything else is asked */
    LIMIT_CALLER,      /* those of one who signed in */
    LIMIT_CREDENTIALS, /* that failed, by address */
    LIMIT_KINDS
};

struct limits;

/*
 * A rate whose burst is 0 limits nothing. `shared`: what is taken is kept for
 * limits_claim().
 */
struct limits *limits_new(const struct token_rate rates[LIMIT_KINDS],
                          bool shared) MUST_CHECK;
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

/* --- with other processes ------------------------------------------------- */

/* Is there anything to share? `limits` may be NULL. */
bool limits_are_shared(const struct limits *limits);

/*
 * Has this called, on any thread and inside of a lock, when something is worth
 * telling at once; NULL: nobody is called any more when this returns.
 */
void limits_on_due(struct limits *limits, void (*due)(void *arg), void *arg);

enum { LIMITS_KEY_BYTES = TOKEN_KEY_BYTES + 32 };

/* What was taken of a bucket, to be told under this key. */
struct limits_claim {
    size_t key_len;
    char key[LIMITS_KEY_BYTES]; /* the same in each process; not text */
    struct token_claim told;
    enum limit_kind kind;
    unsigned part;
    struct token_place place;
};

/* Up to `max` claims, and how many; each is given once. */
unsigned limits_claim(struct limits *limits, uint64_t now_ns,
                      struct limits_claim *ret_claims, unsigned max);

/* What came of a claim of that time: how far from full the bucket of all is. */
void limits_hear(struct limits *limits, const struct limits_claim *claim,
                 uint64_t lacking_us, uint64_t claimed_at_ns);
