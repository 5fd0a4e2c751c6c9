/* SPDX-License-Identifier: MIT */
/*
 * Writes past the service (psql, another program): triggers note them in the
 * table outside_writes, in their own transactions. While there is a note, and
 * so from a beat after its COMMIT on, no process uses what it remembers
 * (freshness_may_serve()); the first to take notes up marks what they name, so
 * that everybody forgets it, and then removes them. NOTIFY hastens the beat; it
 * may be lost, and nothing depends on it.
 */
#pragma once

#include "cache/cache.h"
#include "database/primary_pools.h"
#include "runtime/fiber.h"
#include "store/freshness.h"

struct outside {
    const struct primary_pools *pools;
    const struct freshness *freshness;
    struct cache *cache;
    struct fiber *fiber; /* NULL: not running */
    struct condition wanted, ended;
    bool pending, failing;
};

/* All must outlive it. */
void outside_start(struct outside *outside, const struct primary_pools *pools,
                   const struct freshness *freshness, struct cache *cache);

/* Harmless when it was not started. */
YIELDS void outside_stop(struct outside *outside);

/* There are notes: for rights_beat_watch(). */
void outside_wake(void *outside);
