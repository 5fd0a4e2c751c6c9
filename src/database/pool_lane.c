/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/pool_impl.h"

/* More than this on one lane cannot be answered in anybody's time. */
enum { LANE_OUTSTANDING_MAX = 1024 };

struct slot *pool__lane(struct pool *pool)
{
    struct slot *best = NULL;

    list_each (&pool->on[SLOT_LANE], struct slot, slot, link)
        if (!slot->connection->dead &&
            (!best ||
             slot->connection->outstanding < best->connection->outstanding))
            best = slot;
    return best;
}

int pool__wait_lane(struct pool *pool, struct deadline until,
                    struct connection **ret_lane, struct diag *diag)
{
    struct slot *lane, *none;
    int r = 0;

    OBJ_CHECK(pool, POOL_MAGIC);
    if (pool__is_broken(pool, pool->count[SLOT_LANE]))
        return pool__tell_broken(pool, diag);
    while ((lane = pool__lane(pool)) == NULL && r == 0)
        r = pool__wait(pool, true, until, &none, diag);
    if (!lane)
        return r;
    if (connection_outstanding(lane->connection) >= LANE_OUTSTANDING_MAX) {
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

    r = pool__wait_lane(pool, until, &lane, diag);
    if (r < 0)
        return r;
    call =
        connection_submit_as(lane, scope, statement, params, count, CALL_AGAIN);
    return call_wait(&call, until, ret_rows, diag);
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
        int r = read_once(pool, scope, statement, params, count, until,
                          ret_rows, diag);

        pool__note_read(pool, r, diag->sqlstate, since_ns);
        if (r == 0 ||
            !pool_tries_again(pool, RETRY_READ, r, attempts, until, diag))
            return r;
    }
}
