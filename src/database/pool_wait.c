/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/pool_impl.h"

unsigned pool__lent_up(const struct pool *pool)
{
    return pool->count[SLOT_IDLE] + pool->count[SLOT_BUSY] +
           pool->count[SLOT_DRAINING];
}

unsigned pool__waiting(const struct pool *pool)
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
    series_set(pool->pending_series, pool__waiting(pool));
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
        return pool__tell_broken(pool, diag);
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
                             .since_ns = loop_now_ns(pool->loop),
                             .for_lane = for_lane };
    int r;

    if (pool->stopping)
        return FAIL(diag, ERR_DRAINING, "the service is shutting down");
    if (until.at_ns <= loop_now_ns(pool->loop))
        return FAIL(diag, ERR_DEADLINE, "no time was left for the database");
    if (pool__waiting(pool) >= pool->options.waiters_max)
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
