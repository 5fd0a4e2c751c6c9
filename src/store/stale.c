/* SPDX-License-Identifier: MIT */
#include "store/stale.h"

#include "store/explain.h"

enum { KEPT_MS = 200 }; /* of which a quarter is for Redis */

/* A reader who has left needs nothing, and what has begun to end says so. */
static bool is_databases_fault(int r)
{
    int status = error_info(r)->status;

    return r == -ERR_LOCK_TIMEOUT ||
           ((status == 503 || status == 504) && r != -ERR_CANCELLED &&
            r != -ERR_DRAINING);
}

static bool takes_any(const struct store *store)
{
    return !store->transaction && store->stock->cache &&
           store->consistency.level == CONSISTENCY_ANY &&
           store->consistency.at_least.position == 0;
}

bool stale_may_stand_in(const struct store *store, int r)
{
    return r < 0 && takes_any(store) && is_databases_fault(r);
}

struct deadline stale_until(const struct store *store, struct deadline until)
{
    uint64_t left_ns = deadline_left_ns(until, loop_now_ns(loop_current()));
    uint64_t kept_ns = left_ns / 8;

    if (!takes_any(store))
        return until;
    if (kept_ns > KEPT_MS * NS_PER_MS)
        kept_ns = KEPT_MS * NS_PER_MS;
    return (struct deadline){ until.at_ns - kept_ns };
}

struct store stale_store(const struct store *store)
{
    struct store strict = *store;

    strict.consistency.level = CONSISTENCY_FRESH;
    strict.trail = NULL;
    return strict;
}

bool stale_find(const struct store *store, const struct cache_key *key, int r,
                struct deadline until, struct diag *diag,
                struct cache_value *ret_value)
{
    if (!cache_last(store->stock->cache, key, until, ret_value))
        return false;
    diag_clear(diag);
    explain_stale(store, key);
    if (store->trail)
        store->trail->provenance = (struct provenance){
            .from = ret_value->layer == CACHE_NEAR ? FROM_NEAR : FROM_REDIS,
            .age_ns = ret_value->age_ns,
            .instead_of = r,
        };
    return true;
}
