/* SPDX-License-Identifier: MIT */
/*
 * Switches caches on, and on again after Redis was gone, flushed or restarted.
 * One loop of each process keeps looking; of all processes one does it.
 */
#pragma once

#include "cache/cache.h"
#include "runtime/fiber.h"
#include "store/cache_switch.h"

struct cache_keeper {
    struct cache_switch *cache_switch; /* whose pool it uses */
    struct freshness *freshness;
    struct cache *cache;
    struct fiber *fiber; /* NULL: not running */
    struct condition ended;
    unsigned wanting; /* looks in a row that found them to be switched on */
};

/*
 * From when caches are switched off until they are on, at the least: all who
 * knew them to be on have heard of it, then a new epoch's quarantine.
 */
enum { CACHE_QUARANTINE_MS = CACHE_COMMIT_MS + 200 };

/* All of them must outlive it. */
void cache_keeper_start(struct cache_keeper *keeper,
                        struct cache_switch *cache_switch,
                        struct freshness *freshness, struct cache *cache);

/* Harmless when it was not started. */
YIELDS void cache_keeper_stop(struct cache_keeper *keeper);
