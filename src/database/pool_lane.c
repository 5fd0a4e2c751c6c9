/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/pool_impl.h"

enum {
    /* More than this on one lane cannot be answered in anybody's time, */
    LANE_OUTSTANDING_MAX = 1024,
    /* … and on one that is held up, not even this. */
    HELD_UP_OUTSTANDING_MAX = 64,
    HELD_UP_MS = 100,
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct call *first_in_line(const struct slot *slot)
{
    return list_first(&slot->connection->line, struct call, line);
}

bool lane_is_held_up(const struct slot *slot)
{
    const struct call *first = first_in_line(slot);
    uint64_t since_ns;

    if (!first || first->state != CALL_SENT)
        return false;
    since_ns = later(first->sent_ns, slot->connection->answered_ns);
    return loop_now_ns(slot->pool->loop) >= since_ns + HELD_UP_MS * NS_PER_MS;
}

unsigned pool__held_up(const struct pool *pool)
{
    unsigned count = 0;

    list_each (&pool->on[SLOT_LANE], struct slot, slot, link)
        count += lane_is_held_up(slot);
    return count;
}

/* Reads of the collection that is held up would only hold up another lane. */
static void displace_behind(const struct call *first, struct list *line)
{
    list_each_safe (line, struct call, call, line) {
        bool same = call->collection && first->collection &&
                    strcmp(call->collection, first->collection) == 0;

        if (!same && call != first && !call->abandoned && !call->displaced)
            call_displace(call);
    }
}

void pool__displace(struct pool *pool)
{
    list_each (&pool->on[SLOT_LANE], struct slot, slot, link)
        if (lane_is_held_up(slot))
            displace_behind(first_in_line(slot), &slot->connection->line);
}

bool pool__may_have_lane(const struct pool *pool)
{
    return pool->count[SLOT_LANE] + pool->opening_lanes <
           2 * pool->options.lanes;
}

static bool is_held_up_by(const struct slot *slot, const char *collection)
{
    const char *held_by = first_in_line(slot)->collection;

    return collection && held_by && strcmp(collection, held_by) == 0;
}

static bool is_better(const struct slot *a, bool a_held, const struct slot *b,
                      bool b_held)
{
    if (a_held != b_held)
        return b_held;
    return a->connection->outstanding < b->connection->outstanding;
}

struct slot *pool__lane(struct pool *pool, const char *collection)
{
    struct slot *best = NULL;
    bool best_held = false;

    list_each (&pool->on[SLOT_LANE], struct slot, slot, link) {
        bool held = lane_is_held_up(slot);

        if (slot->connection->dead)
            continue;
        if (held && is_held_up_by(slot, collection))
            return slot;
        if (best && !is_better(slot, held, best, best_held))
            continue;
        best = slot;
        best_held = held;
    }
    return best_held && pool->failures == 0 && pool__may_have_lane(pool) ? NULL
                                                                         : best;
}

static bool is_full(const struct slot *lane)
{
    unsigned most =
        lane_is_held_up(lane) ? HELD_UP_OUTSTANDING_MAX : LANE_OUTSTANDING_MAX;

    return connection_outstanding(lane->connection) >= most;
}

int pool__wait_lane(struct pool *pool, const char *collection,
                    struct deadline until, struct connection **ret_lane,
                    struct diag *diag)
{
    struct slot *lane, *none;
    int r = 0;

    OBJ_CHECK(pool, POOL_MAGIC);
    if (pool__is_broken(pool, pool->count[SLOT_LANE]))
        return pool__tell_broken(pool, diag);
    while ((lane = pool__lane(pool, collection)) == NULL && r == 0)
        r = pool__wait(pool, true, until, &none, diag);
    if (!lane)
        return r;
    if (is_full(lane)) {
        pool->stats.overloads++;
        return FAIL(diag, ERR_OVERLOADED,
                    "too many reads wait for the database");
    }
    *ret_lane = lane->connection;
    return 0;
}

static int read_once(struct pool *pool, const struct scope *scope,
                     const struct statement *statement,
                     const struct text *params, unsigned count,
                     struct deadline until, struct rows **ret_rows,
                     struct diag *diag)
{
    struct connection *lane;
    struct call *call;
    int r;

    r = pool__wait_lane(pool, statement->collection, until, &lane, diag);
    if (r < 0)
        return r;
    call =
        connection_submit_as(lane, scope, statement, params, count, CALL_AGAIN);
    pool__allow(pool, call, until);
    return call_wait(&call, until, ret_rows, diag);
}

/* One that was displaced finds itself another lane; that is no retry. */
int pool__read_once(struct pool *pool, const struct scope *scope,
                    const struct statement *statement,
                    const struct text *params, unsigned count,
                    struct deadline until, struct rows **ret_rows,
                    struct diag *diag)
{
    int r;

    do
        r = read_once(pool, scope, statement, params, count, until, ret_rows,
                      diag);
    while (r == -ERR_ABORTED);
    return r;
}

int pool_read(struct pool *pool, const struct scope *scope,
              const struct statement *statement, const struct text *params,
              unsigned count, struct deadline until, struct rows **ret_rows,
              struct diag *diag)
{
    struct diag own;

    diag_init(&own, NULL);
    diag = diag ? diag : &own;
    for (unsigned attempts = 1;; attempts++) {
        uint64_t since_ns = loop_now_ns(pool->loop);
        int r = pool__read_once(pool, scope, statement, params, count, until,
                                ret_rows, diag);

        pool__note_read(pool, r, diag->sqlstate, since_ns);
        if (r == 0 ||
            !pool_tries_again(pool, RETRY_READ, r, attempts, until, diag))
            return r;
    }
}
