/* SPDX-License-Identifier: MIT */
/*
 * The sign of life of a process, ten times a second: it tells the database how
 * far the process has seen the generation of rights, and learns of the newest.
 * While beats succeed rights may be used from memory (store/freshness.h). One
 * loop of a process does it, on a connection that it shares with nobody.
 */
#pragma once

#include "database/nodes.h"
#include "runtime/fiber.h"
#include "store/freshness.h"

struct rights_beat {
    struct pool *pool;
    const struct nodes *nodes; /* or NULL: the pool is the primary's for ever */
    struct pool *const *pools; /* one for each of them */
    struct freshness *freshness;
    struct fiber *fiber; /* NULL: not running */
    struct condition ended;
    bool lost;         /* there is no lease, and it was told */
    uint32_t timeline; /* of the database, at the last beat; 0: none yet */
};

/* What such a pool is like, made of another's options. */
struct pool_options rights_beat_pool_options(struct pool_options options);

/*
 * Pool and freshness must outlive it. Without memory for a fiber there is
 * never a lease, and all rights are asked of the database.
 */
void rights_beat_start(struct rights_beat *beat, struct pool *pool,
                       struct freshness *freshness);

/*
 * From now on it beats where the primary is: on the pool that has the place of
 * that node. All must outlive it.
 */
void rights_beat_follow(struct rights_beat *beat, const struct nodes *nodes,
                        struct pool *const *pools);

/*
 * Ends the lease, leaves the table, so that nobody waits for us any more, and
 * waits for both; harmless when it was not started.
 */
YIELDS void rights_beat_stop(struct rights_beat *beat);
