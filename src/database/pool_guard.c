/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/feature.h"
#include "database/pool_impl.h"
#include "telemetry/log.h"

#include <stdio.h>

static uint64_t now(const struct pool *pool)
{
    return loop_now_ns(pool->loop);
}

/* --- changes ------------------------------------------------------------- */

static const char *name_of(const struct pool *pool, const struct breaker *b)
{
    return b == &pool->connect ? pool->options.connect_name
                               : pool->options.query_name;
}

static void show(const struct pool *pool, const struct breaker *b)
{
    series_set(METRIC_SERIES(METRIC_BREAKER, name_of(pool, b)), b->state);
}

static void tell(const struct pool *pool, const struct breaker *b,
                 enum log_level level, const char *name)
{
    struct event ev;

    show(pool, b);
    event_begin(&ev, level, name);
    event_string(&ev, "dependency", name_of(pool, b));
    event_string(&ev, "node", target_node(pool->target));
    event_end(&ev);
}

static void note(struct pool *pool, struct breaker *b, bool failed,
                 uint64_t took_ns)
{
    if (breaker_note(b, failed, took_ns, now(pool)))
        tell(pool, b, LOG_WARN, "breaker_open");
}

static void note_probe(struct pool *pool, struct breaker *b, bool good)
{
    if (breaker_probed(b, good, now(pool)))
        tell(pool, b, LOG_INFO, "breaker_closed");
    else
        show(pool, b);
}

void pool__guard_init(struct pool *pool)
{
    uint64_t seeds[2];

    random_bytes(seeds, sizeof(seeds));
    breaker_init(&pool->connect, &breaker_rules_connect, seeds[0]);
    breaker_init(&pool->query, &breaker_rules_query, seeds[1]);
    retry_budget_init(&pool->budget);
    show(pool, &pool->connect);
    show(pool, &pool->query);
}

/* --- open: nobody passes ------------------------------------------------- */

/* The one that is in the way, or NULL. */
static const struct breaker *barrier(const struct pool *pool, unsigned up)
{
    if (!feature_is_on(FEATURE_CIRCUIT_BREAKER))
        return NULL;
    if (!breaker_admits(&pool->query))
        return &pool->query;
    return up == 0 && !breaker_admits(&pool->connect) ? &pool->connect : NULL;
}

bool pool__is_broken(const struct pool *pool, unsigned up)
{
    return barrier(pool, up) != NULL;
}

int pool__tell_broken(struct pool *pool, struct diag *diag)
{
    const struct breaker *b = barrier(pool, 0);
    bool first = diag && diag->code == 0;
    int r;

    pool->stats.broken++;
    if (!pool->options.once) /* else who asks goes elsewhere */
        series_add(METRIC_SERIES(METRIC_SHED, "breaker"), 1);
    r = FAIL(diag, ERR_UNAVAILABLE, "the database is left alone for a while");
    if (first && b)
        diag->retry_after_s = breaker_retry_after_s(b, now(pool));
    if (first && b == &pool->connect)
        snprintf(diag->cause, sizeof(diag->cause), "%s", pool->failure.cause);
    return r;
}

int pool_is_broken(struct pool *pool, struct diag *diag)
{
    OBJ_CHECK(pool, POOL_MAGIC);
    return pool__is_broken(pool, pool->count[SLOT_LANE])
               ? pool__tell_broken(pool, diag)
               : 0;
}

/* --- what counts --------------------------------------------------------- */

void pool__note_connect(struct pool *pool, bool good)
{
    struct breaker *b = &pool->connect;

    if (good)
        pool->heard_ns = now(pool);
    if (good) /* also of an attempt from before it opened */
        breaker_hint(b, now(pool));
    if (b->probing || (good && breaker_wants_probe(b, now(pool))))
        note_probe(pool, b, good);
    else
        note(pool, b, !good, 0);
}

/*
 * Did the database answer? It did when the error is about what was asked. Not
 * told here: that there was no connection, which is the other breaker's
 * business, and that a link was lost, which is one failure, not one for each
 * that had asked on it.
 */
static bool is_answer(int r, const char *sqlstate)
{
    static const int untold[] = { -ERR_LINK_LOST,   -ERR_CONNECT_FAILED,
                                  -ERR_OVERLOADED,  -ERR_DRAINING,
                                  -ERR_CANCELLED,   -ERR_OUTCOME_UNKNOWN,
                                  -ERR_UNAVAILABLE, -ERR_TOO_MANY_CONNECTIONS };

    if (r == -ERR_DEADLINE)
        return sqlstate[0] != '\0';
    for (size_t i = 0; i < ARRAY_LEN(untold); i++)
        if (r == untold[i])
            return false;
    return true;
}

/* Its own: XX000 and the like. Without one it was us who said so. */
static bool is_trouble(int r, const char *sqlstate)
{
    return r == -ERR_UNAVAILABLE && sqlstate[0] != '\0';
}

/* Reads go on, so it is no matter for a breaker. */
static void note_refusal(struct pool *pool, int r)
{
    if (r != -ERR_READ_ONLY && r != -ERR_STORAGE_FULL)
        return;
    pool->refusal = r;
    pool->refused_ns = now(pool);
}

void pool__note_lent(struct pool *pool, int r, const char *sqlstate)
{
    bool trouble = is_trouble(r, sqlstate);

    note_refusal(pool, r);
    if (!trouble && !is_answer(r, sqlstate))
        return;
    pool->heard_ns = now(pool);
    note(pool, &pool->query, trouble, 0);
    if (!trouble && retry_verdict(RETRY_INSIDE, r) == RETRY_NEVER)
        retry_budget_earn(&pool->budget);
}

/*
 * Reads on a lane are quick, so that a long silence is the database's; unless
 * it was heard elsewhere, and this one waited for a lock.
 */
static bool is_silent(const struct pool *pool, uint64_t since_ns)
{
    const uint64_t long_ns = BREAKER_SILENCE_MS * NS_PER_MS;

    return now(pool) - since_ns >= long_ns &&
           now(pool) - pool->heard_ns >= long_ns;
}

void pool__note_read(struct pool *pool, int r, const char *sqlstate,
                     uint64_t since_ns)
{
    if (r != -ERR_DEADLINE || sqlstate[0] != '\0')
        pool__note_lent(pool, r, sqlstate);
    else if (is_silent(pool, since_ns))
        note(pool, &pool->query, true, now(pool) - since_ns);
}

void pool__note_silence(struct pool *pool)
{
    note(pool, &pool->query, true, 0);
}

/* --- probes -------------------------------------------------------------- */

enum { PROBE_MS = 500 };

static void probe_query(void *arg)
{
    static const struct statement ping = { .name = "probe", .sql = "SELECT 1" };
    struct pool *pool = arg;
    struct slot *lane = pool__lane(pool, NULL);
    struct call *call;
    int r = -ERR_LINK_LOST;

    pool->guests++;
    if (lane) {
        call = connection_submit(lane->connection, &ping, NULL, 0, CALL_AGAIN);
        r = call_wait(&call, deadline_after(now(pool), PROBE_MS), NULL, NULL);
    }
    note_probe(pool, &pool->query, r == 0);
    pool->guests--;
    if (pool->stopping)
        condition_broadcast(&pool->changed);
    else
        pool__probe(pool);
}

/* Without a lane there is nothing to find out yet; see slot's on_opened(). */
void pool__probe(struct pool *pool)
{
    if (!pool__lane(pool, NULL) ||
        !breaker_wants_probe(&pool->query, now(pool)))
        return;
    show(pool, &pool->query);
    if (fiber_start(pool->loop, "probe", probe_query, pool, NULL) < 0)
        note_probe(pool, &pool->query, false);
}

/* --- listening ----------------------------------------------------------- */

static void on_heard(struct call *call, void *arg)
{
    struct pool *pool = arg;

    pool->listening = false;
    if (call->result == 0)
        pool->heard_ns = now(pool);
}

void pool__listen(struct pool *pool)
{
    static const struct statement ping = { .name = "probe", .sql = "SELECT 1" };
    struct slot *lane = pool__lane(pool, NULL);

    if (pool->listening || !lane || lane_is_held_up(lane))
        return;
    pool->listening = true;
    (void)connection_submit_for(lane->connection, NULL, &ping, NULL, 0,
                                CALL_AGAIN, on_heard, pool);
}

/* --- trying again -------------------------------------------------------- */

/* Connections of another time may lead to a node that is not the primary. */
static void renew(struct pool *pool)
{
    pool->trusted_from_ns = now(pool);
    list_each_safe (&pool->on[SLOT_IDLE], struct slot, slot, link)
        slot_retire(slot);
}

static void count_retry(struct pool *pool, int code)
{
    pool->stats.retries++;
    series_add(METRIC_SERIES(METRIC_RETRIES, pool->options.name,
                             error_info(code)->code),
               1);
}

/*
 * Reads that fail in the same turn were lost together, with their lane; they
 * wait together, too, so that what was one statement stays one. Writes must not
 * meet again.
 */
static struct deadline next_try(struct pool *pool, enum retry_phase phase,
                                unsigned attempts)
{
    uint32_t chance;

    if (phase == RETRY_READ && pool->shared_asked_ns == now(pool) &&
        pool->shared_attempts == attempts)
        return pool->shared_at;
    random_bytes(&chance, sizeof(chance));
    pool->shared_asked_ns = now(pool);
    pool->shared_attempts = attempts;
    pool->shared_at =
        deadline_after(now(pool), retry_wait_ms(attempts, chance));
    return pool->shared_at;
}

/* As a guest: the pool does not go away meanwhile. */
YIELDS static bool sleep_until(struct pool *pool, struct deadline at)
{
    int r;

    pool->guests++;
    r = fiber_sleep(at);
    pool->guests--;
    if (pool->stopping)
        condition_broadcast(&pool->changed);
    return r == 0 && !pool->stopping;
}

bool pool_tries_again(struct pool *pool, enum retry_phase phase, int code,
                      unsigned attempts, struct deadline until,
                      struct diag *diag)
{
    enum retry_verdict verdict = retry_verdict(phase, code);
    struct deadline at;

    OBJ_CHECK(pool, POOL_MAGIC);
    if (!retry_may_follow(verdict, attempts) || pool->stopping ||
        pool->options.once || !feature_is_on(FEATURE_RETRIES))
        return false;
    at = next_try(pool, phase, attempts);
    if (at.at_ns >= until.at_ns || !retry_budget_take(&pool->budget))
        return false;
    if (verdict == RETRY_ELSEWHERE)
        renew(pool);
    count_retry(pool, code);
    if (!sleep_until(pool, at))
        return false;
    if (diag)
        diag_clear(diag);
    return true;
}
