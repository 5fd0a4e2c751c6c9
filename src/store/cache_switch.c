/* SPDX-License-Identifier: MIT */
#include "store/cache_switch.h"

#include "base/check.h"
#include "base/memory.h"
#include "runtime/fiber.h"
#include "store/sql_fixed.h"
#include "telemetry/log.h"

enum {
    SWITCH_MAGIC = 0x73776974,
    ASK_MS = 1000,
    KEPT_MS = 5000, /* it is seldom needed, and then for a moment */
    /* Statements end at nine tenths of what is left, the COMMIT as well: both
     * together are over before `starting` is. */
    SHORT_MS = 2500,
};

struct cache_switch {
    unsigned magic;
    const struct primary_pools *pools;
    struct freshness *freshness;
    bool switching; /* somebody is at it */
    int result;     /* of the last who was */
    struct condition switched;
};

/* --- life ----------------------------------------------------------------- */

struct pool_options cache_switch_pool_options(struct pool_options options)
{
    options.name = "switch";
    options.connect_name = "switch_connect";
    options.query_name = "switch_query";
    options.lanes = 0;
    options.min = 0;
    options.max = 1;
    options.wait_max_ms = ASK_MS;
    options.idle_timeout_ms = KEPT_MS;
    return options;
}

struct cache_switch *cache_switch_new(const struct primary_pools *pools,
                                      struct freshness *freshness)
{
    struct cache_switch *s = NEW(struct cache_switch);

    s->magic = SWITCH_MAGIC;
    s->pools = pools;
    s->freshness = freshness;
    condition_init(&s->switched);
    return s;
}

struct pool *cache_switch_pool(const struct cache_switch *s)
{
    OBJ_CHECK(s, SWITCH_MAGIC);
    return primary_pool(s->pools);
}

void cache_switch_free(struct cache_switch **cache_switch)
{
    if (!*cache_switch)
        return;
    OBJ_CHECK(*cache_switch, SWITCH_MAGIC);
    (*cache_switch)->magic = 0;
    memory_free(cache_switch);
}

static struct deadline after(const struct cache_switch *s, uint64_t ms)
{
    return deadline_after(loop_now_ns(pool_loop(primary_pool(s->pools))), ms);
}

bool cache_switch_is_off(const struct cache_switch *s, struct deadline until)
{
    OBJ_CHECK(s, SWITCH_MAGIC);
    return until.at_ns <= after(s, SHORT_MS).at_ns &&
           freshness_caches_are_off(s->freshness, s->freshness->now_ns());
}

/* --- switching off -------------------------------------------------------- */

const struct statement sql_caches_off = {
    .name = "cache_mode_off",
    .collection = "cache_mode",
    .sql = "UPDATE cache_mode SET mode = 'off', changed_at = clock_timestamp()"
           " WHERE mode = 'on'",
};

static YIELDS int switch_off(struct cache_switch *s, struct diag *diag)
{
    s->switching = true;
    s->result = transaction_once(cache_switch_pool(s), NULL, &sql_caches_off,
                                 NULL, 0, after(s, ASK_MS), NULL, NULL, diag);
    s->switching = false;
    if (s->result == 0) {
        freshness_note_caches(s->freshness, CACHES_OFF);
        log_line(LOG_WARN, "caches_off", "a write could not be told to Redis");
    }
    condition_broadcast(&s->switched);
    return s->result;
}

/* Who finds somebody at it has found them on before: theirs is the same. */
static YIELDS int switch_off_together(struct cache_switch *s, struct diag *diag)
{
    int r = 0;

    if (!s->switching)
        return switch_off(s, diag);
    while (s->switching && r == 0)
        r = condition_wait(&s->switched, after(s, 2 * ASK_MS));
    r = r == 0 ? s->result : r;
    return r < 0
               ? FAIL(diag, ERR_UNAVAILABLE, "caches could not be switched off")
               : 0;
}

int cache_switch_off(struct cache_switch *s, struct diag *diag)
{
    int r;

    OBJ_CHECK(s, SWITCH_MAGIC);
    r = switch_off_together(s, diag);
    return r < 0 ? r : fiber_sleep(after(s, RIGHTS_SETTLE_MS));
}

/* --- guarding a transaction ----------------------------------------------- */

/*
 * The lock is held until the transaction ends; caches are not switched on
 * while somebody holds it. What the mode is then is asked in another statement,
 * as one that waited for the lock would tell what was before.
 */
const struct statement sql_caches_hold = {
    .name = "cache_mode_hold",
    .collection = "cache_mode",
    .sql = "SELECT pg_advisory_xact_lock_shared("
           "hashtextextended('cache_mode', 0))",
};

const struct statement sql_caches_mode = {
    .name = "cache_mode",
    .collection = "cache_mode",
    .sql = "SELECT mode, greatest(0, extract(epoch FROM clock_timestamp()"
           " - changed_at) * 1000)::bigint FROM cache_mode",
};

static YIELDS int ask_mode(struct transaction *transaction,
                           struct rows **ret_rows)
{
    CLEANUP(call_abandon)
    struct call *held =
        transaction_submit(transaction, &sql_caches_hold, NULL, 0);
    CLEANUP(call_abandon)
    struct call *asked =
        transaction_submit(transaction, &sql_caches_mode, NULL, 0);
    int r = transaction_wait(transaction, &held, NULL);

    return r < 0 ? r : transaction_wait(transaction, &asked, ret_rows);
}

/* Are they on, and if not: for how long may somebody still believe it? */
static int read_mode(const struct rows *rows, bool *ret_on,
                     int64_t *ret_left_ms, struct diag *diag)
{
    int64_t age_ms;

    if (rows_count(rows) != 1 || !text_to_int64(rows_get(rows, 0, 1), &age_ms))
        return FAIL(diag, ERR_INTERNAL, "the table cache_mode has no row");
    *ret_on = text_is(rows_get(rows, 0, 0), "on");
    *ret_left_ms = RIGHTS_SETTLE_MS - age_ms;
    return 0;
}

static YIELDS int wait_out(int64_t left_ms)
{
    uint64_t now_ns = loop_now_ns(loop_current());

    return left_ms > 0 ? fiber_sleep(deadline_after(now_ns, (uint64_t)left_ms))
                       : 0;
}

int cache_switch_guard(struct cache_switch *s, struct transaction *transaction)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct diag *diag = transaction_diag(transaction);
    int64_t left_ms = 0;
    bool on = false;
    int r;

    OBJ_CHECK(s, SWITCH_MAGIC);
    r = ask_mode(transaction, &rows);
    if (r == 0)
        r = read_mode(rows, &on, &left_ms, diag);
    if (r < 0)
        return r;
    return on ? cache_switch_off(s, diag) : wait_out(left_ms);
}

/* --- for commands --------------------------------------------------------- */

static YIELDS int ask_on(struct connection *connection,
                         const struct statement *statement,
                         struct rows **ret_rows, struct diag *diag)
{
    return connection_query(connection, statement, NULL, 0, DEADLINE_NEVER,
                            ret_rows, diag);
}

int caches_switch_off(struct connection *connection, struct diag *diag)
{
    return ask_on(connection, &sql_caches_off, NULL, diag);
}

int caches_keep_off(struct connection *connection, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int64_t left_ms = 0;
    bool on = false;
    int r = ask_on(connection, &sql_caches_hold, NULL, diag);

    if (r == 0)
        r = ask_on(connection, &sql_caches_mode, &rows, diag);
    if (r == 0)
        r = read_mode(rows, &on, &left_ms, diag);
    if (r < 0)
        return r;
    return on ? FAIL(diag, ERR_ABORTED, "caches were switched on just now")
              : wait_out(left_ms);
}
