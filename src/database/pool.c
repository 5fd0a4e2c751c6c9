/* SPDX-License-Identifier: MIT */
#include "database/pool.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/pool_impl.h"

/* --- life ---------------------------------------------------------------- */

struct pool_options pool_options_default(void)
{
    return (struct pool_options){
        .name = "primary",
        .connect_name = "primary_connect",
        .query_name = "primary_query",
        .application_name = "portcullis",
        .lanes = 2,
        .min = 0,
        .max = 8,
        .waiters_max = 1024,
        .wait_max_ms = 250,
        .connect_timeout_ms = 500,
        .statement_timeout_ms = 5000,
        .statement_longest_ms = 30000,
        .idle_timeout_ms = 60 * 1000,
        .lifetime_ms = 30 * 60 * 1000,
    };
}

struct pool *pool_start(struct loop *loop, const struct driver *driver,
                        const struct target *target,
                        const struct pool_options *options)
{
    struct pool *pool = NEW(struct pool);

    pool->magic = POOL_MAGIC;
    pool->loop = loop;
    pool->driver = driver;
    pool->target = target;
    pool->options = *options;
    for (enum slot_state s = 0; s < SLOT_STATES; s++)
        list_init(&pool->on[s]);
    list_init(&pool->waiters);
    list_init(&pool->lane_waiters);
    condition_init(&pool->changed);
    timer_init(&pool->tick, loop, pool__on_tick, pool);
    pool__guard_init(pool);
    pool__size_init(pool);
    pool__balance(pool);
    return pool;
}

void pool_adjust(struct pool *pool, const struct pool_options *options)
{
    OBJ_CHECK(pool, POOL_MAGIC);
    CHECK(strcmp(options->name, pool->options.name) == 0);
    CHECK(options->lanes == pool->options.lanes);
    pool->options = *options;
    pool__size_adjust(pool);
    for (enum slot_state s = 0; s < SLOT_STATES; s++)
        list_each (&pool->on[s], struct slot, slot, link)
            slot_set_expiry(slot);
    pool__balance(pool);
}

static void begin_to_stop(struct pool *pool)
{
    pool->stopping = true;
    timer_stop(&pool->tick);
    pool__fail_waiters(&pool->waiters, -ERR_DRAINING);
    pool__fail_waiters(&pool->lane_waiters, -ERR_DRAINING);
    list_each_safe (&pool->on[SLOT_IDLE], struct slot, slot, link)
        slot_retire(slot);
    list_each_safe (&pool->on[SLOT_LANE], struct slot, slot, link)
        slot_drain(slot);
    list_each (&pool->on[SLOT_OPENING], struct slot, slot, link)
        fiber_cancel(slot->fiber);
}

static bool is_empty(const struct pool *pool)
{
    return pool__lent_up(pool) == 0 && pool->count[SLOT_OPENING] == 0 &&
           pool->count[SLOT_LANE] == 0;
}

/* Its calls fail, and whoever holds it gives it back. */
static void cut_all(struct pool *pool, enum slot_state state)
{
    list_each (&pool->on[state], struct slot, slot, link)
        pool->driver->cut(slot->connection);
}

static void free_slots(struct pool *pool)
{
    list_each_safe (&pool->on[SLOT_DEAD], struct slot, slot, link) {
        list_remove(&slot->link);
        memory_free(&slot);
    }
}

void pool_stop(struct pool **pool_at, struct deadline until)
{
    struct pool *pool = *pool_at;
    int r = 0;

    if (!pool)
        return;
    OBJ_CHECK(pool, POOL_MAGIC);
    fiber_shield();
    begin_to_stop(pool);
    while (!is_empty(pool) && r == 0)
        r = condition_wait(&pool->changed, until);
    cut_all(pool, SLOT_BUSY);
    cut_all(pool, SLOT_DRAINING);
    while (!is_empty(pool) || pool->guests > 0)
        if (condition_wait(&pool->changed, DEADLINE_NEVER) < 0)
            continue;
    fiber_unshield();
    free_slots(pool);
    pool->magic = 0;
    memory_free(pool_at);
}

/* --- lending ------------------------------------------------------------- */

static void observe_wait(struct pool *pool, uint64_t since_ns)
{
    if (!pool->wait_series)
        pool->wait_series = METRIC_SERIES(METRIC_DB_WAIT, pool->options.name);
    series_observe(pool->wait_series,
                   (double)(loop_now_ns(pool->loop) - since_ns) / NS_PER_S);
}

int pool_get(struct pool *pool, struct deadline until,
             struct connection **ret_connection, struct diag *diag)
{
    uint64_t since_ns = loop_now_ns(pool->loop);
    struct slot *slot;
    int r = 0;

    OBJ_CHECK(pool, POOL_MAGIC);
    *ret_connection = NULL;
    if (pool__is_broken(pool, pool__lent_up(pool)))
        return pool__tell_broken(pool, diag);
    slot = list_first(&pool->on[SLOT_IDLE], struct slot, link);
    if (slot)
        slot_become(slot, SLOT_BUSY);
    else
        r = pool__wait(pool, false, until, &slot, diag);
    observe_wait(pool, since_ns);
    pool__size_note(pool, since_ns);
    if (r == 0)
        *ret_connection = slot->connection;
    return r;
}

void pool_put(struct connection **connection_at)
{
    struct connection *connection = *connection_at;
    struct slot *slot;

    *connection_at = NULL;
    if (!connection)
        return;
    slot = connection->owner;
    OBJ_CHECK(slot, SLOT_MAGIC);
    CHECK(slot->state == SLOT_BUSY);
    if (!connection_is_clean(connection))
        slot_drain(slot);
    else if (slot->pool->stopping || slot_is_expired(slot))
        slot_retire(slot);
    else
        slot_release(slot);
}

/*
 * A statement nobody waits for any more is stopped by us, or by the database's
 * own limit. That must not be the sooner of the two.
 */
void pool__allow(struct pool *pool, struct call *call, struct deadline until)
{
    const struct pool_options *options = &pool->options;
    uint64_t left_ms =
        deadline_left_ns(until, loop_now_ns(pool->loop)) / NS_PER_MS;

    CHECK(call->state == CALL_QUEUED);
    if (until.at_ns == UINT64_MAX || options->statement_timeout_ms == 0)
        return;
    if (left_ms > options->statement_longest_ms)
        left_ms = options->statement_longest_ms;
    if (left_ms > options->statement_timeout_ms)
        call->limit_ms = (unsigned)left_ms;
}

static int read_alone_once(struct pool *pool, const struct scope *scope,
                           const struct statement *statement,
                           const struct text *params, unsigned count,
                           struct deadline until, struct rows **ret_rows,
                           struct diag *diag)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    struct call *call;
    int r;

    r = pool_get(pool, until, &connection, diag);
    if (r < 0)
        return r;
    call = connection_submit_as(connection, scope, statement, params, count,
                                CALL_AGAIN);
    pool__allow(pool, call, until);
    return call_wait(&call, until, ret_rows, diag);
}

int pool_read_alone(struct pool *pool, const struct scope *scope,
                    const struct statement *statement,
                    const struct text *params, unsigned count,
                    struct deadline until, struct rows **ret_rows,
                    struct diag *diag)
{
    struct diag own;

    diag_init(&own, NULL);
    diag = diag ? diag : &own;
    for (unsigned attempts = 1;; attempts++) {
        int r = read_alone_once(pool, scope, statement, params, count, until,
                                ret_rows, diag);

        pool__note_lent(pool, r, diag->sqlstate);
        if (r == 0 ||
            !pool_tries_again(pool, RETRY_READ, r, attempts, until, diag))
            return r;
    }
}

/* --- what it is ---------------------------------------------------------- */

/* Long enough for somebody to see it, and for who tries again to do so. */
enum { REFUSAL_S = 10 };

static int recent_refusal(const struct pool *pool)
{
    return pool->refusal < 0 && loop_now_ns(pool->loop) - pool->refused_ns <
                                    REFUSAL_S * NS_PER_S
               ? pool->refusal
               : 0;
}

void pool_stats(const struct pool *pool, struct pool_stats *ret_stats)
{
    OBJ_CHECK(pool, POOL_MAGIC);
    *ret_stats = pool->stats;
    ret_stats->opening = pool->count[SLOT_OPENING];
    ret_stats->idle = pool->count[SLOT_IDLE];
    ret_stats->busy = pool->count[SLOT_BUSY];
    ret_stats->draining = pool->count[SLOT_DRAINING];
    ret_stats->lanes = pool->count[SLOT_LANE];
    ret_stats->waiting = pool__waiting(pool);
    ret_stats->size = pool->sizer.size;
    ret_stats->max = pool->options.max;
    ret_stats->connect = pool->connect.state;
    ret_stats->query = pool->query.state;
    ret_stats->refusal = recent_refusal(pool);
}

int pool_last_failure(const struct pool *pool, struct diag *diag)
{
    OBJ_CHECK(pool, POOL_MAGIC);
    return pool->failures > 0 ? failure_tell(&pool->failure, diag) : 0;
}

struct loop *pool_loop(const struct pool *pool)
{
    return pool->loop;
}

const struct driver *pool_driver(const struct pool *pool)
{
    return pool->driver;
}

const char *pool_node(const struct pool *pool)
{
    return target_node(pool->target);
}
