/* SPDX-License-Identifier: MIT */
/* What one worker has of the caches, from the switch in PostgreSQL to its own
 * memory. */
#pragma once

#include "cache/cache.h"
#include "store/cache_keeper.h"
#include "store/cache_switch.h"

struct caches_options {
    const struct nodes *nodes; /* pools[i] is of its node i */
    struct freshness *freshness;
    const struct redis_address *redis; /* NULL: there is none */
    unsigned connect_timeout_ms;
    size_t near_bytes;
    bool keeps; /* switches them on, for the process */
};

struct caches {
    struct pool *pools[NODES_MAX]; /* of the switch; its owner's, who sets
                                      them before the rest */
    struct cache_switch *cache_switch;
    struct cache *cache; /* NULL: there is no Redis */
    struct cache_keeper keeper;
};

void caches_start(struct caches *caches, const struct caches_options *options);

/* Nobody may be using them any more. The pools stay. */
YIELDS void caches_stop(struct caches *caches);
