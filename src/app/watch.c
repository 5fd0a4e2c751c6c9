/* SPDX-License-Identifier: MIT */
#include "app/watch.h"

#include "base/check.h"
#include "base/feature.h"
#include "cache/cache.h"
#include "database/driver.h"
#include "telemetry/metrics_read.h"

#include <stdio.h>
#include <string.h>

enum {
    LATE_MS = 100,    /* a loop as late as that is worth a warning */
    SCHEMA_MS = 10000 /* it seldom changes under a running service */
};

/* --- by whether it can be asked ------------------------------------------ */

static void run_check(enum readiness which, struct watches *watches,
                      struct deadline until, struct finding *ret)
{
    struct diag why;

    diag_init(&why, NULL);
    if (checks[which].run(watches->service, until, &why) == 0)
        return;
    ret->health = HEALTH_FAIL;
    snprintf(ret->output, sizeof(ret->output), "%.*s",
             (int)sizeof(ret->output) - 1, why.detail);
}

static void look_at_postgres(struct monitor_check *check, struct deadline until,
                             struct finding *ret)
{
    run_check(READINESS_POSTGRES, check->arg, until, ret);
}

static void look_at_migrations(struct monitor_check *check,
                               struct deadline until, struct finding *ret)
{
    run_check(READINESS_MIGRATIONS, check->arg, until, ret);
}

/* --- by what they show --------------------------------------------------- */

/* Between being asked and looking lies what a request would have waited. */
static void look_at_loop(struct monitor_check *check,
                         struct deadline until UNUSED, struct finding *ret)
{
    uint64_t late_ns = clock_monotonic_ns() - check->asked_ns;

    ret->observed = (double)late_ns / NS_PER_MS;
    if (late_ns < LATE_MS * NS_PER_MS)
        return;
    ret->health = HEALTH_WARN;
    snprintf(ret->output, sizeof(ret->output), "it turns late");
}

static void look_at_pool(struct monitor_check *check,
                         struct deadline until UNUSED, struct finding *ret)
{
    struct watches *watches = check->arg;
    struct pool_stats stats;

    pool_stats(nodes_primary(watches->service->nodes), &stats);
    ret->observed = stats.busy;
    ret->unit = "connections";
    snprintf(ret->output, sizeof(ret->output),
             "%u lent, %u idle, %u may be, %u at most; %u lanes; %u wait",
             stats.busy, stats.idle, stats.size, stats.max, stats.lanes,
             stats.waiting);
    if (stats.waiting > 0 && stats.busy + stats.draining >= stats.max)
        ret->health = HEALTH_WARN;
}

/* What it says itself; that it cannot be asked is for another to tell. */
YIELDS static bool says_read_only(struct pool *pool, struct deadline until)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;

    return pool_read(pool, NULL, &pool_driver(pool)->dialect->is_read_only,
                     NULL, 0, until, &rows, NULL) == 0 &&
           text_is(rows_get(rows, 0, 0), "1");
}

/*
 * Reads go on without writes, so this never fails. A disk that is full is known
 * by those who wrote only: whether a write finds room depends on what it is.
 */
static void look_at_writes(struct monitor_check *check, struct deadline until,
                           struct finding *ret)
{
    struct watches *watches = check->arg;
    struct pool *pool = nodes_primary(watches->service->nodes);
    const char *why = NULL;
    struct pool_stats stats;

    pool_stats(pool, &stats);
    if (says_read_only(pool, until))
        why = "the primary is read-only";
    else if (stats.refusal == -ERR_READ_ONLY)
        why = "the primary was read-only a moment ago";
    else if (stats.refusal == -ERR_STORAGE_FULL)
        why = "the primary had no room for a write a moment ago";
    if (!why)
        return;
    ret->health = HEALTH_WARN;
    snprintf(ret->output, sizeof(ret->output), "%s", why);
}

static void show_breaker(enum breaker_state state, struct finding *ret)
{
    ret->observed = state;
    ret->unit = "state";
    ret->health = state == BREAKER_CLOSED ? HEALTH_PASS : HEALTH_WARN;
    snprintf(ret->output, sizeof(ret->output), "%s", breaker_state_name(state));
}

static void look_at_connect(struct monitor_check *check,
                            struct deadline until UNUSED, struct finding *ret)
{
    struct watches *watches = check->arg;
    struct pool_stats stats;

    pool_stats(nodes_primary(watches->service->nodes), &stats);
    show_breaker(stats.connect, ret);
}

static void look_at_query(struct monitor_check *check,
                          struct deadline until UNUSED, struct finding *ret)
{
    struct watches *watches = check->arg;
    struct pool_stats stats;

    pool_stats(nodes_primary(watches->service->nodes), &stats);
    show_breaker(stats.query, ret);
}

/* As the first loop sees it. */
static void look_at_replica(struct monitor_check *check,
                            struct deadline until UNUSED, struct finding *ret)
{
    struct watches *watches = check->arg;
    const struct nodes *nodes = watches->service->nodes;
    struct node_stats stats = { .lag_ms = UINT64_MAX };

    for (unsigned i = 0; i < nodes_count(nodes); i++) {
        nodes_stats(nodes, i, &stats);
        if (strcmp(stats.name, check->id) == 0)
            break;
    }
    if (stats.lag_ms != UINT64_MAX)
        ret->observed = (double)stats.lag_ms;
    snprintf(ret->output, sizeof(ret->output), "%s",
             node_state_name(stats.state));
    if (stats.state != NODE_IN_USE && stats.state != NODE_PRIMARY)
        ret->health = HEALTH_WARN;
}

/* Without Redis everything is answered, only not as fast. */
static void look_at_redis(struct monitor_check *check,
                          struct deadline until UNUSED, struct finding *ret)
{
    static const char *const epochs[] = {
        [CACHE_EPOCH_UNKNOWN] = "it is not reached",
        [CACHE_EPOCH_NONE] = "it is empty: an epoch has yet to begin",
        [CACHE_EPOCH_QUARANTINE] = "an epoch has begun, in quarantine",
        [CACHE_EPOCH_ACTIVE] = "",
    };
    struct watches *watches = check->arg;
    struct cache *cache = watches->service->cache;

    if (!cache || !feature_is_on(FEATURE_REDIS_CACHE))
        return;
    if (!cache_serves(cache))
        ret->health = HEALTH_WARN;
    snprintf(ret->output, sizeof(ret->output), "%s",
             epochs[cache_epoch(cache)]);
}

static void look_at_log(struct monitor_check *check,
                        struct deadline until UNUSED, struct finding *ret)
{
    static const struct metric_filter dropped = { .metric =
                                                      METRIC_LOG_DROPPED };
    struct watches *watches = check->arg;
    struct metric_reading reading;
    uint64_t all;

    metric_read(&dropped, &reading);
    all = (uint64_t)reading.value;
    ret->observed = (double)(all - watches->dropped);
    ret->unit = "lines";
    if (all > watches->dropped) {
        ret->health = HEALTH_WARN;
        snprintf(ret->output, sizeof(ret->output),
                 "lines were lost: nobody took them in time");
    }
    watches->dropped = all;
}

/* --- the table ----------------------------------------------------------- */

static const struct watch_row {
    const char *name;
    monitor_check_fn *look;
    bool once; /* the same for all workers */
    unsigned calm_ms;
} rows[] = {
    { "postgres", look_at_postgres, true, 0 },
    { "migrations", look_at_migrations, true, SCHEMA_MS },
    { "redis", look_at_redis, false, 0 },
    { "log", look_at_log, true, 0 },
    { "loop", look_at_loop, false, 0 },
    { "primary:pool", look_at_pool, false, 0 },
    { "primary:writes", look_at_writes, false, 0 },
    { "primary_connect:breaker", look_at_connect, false, 0 },
    { "primary_query:breaker", look_at_query, false, 0 },
};

static const struct watch_row replica_row = { "replica", look_at_replica, true,
                                              0 };

_Static_assert(ARRAY_LEN(rows) + NODES_MAX <= WATCHES_MAX,
               "there is room for all");

static void start(struct watches *watches, const struct watch_row *row,
                  const char *id)
{
    struct monitor_check *check = &watches->checks[watches->count++];

    *check = (struct monitor_check){
        .name = row->name,
        .id = id,
        .loop = watches->service->loop,
        .run = row->look,
        .arg = watches,
        .calm_ms = row->calm_ms,
    };
    monitor_register(watches->service->process->monitor, check);
}

void watches_start(struct watches *watches, struct service *service,
                   unsigned index)
{
    *watches = (struct watches){ .service = service };
    snprintf(watches->id, sizeof(watches->id), "loop %u", index);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (index == 0 || !rows[i].once)
            start(watches, &rows[i], rows[i].once ? NULL : watches->id);
    for (unsigned i = 1; i < nodes_count(service->nodes) && index == 0; i++) {
        struct node_stats stats;

        nodes_stats(service->nodes, i, &stats);
        start(watches, &replica_row, stats.name);
    }
}

int watches_wait(struct watches *watches)
{
    int r = 0;

    for (unsigned i = 0; i < watches->count && r == 0; i++)
        r = monitor_wait(&watches->checks[i], DEADLINE_NEVER);
    return r;
}

void watches_stop(struct watches *watches)
{
    for (unsigned i = 0; i < watches->count; i++)
        monitor_unregister(&watches->checks[i]);
    watches->count = 0;
}
