/* SPDX-License-Identifier: MIT */
/*
 * What one loop remembers of rights. What it hands out is never out of date:
 * either it is fresh (store/freshness.h), or it was asked for after the caller
 * asked. So without a lease every caller pays a question to the database, or
 * shares one with those who ask for the same at the same time.
 */
#pragma once

#include "store/rights.h"

struct rights_memory;

enum { RIGHTS_MEMORY_BYTES = 8 << 20 }; /* the oldest is forgotten first */

/* Store (of whichever actor) and freshness must outlive it. */
struct rights_memory *rights_memory_new(const struct store *store,
                                        struct freshness *freshness,
                                        size_t limit_bytes) MUST_CHECK;

/* Nobody may be waiting on it any more. NULL is taken. */
void rights_memory_free(struct rights_memory **memory);

/*
 * The rights of the user who is meant, by a set of enum rights_by; of the
 * subject TEXT_NULL: nobody's. The caller unreferences. Users who are not
 * active have rights too, though none in them: see status. Errors are those of
 * rights_load(); nothing is remembered of users who are not there.
 */
YIELDS int rights_get(struct rights_memory *memory, unsigned by,
                      struct text subject, struct deadline until,
                      struct rights **ret_rights, struct diag *diag) MUST_CHECK;

/* The same where no wait is needed, for outside of fibers; or NULL. */
struct rights *rights_known(struct rights_memory *memory, unsigned by,
                            struct text subject) MUST_CHECK;

struct rights_memory_stats {
    unsigned entries;
    size_t bytes;
    uint64_t hits, loads, shared; /* since the start */
};

void rights_memory_stats(const struct rights_memory *memory,
                         struct rights_memory_stats *ret_stats);
