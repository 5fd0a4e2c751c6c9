/* SPDX-License-Identifier: MIT */
/*
 * When to fetch the keys of an issuer again. Pure: time comes in, a verdict
 * goes out; who fetches tells of it, and keeps the old keys when it failed.
 *
 * In the background once an interval; after a failure sooner, doubling from
 * 5 s to the interval. A token that names an unknown key asks for a fetch at
 * once, as issuers may sign with a new key before we know it; that is granted
 * once a minute at the most, whatever strangers send.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"

#include <stdbool.h>

enum {
    JWKS_ASKED_MIN_S = 60,
    JWKS_RETRY_MIN_S = 5,
};

struct jwks_refresh {
    uint64_t interval_ns;
    uint64_t due_ns;     /* of the next one in the background */
    uint64_t may_ask_ns; /* before that an unknown key is granted nothing */
    uint64_t fetched_ns; /* when the last good one ended; 0: never */
    unsigned failures;   /* in a row */
    bool is_under_way;
};

/* Due at once. The interval is at least a second. */
void jwks_refresh_init(struct jwks_refresh *refresh, uint64_t interval_ns,
                       uint64_t now_ns);

/* Has the time come for one in the background? Never while one is under way. */
bool jwks_refresh_is_due(const struct jwks_refresh *refresh, uint64_t now_ns);

/* When to ask again: the deadline of whoever waits for the next one. */
struct deadline jwks_refresh_next(const struct jwks_refresh *refresh);

/*
 * A token names a key that is not there. START: fetch now, then try again;
 * the allowance is used up. JOIN: one is under way, wait for it, then try
 * again. REFUSE: the token is not valid.
 */
enum jwks_verdict { JWKS_START, JWKS_JOIN, JWKS_REFUSE };

enum jwks_verdict jwks_refresh_ask(struct jwks_refresh *refresh,
                                   uint64_t now_ns) MUST_CHECK;

/* Each fetch begins and ends, whoever wanted it; also a cancelled one. */
void jwks_refresh_begin(struct jwks_refresh *refresh);
void jwks_refresh_end(struct jwks_refresh *refresh, bool ok, uint64_t now_ns);
