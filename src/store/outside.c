/* SPDX-License-Identifier: MIT */
#include "store/outside.h"

#include "base/memory.h"
#include "database/transaction.h"
#include "store/resource.h"
#include "store/sql_fixed.h"
#include "store/store_impl.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum { NOTES_AT_ONCE = 100, TAKE_MS = 2000 };

/* Who takes the same notes up waits for the other, and then finds none. */
const struct statement sql_outside_take = {
    .name = "outside_take",
    .collection = "outside_writes",
    .sql = "DELETE FROM outside_writes WHERE id = ANY (ARRAY("
           "SELECT id FROM outside_writes ORDER BY id LIMIT 100))"
           " RETURNING resource, object, version",
};

_Static_assert(NOTES_AT_ONCE == 100, "as it is told above");
_Static_assert(NOTES_AT_ONCE + RESOURCE_COUNT <= CACHE_TOUCHES_MAX, "all fit");

/* --- what notes name ------------------------------------------------------ */

struct taken {
    struct outside *outside;
    unsigned notes, count;
    bool lists[RESOURCE_COUNT];
    struct cache_touch touches[NOTES_AT_ONCE + RESOURCE_COUNT];
};

/*
 * With the version that the row has now: so that the marker of a writer who
 * committed before gives way, and that of one who comes behind stays.
 */
static void take_object(struct taken *taken, const struct resource *resource,
                        struct text object, struct text version)
{
    struct cache_touch *touch = &taken->touches[taken->count];
    struct uuid id;

    *touch = (struct cache_touch){ .version = 0 };
    if (text_is_null(object) || !uuid_parse(object, &id) ||
        !text_to_int64(version, &touch->version))
        return;
    cache_key_of_object(&touch->key, resource->shape->name, id);
    taken->count++;
}

static void take_lists(struct taken *taken)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        struct cache_touch *touch = &taken->touches[taken->count];

        if (!taken->lists[i])
            continue;
        *touch = (struct cache_touch){ .version = 0 };
        cache_key_of_generation(&touch->key, resource_table[i]->shape->name);
        touch->version = cache_mark_number();
        taken->count++;
    }
}

static void take_notes(struct taken *taken, const struct rows *rows)
{
    taken->notes = rows_count(rows);
    for (unsigned row = 0; row < taken->notes; row++)
        for (size_t i = 0; i < RESOURCE_COUNT; i++) {
            const struct resource *resource = resource_table[i];

            if (!store_remembers(resource) ||
                !text_is(rows_get(rows, row, 0), resource->table))
                continue;
            taken->lists[i] = true;
            take_object(taken, resource, rows_get(rows, row, 1),
                        rows_get(rows, row, 2));
        }
    take_lists(taken);
}

/* --- taking them up ------------------------------------------------------- */

/* The markers need not stand: what is read from now on is what was committed.
 */
static int take_inside(struct transaction *transaction, void *arg)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct taken *taken = arg;
    struct cache *cache = taken->outside->cache;
    int r = transaction_query(transaction, &sql_outside_take, NULL, 0, &rows);

    if (r < 0)
        return r;
    take_notes(taken, rows);
    if (taken->count == 0)
        return 0;
    r = cache_mark(cache, taken->touches, taken->count, DEADLINE_NEVER);
    if (r == 0)
        cache_abort(cache, taken->touches, taken->count);
    return r < 0 ? FAIL(transaction_diag(transaction), ERR_UNAVAILABLE,
                        "Redis cannot be told")
                 : 0;
}

static YIELDS int take(struct outside *outside, unsigned *ret_notes,
                       struct diag *diag)
{
    static const struct transaction_options once = { .once = true };
    struct pool *pool = primary_pool(outside->pools);
    struct taken *taken = NEW(struct taken);
    int r;

    taken->outside = outside;
    r = transaction_run(pool, &once, take_inside, taken,
                        deadline_after(loop_now_ns(pool_loop(pool)), TAKE_MS),
                        NULL, diag);
    *ret_notes = taken->notes;
    memory_free(&taken);
    return r;
}

/* Whoever has no epoch can tell nobody. */
static bool can_take(const struct outside *outside)
{
    uint64_t now_ns = outside->freshness->now_ns();

    return freshness_caches_are_on(outside->freshness, now_ns) &&
           cache_epoch(outside->cache) >= CACHE_EPOCH_QUARANTINE;
}

/* Once when it begins to fail: it is tried again when a beat finds notes. */
static void tell(struct outside *outside, int r, const struct diag *diag)
{
    if (r < 0 && !outside->failing)
        log_line(LOG_WARN, "outside_writes_wait", "%s: %s", diag->detail,
                 diag->cause);
    outside->failing = r < 0;
}

static YIELDS void take_all(struct outside *outside)
{
    unsigned notes = 1;
    struct diag diag;
    int r = 0;

    fiber_shield();
    while (r == 0 && notes > 0 && can_take(outside)) {
        diag_init(&diag, NULL);
        r = take(outside, &notes, &diag);
        if (r == 0)
            series_add(metric_series(METRIC_CACHE_OUTSIDE, NULL), notes);
        tell(outside, r, &diag);
    }
    fiber_unshield();
}

/* --- life ----------------------------------------------------------------- */

static void run(void *arg)
{
    struct outside *outside = arg;
    int r = 0;

    while (r == 0) {
        while (outside->pending) {
            outside->pending = false;
            take_all(outside);
        }
        r = condition_wait(&outside->wanted, DEADLINE_NEVER);
    }
    outside->fiber = NULL;
    condition_broadcast(&outside->ended);
}

void outside_start(struct outside *outside, const struct primary_pools *pools,
                   const struct freshness *freshness, struct cache *cache)
{
    *outside = (struct outside){ .pools = pools,
                                 .freshness = freshness,
                                 .cache = cache };
    condition_init(&outside->wanted);
    condition_init(&outside->ended);
    if (fiber_start(pool_loop(primary_pool(pools)), "outside", run, outside,
                    &outside->fiber) < 0)
        log_line(LOG_WARN, "caches_stay_off", "no memory for a fiber");
}

void outside_wake(void *arg)
{
    struct outside *outside = arg;

    outside->pending = true;
    if (outside->fiber)
        condition_broadcast(&outside->wanted);
}

void outside_stop(struct outside *outside)
{
    fiber_end(&outside->fiber, &outside->ended);
}
