/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/memory.h"
#include "database/pool_impl.h"

/* --- states -------------------------------------------------------------- */

static const bool may_become[SLOT_STATES][SLOT_STATES] = {
    [SLOT_DEAD] = { [SLOT_OPENING] = true },
    [SLOT_OPENING] = { [SLOT_IDLE] = true,
                       [SLOT_LANE] = true,
                       [SLOT_DEAD] = true },
    [SLOT_IDLE] = { [SLOT_BUSY] = true, [SLOT_DEAD] = true },
    [SLOT_BUSY] = { [SLOT_IDLE] = true,
                    [SLOT_DRAINING] = true,
                    [SLOT_DEAD] = true },
    [SLOT_LANE] = { [SLOT_DRAINING] = true, [SLOT_DEAD] = true },
    [SLOT_DRAINING] = { [SLOT_IDLE] = true, [SLOT_DEAD] = true },
};

static const char *const state_names[SLOT_STATES] = {
    [SLOT_DEAD] = "dead", [SLOT_OPENING] = "opening",
    [SLOT_IDLE] = "idle", [SLOT_BUSY] = "used",
    [SLOT_LANE] = "lane", [SLOT_DRAINING] = "draining",
};

static void count(struct pool *pool, enum slot_state state, int by)
{
    struct series **series = &pool->state_series[state];

    pool->count[state] += (unsigned)by;
    if (state == SLOT_DEAD)
        return;
    if (!*series)
        *series = METRIC_SERIES(METRIC_DB_CONNECTIONS, pool->options.name,
                                state_names[state]);
    series_set(*series, pool->count[state]);
}

void slot_become(struct slot *slot, enum slot_state next)
{
    struct pool *pool = slot->pool;

    OBJ_CHECK(slot, SLOT_MAGIC);
    OBJ_CHECK(pool, POOL_MAGIC);
    CHECK(may_become[slot->state][next]);
    list_remove(&slot->link);
    count(pool, slot->state, -1);
    slot->state = next;
    list_push_front(&pool->on[next], &slot->link); /* the last is warm */
    count(pool, next, 1);
    condition_broadcast(&pool->changed);
}

bool slot_is_expired(const struct slot *slot)
{
    const struct connection *connection = slot->connection;
    const struct pool *pool = slot->pool;

    return loop_now_ns(pool->loop) >= slot->expires_ns ||
           connection->opened_ns < pool->trusted_from_ns ||
           connection->statement_timeout_ms !=
               pool->options.statement_timeout_ms;
}

/* --- ending -------------------------------------------------------------- */

void slot_retire(struct slot *slot)
{
    struct connection *connection = slot->connection;

    slot->connection = NULL;
    slot_become(slot, SLOT_DEAD); /* before its calls look for another */
    connection_close(&connection);
    pool__balance(slot->pool);
}

void pool__distrust_idle(struct pool *pool)
{
    list_each_safe (&pool->on[SLOT_IDLE], struct slot, slot, link)
        slot_retire(slot);
}

/* Whoever holds a busy or draining one learns of it from its own calls. */
static void on_lost(struct connection *connection)
{
    struct slot *slot = connection->owner;
    struct pool *pool = slot->pool;
    bool silent = connection->loss.sqlstate[0] == '\0';

    OBJ_CHECK(slot, SLOT_MAGIC);
    pool->stats.lost++;
    if (slot->state == SLOT_BUSY || slot->state == SLOT_LANE)
        pool__note_silence(pool);
    if (slot->state == SLOT_IDLE || slot->state == SLOT_LANE)
        slot_retire(slot);
    if (silent)
        pool__distrust_idle(pool);
}

/* --- opening ------------------------------------------------------------- */

/* A tenth either way, so that what was opened together does not end so. */
void slot_set_expiry(struct slot *slot)
{
    uint64_t life_ns = slot->pool->options.lifetime_ms * NS_PER_MS;
    uint32_t chance;

    slot->expires_ns = UINT64_MAX;
    if (life_ns == 0 || !slot->connection)
        return;
    random_bytes(&chance, sizeof(chance));
    slot->expires_ns = slot->connection->opened_ns + life_ns - life_ns / 10 +
                       life_ns / 5 * chance / UINT32_MAX;
}

static void on_opened(struct slot *slot)
{
    struct pool *pool = slot->pool;

    slot->connection->lost = on_lost;
    slot->connection->owner = slot;
    slot->connection->slow_log = pool->options.slow_log;
    slot->connection->notified = pool->options.notified;
    slot->connection->notified_arg = pool->options.notified_arg;
    slot_set_expiry(slot);
    slot->moved_ns = loop_now_ns(pool->loop);
    slot->moved_answers = 0;
    pool__note_opened(pool);
    breaker_hint(&pool->query, loop_now_ns(pool->loop));
    if (slot->lane) {
        slot_become(slot, SLOT_LANE);
        while (!list_is_empty(&pool->lane_waiters))
            pool__wake(list_first(&pool->lane_waiters, struct waiter, link),
                       NULL, 0);
    } else {
        slot_become(slot, SLOT_IDLE);
        slot_release(slot);
    }
    pool__balance(pool);
}

static void open_in_background(void *arg)
{
    struct slot *slot = arg;
    struct pool *pool = slot->pool;
    struct open_options options = {
        .application_name = pool->options.application_name,
        .connect_timeout_ms = pool->options.connect_timeout_ms,
        .statement_timeout_ms = pool->options.statement_timeout_ms,
        .generic_plans = slot->lane,
        .pooled = pool->options.pooled,
        .named = !slot->lane,
    };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = connection_open(pool->driver, pool->loop, pool->target, &options,
                        DEADLINE_NEVER, &slot->connection, &diag);
    slot->fiber = NULL;
    pool->opening_lanes -= slot->lane;
    if (r == 0 && pool->stopping)
        connection_close(&slot->connection);
    if (r == 0 && !pool->stopping) {
        on_opened(slot);
        return;
    }
    slot_become(slot, SLOT_DEAD);
    if (!pool->stopping)
        pool__note_failure(pool, r, &diag);
}

static struct slot *spare_slot(struct pool *pool)
{
    struct slot *slot = list_first(&pool->on[SLOT_DEAD], struct slot, link);

    if (slot)
        return slot;
    slot = NEW(struct slot);
    slot->magic = SLOT_MAGIC;
    slot->pool = pool;
    list_push_front(&pool->on[SLOT_DEAD], &slot->link);
    pool->count[SLOT_DEAD]++;
    return slot;
}

void slot_open(struct pool *pool, bool lane)
{
    struct slot *slot = spare_slot(pool);

    slot->lane = lane;
    pool->opening_lanes += lane;
    slot_become(slot, SLOT_OPENING);
    if (fiber_start(pool->loop, "connect", open_in_background, slot,
                    &slot->fiber) == 0)
        return;
    pool->opening_lanes -= lane;
    slot_become(slot, SLOT_DEAD);
    pool__note_failure(pool, -ERR_OVERLOADED, NULL);
}

/* --- draining ------------------------------------------------------------ */

enum { CANCEL_MS = 250, DRAIN_MS = 500, LANE_DRAIN_MS = 5000 };

static struct deadline in_ms(const struct slot *slot, unsigned ms)
{
    return deadline_after(loop_now_ns(slot->pool->loop), ms);
}

/* Over a lane: what it asks of the database is over when it answers. */
static void cancel_over_lane(struct slot *slot, struct slot *lane)
{
    const struct driver *driver = slot->pool->driver;
    char key[SESSION_KEY_BYTES];
    struct text param;

    driver->session_key(slot->connection, key);
    param = text_of(key);
    if (connection_query(lane->connection, &driver->dialect->cancel, &param, 1,
                         in_ms(slot, CANCEL_MS), NULL, NULL) < 0)
        connection_close(&slot->connection);
}

/* Behind a pooler the session's key is the pooler's, and nobody else's. */
static void cancel_outstanding(struct slot *slot)
{
    struct pool *pool = slot->pool;
    struct slot *lane = pool__lane(pool, NULL);

    if (!lane && !pool->options.pooled)
        return;
    pool->stats.cancels++;
    if (pool->options.pooled)
        pool->driver->cancel(slot->connection);
    else
        cancel_over_lane(slot, lane);
}

static int ask(struct slot *slot, const struct statement *statement)
{
    struct deadline until = in_ms(slot, slot->lane ? LANE_DRAIN_MS : DRAIN_MS);

    return connection_query(slot->connection, statement, NULL, 0, until, NULL,
                            NULL);
}

/* What is asked last is answered last. */
static bool make_clean(struct slot *slot)
{
    static const struct statement nothing = { .name = "drain",
                                              .sql = "SELECT 1" };
    static const struct statement rollback = { .name = "rollback",
                                               .sql = "ROLLBACK" };

    if (connection_outstanding(slot->connection) > 0 &&
        ask(slot, &nothing) == -ERR_DEADLINE)
        return false;
    return connection_is_clean(slot->connection) ||
           (ask(slot, &rollback) == 0 && connection_is_clean(slot->connection));
}

static void drain_in_background(void *arg)
{
    struct slot *slot = arg;

    if (!slot->lane && connection_outstanding(slot->connection) > 0)
        cancel_outstanding(slot);
    if (slot->connection && make_clean(slot) && !slot->lane &&
        !slot->pool->stopping && !slot_is_expired(slot)) {
        slot->fiber = NULL;
        slot_become(slot, SLOT_IDLE);
        slot_release(slot);
        return;
    }
    slot->fiber = NULL;
    if (!slot->lane && slot->connection && !slot->connection->dead &&
        !slot->pool->stopping && !connection_is_clean(slot->connection))
        pool__note_silence(slot->pool); /* told to stop, it did not */
    slot_retire(slot);
}

void slot_drain(struct slot *slot)
{
    slot_become(slot, SLOT_DRAINING);
    if (slot->connection->dead || slot->connection->driven ||
        fiber_start(slot->pool->loop, "drain", drain_in_background, slot,
                    &slot->fiber) < 0)
        slot_retire(slot);
}

void slot_release(struct slot *slot)
{
    struct pool *pool = slot->pool;
    struct waiter *waiter = list_first(&pool->waiters, struct waiter, link);

    slot->idle_since_ns = loop_now_ns(pool->loop);
    if (slot->state != SLOT_IDLE && !waiter)
        slot_become(slot, SLOT_IDLE);
    if (!waiter)
        return;
    if (slot->state == SLOT_IDLE)
        slot_become(slot, SLOT_BUSY);
    pool__wake(waiter, slot, 0);
}
