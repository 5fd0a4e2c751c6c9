/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/pool_impl.h"
#include "resilience/backoff.h"
#include "telemetry/log.h"

#include <stdio.h>

enum {
    TICK_MS = 250,
    PROBE_EVERY_MS = 100,
    STALL_MS = 2000,
    STALL_BROKEN_MS = 500
};

/* A server makes a few sessions sooner than many at once. */
enum { OPENING_MAX = 4 };

static const struct backoff probing = { .base_ms = 50, .cap_ms = 400 };

/* --- attempts to connect ------------------------------------------------- */

static uint64_t now(const struct pool *pool)
{
    return loop_now_ns(pool->loop);
}

static void log_change(const struct pool *pool, enum log_level level,
                       const char *name, const struct diag *diag)
{
    struct event ev;

    event_begin(&ev, level, name);
    event_string(&ev, "pool", pool->options.name);
    event_string(&ev, "node", target_node(pool->target));
    if (diag)
        event_diag(&ev, diag);
    event_end(&ev);
}

void pool__note_opened(struct pool *pool)
{
    if (pool->failures > 0)
        log_change(pool, LOG_INFO, "database_reached", NULL);
    pool->failures = 0;
    pool->stats.opened++;
    pool__note_connect(pool, true);
}

static void remember(struct pool *pool, int code, const struct diag *diag)
{
    struct failure *failure = &pool->failure;

    *failure = (struct failure){ .code = code };
    snprintf(failure->detail, sizeof(failure->detail), "%.*s",
             (int)sizeof(failure->detail) - 1,
             diag && diag->detail[0] ? diag->detail : error_info(code)->title);
    if (!diag)
        return;
    memcpy(failure->sqlstate, diag->sqlstate, sizeof(failure->sqlstate));
    snprintf(failure->cause, sizeof(failure->cause), "%.*s",
             (int)sizeof(failure->cause) - 1, diag->cause);
}

void pool__note_failure(struct pool *pool, int code, const struct diag *diag)
{
    uint32_t chance;

    random_bytes(&chance, sizeof(chance));
    remember(pool, code, diag);
    pool->stats.open_failures++;
    pool->retry_at_ns =
        now(pool) +
        (PROBE_EVERY_MS + backoff_ms(probing, pool->failures, chance)) *
            NS_PER_MS;
    if (pool->failures++ == 0)
        log_change(pool, LOG_WARN, "database_unreachable", diag);
    if (code == -ERR_TOO_MANY_CONNECTIONS)
        pool__size_refused(pool);
    pool__note_connect(pool, false);
    if (pool__is_broken(pool, pool__lent_up(pool)))
        pool__fail_waiters(&pool->waiters, -ERR_UNAVAILABLE);
    if (pool__is_broken(pool, pool->count[SLOT_LANE]))
        pool__fail_waiters(&pool->lane_waiters, -ERR_UNAVAILABLE);
    pool__balance(pool);
}

/* --- how many ------------------------------------------------------------ */

/*
 * While the database cannot be reached, one attempt at a time knocks; when the
 * breaker is open it is that one's probe. Ask only when one is wanted.
 */
static bool may_open(struct pool *pool)
{
    if (pool->failures == 0)
        return true;
    if (pool->count[SLOT_OPENING] > 0)
        return false;
    if (breaker_admits(&pool->connect))
        return now(pool) >= pool->retry_at_ns;
    return breaker_wants_probe(&pool->connect, now(pool));
}

static unsigned expired_lanes(const struct pool *pool)
{
    unsigned n = 0;

    list_each (&pool->on[SLOT_LANE], struct slot, slot, link)
        n += slot_is_expired(slot);
    return n;
}

/*
 * A lane at the end of its life is followed by another before it ends, and one
 * that is held up by another that is not.
 */
static bool wants_lane(const struct pool *pool)
{
    unsigned there = pool->count[SLOT_LANE] + pool->opening_lanes;

    return there < pool->options.lanes ||
           (there == pool->options.lanes && expired_lanes(pool) > 0) ||
           (there < pool->options.lanes + pool__held_up(pool) &&
            pool__may_have_lane(pool));
}

static bool wants_lent(const struct pool *pool)
{
    unsigned opening = pool->count[SLOT_OPENING] - pool->opening_lanes;
    unsigned all = pool__lent_up(pool) + opening;

    return all < pool->options.min ||
           (all < pool->sizer.size && (opening < pool->waiting_to_lend ||
                                       (pool->failures > 0 && all == 0)));
}

/* When the next attempt may be made; in the past when none was wanted. */
static struct deadline next_attempt(const struct pool *pool)
{
    return (struct deadline){ breaker_admits(&pool->connect)
                                  ? pool->retry_at_ns
                                  : breaker_probe_at(&pool->connect) };
}

static void set_tick(struct pool *pool)
{
    struct deadline next = deadline_after(now(pool), TICK_MS);

    if (pool->failures > 0 && pool->count[SLOT_OPENING] == 0 &&
        next_attempt(pool).at_ns > now(pool))
        next = deadline_earlier(next, next_attempt(pool));
    if (pool->waiting_to_lend > 0 && pool->sizer.size < pool->options.max)
        next = deadline_earlier(next,
                                deadline_after(now(pool), POOL_LOOK_SOON_MS));
    if (pool->tick.slot != 0) /* changes must not put it off for ever */
        next = deadline_earlier(next, (struct deadline){ pool->tick.at_ns });
    timer_set(&pool->tick, next);
}

void pool__balance(struct pool *pool)
{
    if (pool->stopping)
        return;
    while (wants_lane(pool) && may_open(pool))
        slot_open(pool, true);
    while (wants_lent(pool) && may_open(pool))
        slot_open(pool, false);
    set_tick(pool);
}

/* --- what has had its time ----------------------------------------------- */

static void expire_idle(struct pool *pool)
{
    uint64_t idle_ns = pool->options.idle_timeout_ms * NS_PER_MS;

    list_each_safe (&pool->on[SLOT_IDLE], struct slot, slot, link) {
        bool rests = idle_ns > 0 && now(pool) - slot->idle_since_ns >= idle_ns;
        bool spare = pool__lent_up(pool) > pool->sizer.size ||
                     (rests && pool__lent_up(pool) > pool->options.min);

        if (spare || slot_is_expired(slot)) {
            pool->stats.expired++;
            slot_retire(slot);
        }
    }
}

/* One too many: expired, or opened while others were held up. */
static struct slot *surplus_lane(struct pool *pool)
{
    list_each (&pool->on[SLOT_LANE], struct slot, slot, link)
        if (slot_is_expired(slot))
            return slot;
    return list_last(&pool->on[SLOT_LANE], struct slot, link);
}

static void end_surplus_lane(struct pool *pool)
{
    if (pool->count[SLOT_LANE] <= pool->options.lanes + pool__held_up(pool))
        return;
    pool->stats.expired++;
    slot_drain(surplus_lane(pool));
}

static uint64_t longest_ms(const struct slot *lane)
{
    const struct call *first =
        list_first(&lane->connection->line, struct call, line);

    return first && first->limit_ms > 0
               ? first->limit_ms
               : lane->pool->options.statement_timeout_ms;
}

/*
 * Behind a database that hangs no statement's own limit helps: a lane that
 * owes answers and gives none is cut, and its reads go to another. While the
 * breaker is open there is no reason to hope for long.
 */
static void end_stalled_lanes(struct pool *pool)
{
    bool broken = !breaker_admits(&pool->query);

    list_each_safe (&pool->on[SLOT_LANE], struct slot, slot, link) {
        struct connection *connection = slot->connection;
        uint64_t hope_ms =
            broken ? STALL_BROKEN_MS : longest_ms(slot) + STALL_MS;

        if (connection_outstanding(connection) == 0 ||
            connection->answered != slot->moved_answers) {
            slot->moved_answers = connection->answered;
            slot->moved_ns = now(pool);
        } else if (now(pool) - slot->moved_ns >= hope_ms * NS_PER_MS) {
            pool->stats.lost++;
            pool__note_silence(pool);
            slot_retire(slot);
        }
    }
}

void pool__on_tick(void *arg)
{
    struct pool *pool = arg;

    OBJ_CHECK(pool, POOL_MAGIC);
    pool__size_look(pool);
    expire_idle(pool);
    pool__feel_pulses(pool);
    end_surplus_lane(pool);
    end_stalled_lanes(pool);
    pool__probe(pool);
    if (pool__held_up(pool) > 0)
        pool__listen(pool);
    pool__displace(pool);
    pool__balance(pool);
}
