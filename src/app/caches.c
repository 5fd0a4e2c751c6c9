/* SPDX-License-Identifier: MIT */
#include "app/caches.h"

#include "base/clock.h"

static bool may_serve(void *freshness, uint64_t now_ns)
{
    return freshness_may_serve(freshness, now_ns);
}

void caches_start(struct caches *caches, const struct caches_options *options)
{
    struct cache_options cache = {
        .address = options->redis,
        .connect_timeout_ms = options->connect_timeout_ms,
        .near_bytes = options->near_bytes,
        .now_ns = clock_boottime_ns,
        .may_serve = may_serve,
        .arg = options->freshness,
    };

    caches->cache_switch = cache_switch_new(options->pools, options->freshness);
    if (!options->redis)
        return;
    caches->cache =
        cache_start(pool_loop(primary_pool(options->pools)), &cache);
    if (!options->keeps)
        return;
    cache_keeper_start(&caches->keeper, caches->cache_switch,
                       options->freshness, caches->cache);
    outside_start(&caches->outside, options->pools, options->freshness,
                  caches->cache);
}

void caches_stop(struct caches *caches)
{
    outside_stop(&caches->outside);
    cache_keeper_stop(&caches->keeper);
    cache_stop(&caches->cache);
    cache_switch_free(&caches->cache_switch);
}
