/* SPDX-License-Identifier: MIT */
#include "store/rights_settle.h"

#include "base/fault.h"
#include "database/transaction.h"
#include "runtime/fiber.h"
#include "store/sql_fixed.h"
#include "telemetry/metrics.h"

enum { LOOK_MS = 100, AGAIN_MS = 10 };

bool rights_come_from(const char *table)
{
    static const char *const tables[] = {
        "users",        "roles",      "permissions",      "role_permissions",
        "role_parents", "user_roles", "user_permissions", "api_keys",
    };

    for (size_t i = 0; table && i < ARRAY_LEN(tables); i++)
        if (strcmp(tables[i], table) == 0)
            return true;
    return false;
}

/* --- who has not seen it -------------------------------------------------- */

enum { LOOK_GENERATION, LOOK_KNOWS_US, LOOK_BEHIND };

/* A row's xmin tells whether it has beaten since. */
const struct statement sql_rights_look = {
    .name = "rights_settle",
    .collection = "instances",
    .sql = "SELECT c.rights, EXISTS (SELECT FROM instances WHERE id = $1::uuid)"
           ", (SELECT string_agg(i.id || ' ' || i.xmin, ',')"
           " FROM instances AS i"
           " WHERE i.id <> $1::uuid AND i.rights_seen < c.rights)"
           " FROM cache_control AS c",
};

/* Those who were behind at the first look and have not beaten since. */
const struct statement sql_rights_remove_dead = {
    .name = "instances_remove",
    .collection = "instances",
    .sql = "DELETE FROM instances"
           " WHERE id || ' ' || xmin = ANY (string_to_array($1, ','))",
};

struct settling {
    struct pool *pool;
    struct freshness *freshness;
    uint64_t begun_ns;
    struct rows *first; /* of the first look, or NULL */
    uint64_t first_ns;
};

static struct deadline after(const struct settling *s, uint64_t ms)
{
    return deadline_after(loop_now_ns(pool_loop(s->pool)), ms);
}

static uint64_t left_ms(const struct settling *s)
{
    uint64_t gone_ms = (s->freshness->now_ns() - s->begun_ns) / NS_PER_MS;

    return gone_ms < RIGHTS_SETTLE_MS ? RIGHTS_SETTLE_MS - gone_ms : 0;
}

static YIELDS int ask(const struct settling *s, struct rows **ret_rows)
{
    struct text id = text_of(s->freshness->id);
    uint64_t ms = left_ms(s);

    if (fault_hit(FAULT_RIGHTS_SETTLE))
        return -ERR_LINK_LOST;
    return pool_read(s->pool, NULL, &sql_rights_look, &id, 1,
                     after(s, ms < LOOK_MS ? ms : LOOK_MS), ret_rows, NULL);
}

static void note_first(struct settling *s, struct rows *rows)
{
    if (s->first)
        return;
    s->first = rows_ref(rows);
    s->first_ns = s->freshness->now_ns();
}

/* Whether all have seen it, and we may believe that these are all. */
static YIELDS bool is_settled(struct settling *s)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    uint64_t newest = freshness_newest(s->freshness), generation;

    if (ask(s, &rows) < 0 || rows_count(rows) == 0 ||
        !generation_read(rows_get(rows, 0, LOOK_GENERATION), &generation))
        return false;
    freshness_note(s->freshness, newest, generation);
    note_first(s, rows);
    return text_is_null(rows_get(rows, 0, LOOK_BEHIND)) &&
           text_is(rows_get(rows, 0, LOOK_KNOWS_US), "t") &&
           freshness_has_settled(s->freshness);
}

/* --- waiting for them ----------------------------------------------------- */

/*
 * Whoever has not beaten for as long as a lease lasts has none, and would be
 * waited for at every change. One that is alive after all finds its row gone
 * at its next beat, and enters anew.
 */
static YIELDS void remove_silent(const struct settling *s)
{
    uint64_t now_ns = s->freshness->now_ns();
    struct text behind = TEXT_NULL;

    if (s->first && now_ns - s->first_ns >= RIGHTS_LEASE_MS * NS_PER_MS)
        behind = rows_get(s->first, 0, LOOK_BEHIND);
    if (!text_is_null(behind) &&
        transaction_once(s->pool, NULL, &sql_rights_remove_dead, &behind, 1,
                         after(s, LOOK_MS), NULL, NULL, NULL) < 0)
        return; /* whoever comes next does it */
}

static YIELDS void wait_for_all(struct settling *s)
{
    while (!is_settled(s)) {
        uint64_t ms = left_ms(s);

        if (ms == 0) {
            remove_silent(s);
            return;
        }
        if (fiber_sleep(after(s, ms < AGAIN_MS ? ms : AGAIN_MS)) < 0)
            return;
    }
}

void rights_settle(struct pool *pool, struct freshness *freshness)
{
    struct settling s = { .pool = pool,
                          .freshness = freshness,
                          .begun_ns = freshness->now_ns() };

    fiber_shield();
    wait_for_all(&s);
    fiber_unshield();
    rows_unref(&s.first);
    series_observe(metric_series(METRIC_RIGHTS_SETTLED, NULL),
                   (double)(freshness->now_ns() - s.begun_ns) / NS_PER_S);
}
