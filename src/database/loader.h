/* SPDX-License-Identifier: MIT */
/*
 * The batching loader: single-row reads that wait at the same time become one
 * statement. While a batch is in flight the next one gathers, so batches grow
 * with the load; with nothing in flight a batch leaves at the end of the turn.
 */
#pragma once

#include "base/id.h"
#include "database/pool.h"

struct loader;

struct loader_options {
    unsigned batch_max;     /* ids in one statement; 0: 256 */
    unsigned in_flight_max; /* batches of a scope at the same time; 0: 1 */
};

/*
 * The statement selects by `… = ANY($1)`, where $1 is a list of uuids, and
 * its first column is the id. It must outlive the loader, and so must the pool
 * while anybody waits. Options may be NULL.
 */
struct loader *loader_new(struct pool *pool, const struct statement *statement,
                          const struct loader_options *options) MUST_CHECK;

/* Nobody may wait on it any more. NULL is taken. */
void loader_free(struct loader **loader);

/*
 * The row with this id, shared with all who asked for it at the same time in
 * an equal scope (may be NULL); it was read after this call began. The caller
 * ends it by row_end(). -ERR_NOT_FOUND, or as pool_read().
 */
YIELDS int loader_get(struct loader *loader, const struct scope *scope,
                      struct uuid id, struct deadline until,
                      struct row *ret_row, struct diag *diag) MUST_CHECK;

struct loader_stats {
    uint64_t requests, batches, ids; /* requests − ids were shared */
};

void loader_stats(const struct loader *loader, struct loader_stats *ret_stats);
