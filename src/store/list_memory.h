/* SPDX-License-Identifier: MIT */
/*
 * Room only: lists that are remembered, as objects are (cache/cache.h): by all
 * that was asked and by the generations of all resources that they show, so
 * that nobody finds a list any more from before one of them was written.
 */
#pragma once

#include "cache/cache.h"
#include "store/list.h"

/* May others have what this store reads of it, and it what others read? */
bool list_is_common(const struct store *store, const struct listing *listing);

/* What a list is remembered under now; not *ret_there: there is no telling what
 * state the resources are in. -ERR_TOO_LARGE */
YIELDS int list_memory_key(struct run *run, struct cache_key *ret_key,
                           bool *ret_there) MUST_CHECK;

/* cache_peek(), whose body is to be unreferenced. */
YIELDS bool list_memory_peek(const struct run *run, const struct cache_key *key,
                             enum cache_layer layer,
                             struct list_answer *ret_answer) MUST_CHECK;

/*
 * *ret_found: the answer is remembered, and its body to be unreferenced. Else
 * it is to be read from the primary, from now on, and given to
 * list_memory_fill(). -ERR_TOO_LARGE
 */
YIELDS int list_memory_find(struct run *run, struct cache_load *load,
                            struct list_answer *ret_answer, bool *ret_found)
    MUST_CHECK;

/*
 * The read failed with r: *ret_answer is what is still held of it (stale.h),
 * its body to be unreferenced, and 0; else r again.
 */
YIELDS int list_memory_stand_in(struct run *run, int r,
                                struct list_answer *ret_answer) MUST_CHECK;

/* Ends the load, which may never have begun. */
YIELDS void list_memory_fill(struct run *run, struct cache_load *load,
                             const struct list_answer *answer);
