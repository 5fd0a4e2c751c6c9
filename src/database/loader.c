/* SPDX-License-Identifier: MIT */
#include "database/loader.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/loader_impl.h"

/* --- asking -------------------------------------------------------------- */

static int load_once(struct loader *loader, const struct scope *scope,
                     const struct uuid *id, struct deadline until,
                     struct row *ret_row, struct diag *diag)
{
    struct request request = { .fiber = fiber_self(),
                               .until = until,
                               .diag = diag };
    struct connection *lane;
    int r;

    r = pool__wait_lane(loader->pool, loader->statement.collection, until,
                        &lane, diag);
    if (r < 0)
        return r;
    loader__join(loader, scope, id, &request);
    while (!request.done && r == 0)
        r = fiber_wait(until);
    list_remove(&request.link);
    if (request.done) {
        *ret_row = request.row;
        return request.result;
    }
    return r == -ERR_DEADLINE
               ? FAIL(diag, ERR_DEADLINE, "the database did not answer in time")
               : r;
}

/* One that was displaced finds itself another lane; that is no retry. */
static int load_somewhere(struct loader *loader, const struct scope *scope,
                          const struct uuid *id, struct deadline until,
                          struct row *ret_row, struct diag *diag)
{
    int r;

    do
        r = load_once(loader, scope, id, until, ret_row, diag);
    while (r == -ERR_ABORTED);
    return r;
}

int loader_get(struct loader *loader, const struct scope *scope, struct uuid id,
               struct deadline until, struct row *ret_row, struct diag *diag)
{
    struct pool *pool = loader->pool;
    struct diag own;

    OBJ_CHECK(loader, LOADER_MAGIC);
    loader->stats.requests++;
    *ret_row = (struct row){ 0 };
    diag_init(&own, NULL);
    diag = diag ? diag : &own;
    for (unsigned attempts = 1;; attempts++) {
        uint64_t since_ns = loop_now_ns(pool->loop);
        int r = load_somewhere(loader, scope, &id, until, ret_row, diag);

        pool__note_read(pool, r, diag->sqlstate, since_ns);
        if (r == 0 ||
            !pool_tries_again(pool, RETRY_READ, r, attempts, until, diag))
            return r;
    }
}

/* --- life ---------------------------------------------------------------- */

enum { PARAM_LIMIT_BYTES = 64 * 1024 };

static unsigned between(unsigned low, unsigned value, unsigned high,
                        unsigned otherwise)
{
    if (value == 0)
        return otherwise;
    return value < low ? low : value > high ? high : value;
}

struct loader *loader_new(struct pool *pool, const struct statement *statement,
                          const struct loader_options *options)
{
    struct loader *loader = NEW(struct loader);
    struct loader_options given =
        options ? *options : (struct loader_options){ 0 };

    loader->magic = LOADER_MAGIC;
    loader->pool = pool;
    loader->statement = *statement;
    loader->statement.hash = statement_key(statement);
    loader->statement.binary = 1;
    loader->batch_max = between(1, given.batch_max, BATCH_MAX, BATCH_MAX);
    loader->in_flight_max = between(1, given.in_flight_max, 64, 1);
    list_init(&loader->gathering);
    list_init(&loader->flying);
    list_init(&loader->spare);
    buffer_init(&loader->param, PARAM_LIMIT_BYTES);
    turn_hook_init(&loader->hook, TURN_FLUSH, loader__send_batches, loader);
    return loader;
}

void loader_free(struct loader **loader_at)
{
    struct loader *loader = *loader_at;

    if (!loader)
        return;
    OBJ_CHECK(loader, LOADER_MAGIC);
    turn_hook_cancel(&loader->hook);
    list_each (&loader->flying, struct batch, flying, link)
        call_abandon(&flying->call);
    list_append_all(&loader->spare, &loader->gathering);
    list_append_all(&loader->spare, &loader->flying);
    list_each_safe (&loader->spare, struct batch, batch, link)
        loader__free_batch(batch);
    buffer_fini(&loader->param);
    loader->magic = 0;
    memory_free(loader_at);
}

void loader_stats(const struct loader *loader, struct loader_stats *ret_stats)
{
    OBJ_CHECK(loader, LOADER_MAGIC);
    *ret_stats = loader->stats;
}
