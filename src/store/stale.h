/* SPDX-License-Identifier: MIT */
/*
 * Room only: answers that caches still hold, in place of an error of the
 * database, for reads with `Consistency: any` (RFC 5861 calls it
 * stale-if-error). Such reads ask no cache before. Nothing is answered so that
 * a mark has removed, nor to who names a write that is to be seen.
 */
#pragma once

#include "cache/cache.h"
#include "store/store_impl.h"

/* Did the read fail with what is no fault of the question's, and may what is
 * older stand in? */
bool stale_may_stand_in(const struct store *store, int r);

/* When a read has to fail so that there is time to look; `until` for those that
 * nothing can stand in for. */
struct deadline stale_until(const struct store *store, struct deadline until);

/* The same store as one whose answers may be remembered, if it is one: nobody
 * is told why not. */
struct store stale_store(const struct store *store);

/*
 * What is held under this key; the body is the caller's. The error r is
 * forgotten then, and told of in the trail.
 */
YIELDS bool stale_find(const struct store *store, const struct cache_key *key,
                       int r, struct deadline until, struct diag *diag,
                       struct cache_value *ret_value) MUST_CHECK;
