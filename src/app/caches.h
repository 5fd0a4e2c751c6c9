/* SPDX-License-Identifier: MIT */
/* What one worker has of the caches, from the switch in PostgreSQL to its own
 * memory. */
#pragma once

#include "cache/cache.h"
#include "store/cache_keeper.h"
#include "store/cache_switch.h"
#include "store/outside.h"

struct caches_options {
    const struct primary_pools *pools;
    struct freshness *freshness;
    const struct redis_address *redis; /* NULL: there is none */
    unsigned connect_timeout_ms;
    size_t near_bytes;
    bool keeps; /* switches them on and tells of writes past the service, for
                   the process */
};

struct caches {
    struct cache_switch *cache_switch;
    struct cache *cache; /* NULL: there is no Redis */
    struct cache_keeper keeper;
    struct outside outside;
};

/* What the options point to must outlive them. */
void caches_start(struct caches *caches, const struct caches_options *options);

/* Nobody may be using them any more. */
YIELDS void caches_stop(struct caches *caches);
