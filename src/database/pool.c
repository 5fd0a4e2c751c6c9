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
        .application_name = "portcullis",
        .lanes = 2,
        .min = 0,
        .max = 8,
        .waiters_max = 1024,
        .wait_max_ms = 250,
        .connect_timeout_ms = 500,
        .statement_timeout_ms = 5000,
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
    pool__balance(pool);
    return pool;
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

/* --- waiting ------------------------------------------------------------- */

unsigned pool__lent_up(const struct pool *pool)
{
    return pool->count[SLOT_IDLE] + pool->count[SLOT_BUSY] +
           pool->count[SLOT_DRAINING];
}

bool pool__fails_fast(const struct pool *pool, unsigned up)
{
    return up == 0 && pool->failures >= FAILURES_TO_FAIL_FAST;
}

static unsigned waiting(const struct pool *pool)
{
    return pool->waiting_to_lend + pool->waiting_for_lane;
}

static void count_waiting(struct waiter *waiter, int by)
{
    struct pool *pool = waiter->pool;

    *(waiter->for_lane ? &pool->waiting_for_lane : &pool->waiting_to_lend) +=
        (unsigned)by;
    if (!pool->pending_series)
        pool->pending_series =
            METRIC_SERIES(METRIC_DB_PENDING, pool->options.name);
    series_set(pool->pending_series, waiting(pool));
}

static void enqueue(struct waiter *waiter)
{
    struct pool *pool = waiter->pool;

    list_push_back(waiter->for_lane ? &pool->lane_waiters : &pool->waiters,
                   &waiter->link);
    count_waiting(waiter, 1);
}

static void dequeue(struct waiter *waiter)
{
    if (!list_is_linked(&waiter->link))
        return;
    list_remove(&waiter->link);
    count_waiting(waiter, -1);
}

void pool__wake(struct waiter *waiter, struct slot *slot, int result)
{
    dequeue(waiter);
    waiter->slot = slot;
    waiter->result = result;
    waiter->done = true;
    fiber_wake(waiter->fiber);
}

void pool__fail_waiters(struct list *queue, int code)
{
    while (!list_is_empty(queue))
        pool__wake(list_first(queue, struct waiter, link), NULL, code);
}

static int refuse(struct pool *pool, const char *why, struct diag *diag)
{
    pool->stats.overloads++;
    if (diag && diag->code == 0)
        diag->retry_after_s = 1;
    return FAIL(diag, ERR_OVERLOADED, "%s", why);
}

/* In vain: the database cannot be reached, or it has enough to do. */
static int tell_wait(struct pool *pool, const struct waiter *waiter, int r,
                     struct diag *diag)
{
    if (waiter->result == -ERR_DRAINING)
        return FAIL(diag, ERR_DRAINING, "the service is shutting down");
    if (waiter->done && waiter->result < 0)
        return failure_tell(&pool->failure, diag);
    if (waiter->done || r == -ERR_CANCELLED)
        return waiter->done ? 0 : r;
    pool->stats.wait_timeouts++;
    if (pool->failures > 0)
        return failure_tell(&pool->failure, diag);
    return refuse(pool, "no database connection became free in time", diag);
}

static struct deadline wait_limit(const struct pool *pool,
                                  struct deadline until)
{
    uint64_t now = loop_now_ns(pool->loop);
    uint64_t half = deadline_left_ns(until, now) / 2;

    return deadline_earlier((struct deadline){ now + half },
                            deadline_after(now, pool->options.wait_max_ms));
}

static int wait_for(struct waiter *waiter, struct deadline until,
                    struct diag *diag)
{
    struct pool *pool = waiter->pool;
    int r = 0;

    pool->guests++;
    pool->stats.waits++;
    enqueue(waiter);
    pool__balance(pool);
    while (!waiter->done && r == 0)
        r = fiber_wait(until);
    dequeue(waiter);
    r = tell_wait(pool, waiter, r, diag);
    pool->guests--;
    if (pool->stopping)
        condition_broadcast(&pool->changed);
    return r;
}

int pool__wait(struct pool *pool, bool for_lane, struct deadline until,
               struct slot **ret_slot, struct diag *diag)
{
    struct waiter waiter = { .pool = pool,
                             .fiber = fiber_self(),
                             .for_lane = for_lane };
    unsigned up = for_lane ? pool->count[SLOT_LANE] : pool__lent_up(pool);
    int r;

    if (pool->stopping)
        return FAIL(diag, ERR_DRAINING, "the service is shutting down");
    if (until.at_ns <= loop_now_ns(pool->loop))
        return FAIL(diag, ERR_DEADLINE, "no time was left for the database");
    if (pool__fails_fast(pool, up))
        return failure_tell(&pool->failure, diag);
    if (waiting(pool) >= pool->options.waiters_max)
        return refuse(pool, "too many requests wait for the database", diag);
    r = wait_for(&waiter, wait_limit(pool, until), diag);
    *ret_slot = waiter.slot;
    return r;
}

int pool_wait_ready(struct pool *pool, struct deadline until, struct diag *diag)
{
    int r = 0;

    OBJ_CHECK(pool, POOL_MAGIC);
    while (pool__lent_up(pool) + pool->count[SLOT_LANE] == 0 && r == 0)
        r = condition_wait(&pool->changed, until);
    if (r == -ERR_DEADLINE && pool->failures > 0)
        return failure_tell(&pool->failure, diag);
    return r == -ERR_DEADLINE
               ? FAIL(diag, ERR_CONNECT_FAILED, "the database did not answer")
               : r;
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
    slot = list_first(&pool->on[SLOT_IDLE], struct slot, link);
    if (slot)
        slot_become(slot, SLOT_BUSY);
    else
        r = pool__wait(pool, false, until, &slot, diag);
    observe_wait(pool, since_ns);
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

static int read_alone_once(struct pool *pool, const struct statement *statement,
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
    call = connection_submit(connection, statement, params, count, CALL_AGAIN);
    return call_wait(&call, until, ret_rows, diag);
}

int pool_read_alone(struct pool *pool, const struct statement *statement,
                    const struct text *params, unsigned count,
                    struct deadline until, struct rows **ret_rows,
                    struct diag *diag)
{
    int r =
        read_alone_once(pool, statement, params, count, until, ret_rows, diag);

    if (r != -ERR_LINK_LOST)
        return r;
    diag_clear(diag);
    return read_alone_once(pool, statement, params, count, until, ret_rows,
                           diag);
}

/* --- what it is ---------------------------------------------------------- */

void pool_stats(const struct pool *pool, struct pool_stats *ret_stats)
{
    OBJ_CHECK(pool, POOL_MAGIC);
    *ret_stats = pool->stats;
    ret_stats->opening = pool->count[SLOT_OPENING];
    ret_stats->idle = pool->count[SLOT_IDLE];
    ret_stats->busy = pool->count[SLOT_BUSY];
    ret_stats->draining = pool->count[SLOT_DRAINING];
    ret_stats->lanes = pool->count[SLOT_LANE];
    ret_stats->waiting = waiting(pool);
    ret_stats->max = pool->options.max;
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
