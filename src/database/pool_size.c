/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/pool_impl.h"
#include "telemetry/log.h"

enum { PULSE_EVERY_MS = 2000, PULSE_MS = 500 };

static uint64_t now(const struct pool *pool)
{
    return loop_now_ns(pool->loop);
}

/* --- how many there may be ----------------------------------------------- */

static void show(struct pool *pool)
{
    if (!pool->size_series)
        pool->size_series =
            METRIC_SERIES(METRIC_DB_CONNECTIONS_MAX, pool->options.name);
    series_set(pool->size_series, pool->sizer.size);
}

static void tell(struct pool *pool, unsigned before, enum sizer_reason why)
{
    struct event ev;

    if (why == SIZER_SAME)
        return;
    show(pool);
    event_begin(&ev, LOG_INFO, "pool_resized");
    event_string(&ev, "pool", pool->options.name);
    event_int(&ev, "from", before);
    event_int(&ev, "to", pool->sizer.size);
    event_string(&ev, "why", sizer_reason_text(why));
    event_end(&ev);
}

static unsigned in_use(const struct pool *pool)
{
    return pool->count[SLOT_BUSY] + pool->count[SLOT_DRAINING];
}

/* The queue is in order. */
static unsigned waiting_late(const struct pool *pool)
{
    unsigned late = 0;

    list_each (&pool->waiters, struct waiter, waiter, link) {
        if (now(pool) - waiter->since_ns <= POOL_WAIT_TARGET_MS * NS_PER_MS)
            break;
        late++;
    }
    return late;
}

void pool__size_init(struct pool *pool)
{
    sizer_init(&pool->sizer, pool->options.min, pool->options.max, now(pool));
    show(pool);
}

void pool__size_adjust(struct pool *pool)
{
    sizer_set_limits(&pool->sizer, pool->options.min, pool->options.max);
    show(pool);
}

void pool__size_note(struct pool *pool, uint64_t since_ns)
{
    sizer_note(&pool->sizer, now(pool) - since_ns, in_use(pool));
}

/*
 * Would more connections be of no use? After a refusal only an attempt can tell
 * whether there is room again, and all that may be are open: the sizer itself
 * knows how long to wait for that.
 */
static bool is_in_trouble(const struct pool *pool)
{
    if (!breaker_admits(&pool->query))
        return true;
    if (pool->failures > 0 && pool->failure.code == -ERR_TOO_MANY_CONNECTIONS)
        return false;
    return pool->failures > 0 || !breaker_admits(&pool->connect);
}

void pool__size_look(struct pool *pool)
{
    unsigned before = pool->sizer.size;

    tell(pool, before,
         sizer_look(&pool->sizer, waiting_late(pool), is_in_trouble(pool),
                    now(pool)));
}

void pool__size_refused(struct pool *pool)
{
    unsigned before = pool->sizer.size;

    tell(pool, before,
         sizer_refused(&pool->sizer, pool__lent_up(pool), now(pool)));
}

/* --- whether those that idle are there ----------------------------------- */

static void on_pulse(struct call *call UNUSED, void *arg UNUSED)
{
}

/* What idles owes no answer but to this. */
static bool is_silent(const struct pool *pool, const struct slot *slot)
{
    const struct call *asked =
        list_first(&slot->connection->line, struct call, line);

    return asked && asked->state == CALL_SENT &&
           now(pool) - asked->sent_ns >= PULSE_MS * NS_PER_MS;
}

static bool is_due(const struct pool *pool, const struct slot *slot)
{
    const struct connection *connection = slot->connection;
    uint64_t heard_ns = connection->answered_ns > connection->opened_ns
                            ? connection->answered_ns
                            : connection->opened_ns;

    return connection->outstanding == 0 &&
           now(pool) - heard_ns >= PULSE_EVERY_MS * NS_PER_MS;
}

static void feel_pulse(struct slot *slot)
{
    static const struct statement ping = { .name = "pulse", .sql = "SELECT 1" };

    (void)connection_submit_for(slot->connection, NULL, &ping, NULL, 0, 0,
                                on_pulse, NULL);
}

/*
 * A network that drops what it carries leaves links that look alive. Found
 * here it costs nobody anything; found by whoever is lent one, his deadline.
 */
void pool__feel_pulses(struct pool *pool)
{
    bool silent = false;

    list_each (&pool->on[SLOT_IDLE], struct slot, slot, link)
        silent |= is_silent(pool, slot);
    if (silent) {
        pool->stats.lost++;
        pool__note_silence(pool);
        pool__distrust_idle(pool);
    }
    list_each (&pool->on[SLOT_IDLE], struct slot, slot, link)
        if (is_due(pool, slot))
            feel_pulse(slot);
}
