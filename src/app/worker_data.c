/* SPDX-License-Identifier: MIT */
/* The parts of a worker that speak to PostgreSQL and Redis. */
#include "app/options.h"
#include "app/worker_part.h"
#include "database/driver.h"

enum { POOL_STOP_MS = 1000 };

/* --- the database -------------------------------------------------------- */

static unsigned slow_ms(const struct worker *worker)
{
    return (unsigned)settings_int(worker->service.settings,
                                  SETTING_SLOW_QUERY_THRESHOLD);
}

static void start_slow_log(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;

    worker->slow_log = slow_log_new(
        worker->loop, assembly->driver, assembly->targets[0],
        !settings_bool(worker->service.settings, SETTING_PREPARED_STATEMENTS),
        slow_ms(worker));
}

static void adopt_slow_log(struct worker *worker)
{
    slow_log_set_threshold(worker->slow_log, slow_ms(worker));
}

static void stop_slow_log(struct worker *worker)
{
    slow_log_free(&worker->slow_log);
}

const struct part part_slow_log = {
    .name = "slow_log",
    .start = start_slow_log,
    .adopt = adopt_slow_log,
    .stop = stop_slow_log,
};

static struct pool_options pool_options(const struct worker *worker)
{
    struct pool_options options =
        pool_options_of(worker->service.settings, worker->assembly->workers);

    options.slow_log = worker->slow_log;
    return options;
}

static struct nodes_options nodes_options(const struct worker *worker)
{
    const struct settings *settings = worker->service.settings;

    return (struct nodes_options){
        .pool = pool_options(worker),
        .lag_max_ms = (unsigned)settings_int(settings, SETTING_REPLICA_LAG_MAX),
        .degraded = settings_bool(settings, SETTING_DEGRADED_READS),
    };
}

static void start_nodes(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct nodes_options options = nodes_options(worker);

    worker->service.nodes =
        nodes_start(worker->loop, assembly->driver, assembly->targets,
                    assembly->target_count, &options);
}

static void adopt_nodes(struct worker *worker)
{
    struct nodes_options options = nodes_options(worker);

    nodes_adjust(worker->service.nodes, &options);
}

static void stop_nodes(struct worker *worker)
{
    nodes_stop(&worker->service.nodes, worker_in(worker, POOL_STOP_MS));
}

const struct part part_nodes = {
    .name = "nodes",
    .start = start_nodes,
    .adopt = adopt_nodes,
    .stop = stop_nodes,
};

static void start_pools(struct worker *worker, struct primary_pools *pools,
                        struct pool_options options)
{
    const struct assembly *assembly = worker->assembly;

    primary_pools_start(pools, worker->service.nodes, assembly->driver,
                        assembly->targets, assembly->target_count, &options);
}

/* --- caches -------------------------------------------------------------- */

static struct pool_options cache_pool_options(const struct worker *worker)
{
    return cache_switch_pool_options(
        pool_options_of(worker->service.settings, worker->assembly->workers));
}

static void start_caches(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    const struct settings *settings = worker->service.settings;

    start_pools(worker, &worker->cache_pools, cache_pool_options(worker));
    caches_start(&worker->caches,
                 &(struct caches_options){
                     .pools = &worker->cache_pools,
                     .freshness = &assembly->process.freshness,
                     .redis = assembly->redis,
                     .connect_timeout_ms = (unsigned)settings_int(
                         settings, SETTING_CONNECT_TIMEOUT),
                     .near_bytes = (size_t)settings_int(
                                       settings, SETTING_NEAR_CACHE_LIMIT) /
                                   assembly->workers,
                     .keeps = worker->index == 0,
                 });
    worker->service.cache = worker->caches.cache;
}

static void adopt_caches(struct worker *worker)
{
    struct pool_options options = cache_pool_options(worker);

    primary_pools_adjust(&worker->cache_pools, &options);
}

static void stop_caches(struct worker *worker)
{
    caches_stop(&worker->caches);
    primary_pools_stop(&worker->cache_pools, worker_in(worker, POOL_STOP_MS));
}

const struct part part_caches = {
    .name = "caches",
    .start = start_caches,
    .adopt = adopt_caches,
    .stop = stop_caches,
};

/* --- the store ----------------------------------------------------------- */

static void start_store(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;

    worker->service.store =
        store_new_over(worker->service.nodes, &assembly->cursor_key);
    store_settle_rights(worker->service.store, &assembly->process.freshness);
    store_use_caches(worker->service.store, worker->caches.cache_switch,
                     worker->caches.cache);
    if (worker->caches.cache)
        cache_sampler_start(&worker->sampler, worker->loop,
                            worker->service.store, worker->caches.cache);
}

static void stop_store(struct worker *worker)
{
    cache_sampler_stop(&worker->sampler);
    store_free(&worker->service.store);
}

const struct part part_store = {
    .name = "store",
    .start = start_store,
    .stop = stop_store,
};

/* --- its sign of life ---------------------------------------------------- */

/* Its statements are none of anybody's requests. */
static struct pool_options beat_options(const struct worker *worker,
                                        struct rights_beat *beat)
{
    struct pool_options options = pool_options(worker);

    options.slow_log = NULL;
    options.notified = rights_beat_notified;
    options.notified_arg = beat;
    return rights_beat_pool_options(options);
}

static void start_beat(struct worker *worker)
{
    struct pool_options options = beat_options(worker, &worker->beat);

    start_pools(worker, &worker->beat_pools, options);
    rights_beat_start(&worker->beat, &worker->beat_pools,
                      &worker->assembly->process.freshness);
    rights_beat_watch(&worker->beat, !options.pooled, outside_wake,
                      &worker->caches.outside);
}

static void adopt_beat(struct worker *worker)
{
    struct pool_options options = beat_options(worker, &worker->beat);

    primary_pools_adjust(&worker->beat_pools, &options);
}

static void stop_beat(struct worker *worker)
{
    rights_beat_stop(&worker->beat);
    primary_pools_stop(&worker->beat_pools, worker_in(worker, POOL_STOP_MS));
}

const struct part part_beat = {
    .name = "beat",
    .chore = true,
    .start = start_beat,
    .adopt = adopt_beat,
    .stop = stop_beat,
};
