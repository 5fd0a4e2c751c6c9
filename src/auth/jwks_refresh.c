/* SPDX-License-Identifier: MIT */
#include "auth/jwks_refresh.h"

#include "base/check.h"

void jwks_refresh_init(struct jwks_refresh *refresh, uint64_t interval_ns,
                       uint64_t now_ns)
{
    CHECK(interval_ns >= NS_PER_S);
    *refresh = (struct jwks_refresh){
        .interval_ns = interval_ns,
        .due_ns = now_ns,
        .may_ask_ns = now_ns,
    };
}

bool jwks_refresh_is_due(const struct jwks_refresh *refresh, uint64_t now_ns)
{
    return !refresh->is_under_way && now_ns >= refresh->due_ns;
}

struct deadline jwks_refresh_next(const struct jwks_refresh *refresh)
{
    return refresh->is_under_way ? DEADLINE_NEVER
                                 : (struct deadline){ refresh->due_ns };
}

enum jwks_verdict jwks_refresh_ask(struct jwks_refresh *refresh,
                                   uint64_t now_ns)
{
    if (refresh->is_under_way)
        return JWKS_JOIN;
    if (now_ns < refresh->may_ask_ns)
        return JWKS_REFUSE;
    refresh->may_ask_ns = now_ns + JWKS_ASKED_MIN_S * NS_PER_S;
    return JWKS_START;
}

void jwks_refresh_begin(struct jwks_refresh *refresh)
{
    CHECK(!refresh->is_under_way);
    refresh->is_under_way = true;
}

/* 5, 10, 20 … s after the first, second, third … failure in a row. */
static uint64_t retry_ns(const struct jwks_refresh *refresh)
{
    unsigned doublings = refresh->failures - 1;
    uint64_t wait = JWKS_RETRY_MIN_S * NS_PER_S;

    wait = doublings < 20 ? wait << doublings : UINT64_MAX;
    return wait < refresh->interval_ns ? wait : refresh->interval_ns;
}

void jwks_refresh_end(struct jwks_refresh *refresh, bool ok, uint64_t now_ns)
{
    CHECK(refresh->is_under_way);
    refresh->is_under_way = false;
    if (ok) {
        refresh->failures = 0;
        refresh->fetched_ns = now_ns;
        refresh->due_ns = now_ns + refresh->interval_ns;
    } else {
        refresh->failures++;
        refresh->due_ns = now_ns + retry_ns(refresh);
    }
}
