/* SPDX-License-Identifier: MIT */
#include "store/cache_keeper.h"

#include "base/feature.h"
#include "database/transaction.h"
#include "store/sql_fixed.h"
#include "telemetry/log.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    LOOK_MS = 100,
    LOOKS = 3,       /* in a row, so that nothing passing is acted upon */
    LONG_LOOKS = 30, /* … where it may be somebody else's quarantine */
    ASK_MS = 1000,
    /* At the lock that writers hold who tell nobody. Who waits for it alone has
     * all that come behind wait, too: shortly, and seldom. All of it is over
     * before others take us for dead. */
    HOLD_TRIES = 40,
    HOLD_AGAIN_MS = 200,
};

enum { RUN_BYTES = CACHE_RUN_BYTES, GENERATION_BYTES = 24 };

/* --- the table ------------------------------------------------------------ */

/* One who began and did not come to an end has died of it. */
const struct statement sql_caches_start = {
    .name = "cache_mode_start",
    .collection = "cache_mode",
    .sql = "UPDATE cache_mode SET mode = 'starting', generation = generation + "
           "1, changed_at = clock_timestamp() WHERE mode <> 'starting'"
           " OR changed_at < clock_timestamp() - interval '15 s'"
           " RETURNING generation",
};

const struct statement sql_caches_patience = {
    .name = "cache_mode_patience",
    .collection = "cache_mode",
    .sql = "SELECT set_config('lock_timeout', '50', true)",
};

const struct statement sql_caches_hold_alone = {
    .name = "cache_mode_hold_alone",
    .collection = "cache_mode",
    .sql = "SELECT pg_advisory_xact_lock(hashtextextended('cache_mode', 0))",
};

const struct statement sql_caches_on = {
    .name = "cache_mode_on",
    .collection = "cache_mode",
    .sql = "UPDATE cache_mode SET mode = 'on', changed_at = clock_timestamp()"
           " WHERE mode = 'starting' AND generation = $1::bigint",
};

const struct statement sql_caches_give_up = {
    .name = "cache_mode_give_up",
    .collection = "cache_mode",
    .sql = "UPDATE cache_mode SET mode = 'off', changed_at = clock_timestamp()"
           " WHERE mode = 'starting' AND generation = $1::bigint",
};

static struct pool *pool_of(const struct cache_keeper *keeper)
{
    return cache_switch_pool(keeper->cache_switch);
}

static struct deadline after(const struct cache_keeper *keeper, uint64_t ms)
{
    return deadline_after(loop_now_ns(pool_loop(pool_of(keeper))), ms);
}

static YIELDS int ask(const struct cache_keeper *keeper,
                      const struct statement *statement, struct text param,
                      struct rows **ret_rows, struct diag *diag)
{
    return transaction_once(pool_of(keeper), NULL, statement, &param,
                            param.at ? 1 : 0, after(keeper, ASK_MS), ret_rows,
                            NULL, diag);
}

/* --- switching on --------------------------------------------------------- */

/* "" when somebody else is at it. */
static YIELDS int begin(const struct cache_keeper *keeper,
                        char ret_generation[static GENERATION_BYTES],
                        struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(keeper, &sql_caches_start, TEXT_NULL, &rows, diag);

    ret_generation[0] = '\0';
    if (r == 0 && rows_count(rows) == 1)
        snprintf(ret_generation, GENERATION_BYTES, "%.*s",
                 TEXT_ARG(rows_get(rows, 0, 0)));
    return r;
}

struct finishing {
    struct text generation;
    bool done;
};

static int finish_inside(struct transaction *transaction, void *arg)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct finishing *f = arg;
    int r = transaction_query(transaction, &sql_caches_patience, NULL, 0, NULL);

    if (r == 0)
        r = transaction_query(transaction, &sql_caches_hold_alone, NULL, 0,
                              NULL);
    if (r == 0)
        r = transaction_query(transaction, &sql_caches_on, &f->generation, 1,
                              &rows);
    f->done = r == 0 && rows_affected(rows) == 1;
    return r;
}

/* Waits for writers who told nobody, as nobody was to be told. */
static YIELDS int switch_on(const struct cache_keeper *keeper,
                            const char *generation, struct diag *diag)
{
    struct finishing f = { .generation = text_of(generation) };
    int r = -ERR_LOCK_TIMEOUT;

    for (int i = 0; r == -ERR_LOCK_TIMEOUT && i < HOLD_TRIES; i++) {
        if (i > 0 && fiber_sleep(after(keeper, HOLD_AGAIN_MS)) < 0)
            return -ERR_CANCELLED;
        diag_clear(diag);
        r = transaction_run(pool_of(keeper), NULL, finish_inside, &f,
                            after(keeper, ASK_MS), NULL, diag);
    }
    return r == 0 && !f.done ? FAIL(diag, ERR_ABORTED, "somebody else began")
                             : r;
}

/*
 * Each wait is for those who may still know what was before: leases of what the
 * table said, then transactions that began by it.
 */
static YIELDS int bring_up(const struct cache_keeper *keeper,
                           const char *generation, struct diag *diag)
{
    char run[RUN_BYTES];
    int r = fiber_sleep(after(keeper, RIGHTS_SETTLE_MS));

    if (r == 0)
        r = cache_epoch_open(keeper->cache, run, diag);
    if (r == 0)
        r = fiber_sleep(after(keeper, CACHE_QUARANTINE_MS));
    if (r == 0 && cache_epoch(keeper->cache) != CACHE_EPOCH_QUARANTINE)
        r = FAIL(diag, ERR_UNAVAILABLE, "the new epoch was lost");
    if (r == 0)
        r = switch_on(keeper, generation, diag);
    return r == 0 ? cache_epoch_activate(keeper->cache, run, diag) : r;
}

static YIELDS void try(struct cache_keeper *keeper)
{
    char generation[GENERATION_BYTES];
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = begin(keeper, generation, &diag);
    if (r < 0 || !generation[0])
        return;
    r = bring_up(keeper, generation, &diag);
    if (r == 0) {
        log_line(LOG_INFO, "caches_on", "generation %s", generation);
        return;
    }
    fiber_shield();
    if (r != -ERR_CANCELLED)
        log_line(LOG_WARN, "caches_stay_off", "%s", diag.detail);
    if (ask(keeper, &sql_caches_give_up, text_of(generation), NULL, NULL) < 0)
        log_line(LOG_DEBUG, "caches_stay_off", "others will find it out");
    fiber_unshield();
}

/* --- looking -------------------------------------------------------------- */

/* How many looks in a row must find it so; 0: all is well, or not ours. */
static unsigned looks_wanted(const struct cache_keeper *keeper)
{
    enum cache_epoch epoch = cache_epoch(keeper->cache);
    uint64_t now_ns = keeper->freshness->now_ns();

    if (!feature_is_on(FEATURE_REDIS_CACHE) || epoch == CACHE_EPOCH_UNKNOWN)
        return 0;
    if (freshness_caches_are_on(keeper->freshness, now_ns))
        return epoch == CACHE_EPOCH_ACTIVE ? 0
               : epoch == CACHE_EPOCH_NONE ? LOOKS
                                           : LONG_LOOKS;
    return LOOKS;
}

static void run(void *arg)
{
    struct cache_keeper *keeper = arg;

    while (fiber_sleep(after(keeper, LOOK_MS)) == 0) {
        unsigned wanted = looks_wanted(keeper);

        keeper->wanting = wanted ? keeper->wanting + 1 : 0;
        if (wanted == 0 || keeper->wanting < wanted)
            continue;
        keeper->wanting = 0;
        try(keeper);
    }
    keeper->fiber = NULL;
    condition_broadcast(&keeper->ended);
}

/* --- life ----------------------------------------------------------------- */

void cache_keeper_start(struct cache_keeper *keeper,
                        struct cache_switch *cache_switch,
                        struct freshness *freshness, struct cache *cache)
{
    *keeper = (struct cache_keeper){ .cache_switch = cache_switch,
                                     .freshness = freshness,
                                     .cache = cache };
    condition_init(&keeper->ended);
    if (fiber_start(pool_loop(pool_of(keeper)), "cache_keeper", run, keeper,
                    &keeper->fiber) < 0)
        log_line(LOG_WARN, "caches_stay_off", "no memory for a fiber");
}

void cache_keeper_stop(struct cache_keeper *keeper)
{
    fiber_end(&keeper->fiber, &keeper->ended);
}
