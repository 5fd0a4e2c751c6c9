/* SPDX-License-Identifier: MIT */
#include "database/loader.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/pool_impl.h"

enum {
    LOADER_MAGIC = 0x4c4f4144,
    BATCH_MAX = 256,
    SLOTS = 512, /* of the table of ids; a power of 2 above BATCH_MAX */
    SPARE_MAX = 4,
};

/* A fiber that waits for one row, on its own stack. */
struct request {
    struct list link;
    struct fiber *fiber;
    struct row row;
    int result;
    bool done;
    struct diag *diag;
};

/* The ids that go into one statement, and who waits for each of them. */
struct batch {
    struct list link; /* gathering, flying or spare */
    struct loader *loader;
    struct call *call; /* while it flies */
    unsigned count;
    struct uuid ids[BATCH_MAX];
    struct list requests[BATCH_MAX];
    uint16_t slots[SLOTS]; /* index + 1; 0: free */
};

struct loader {
    unsigned magic;
    struct pool *pool;
    struct statement statement;
    unsigned batch_max, in_flight_max;
    struct list gathering; /* batches that have not left, oldest first */
    struct list flying, spare;
    unsigned spare_count, in_flight;
    struct turn_hook hook;
    struct buffer param;
    struct loader_stats stats;
    struct series *sizes;
};

/* --- batches ------------------------------------------------------------- */

static struct batch *take_batch(struct loader *loader)
{
    struct batch *batch = list_first(&loader->spare, struct batch, link);

    if (batch) {
        list_remove(&batch->link);
        loader->spare_count--;
    } else {
        batch = NEW(struct batch);
        batch->loader = loader;
    }
    batch->count = 0;
    memset(batch->slots, 0, sizeof(batch->slots));
    list_push_back(&loader->gathering, &batch->link);
    return batch;
}

static void put_batch(struct batch *batch)
{
    struct loader *loader = batch->loader;

    list_remove(&batch->link);
    if (loader->spare_count == SPARE_MAX) {
        memory_free(&batch);
        return;
    }
    list_push_front(&loader->spare, &batch->link);
    loader->spare_count++;
}

/* The slot that holds the id, or the free one where it belongs. */
static unsigned find_slot(const struct batch *batch, const struct uuid *id)
{
    uint64_t random; /* the half of a UUIDv7 that is */
    unsigned slot;

    memcpy(&random, id->bytes + 8, sizeof(random));
    slot = (unsigned)(random * UINT64_C(0x6a09e667f3bcc909) >> 55);
    while (batch->slots[slot] &&
           memcmp(&batch->ids[batch->slots[slot] - 1], id, sizeof(*id)) != 0)
        slot = (slot + 1) % SLOTS;
    return slot;
}

/* The newest batch when it has the id or room for it, else a new one. */
static struct batch *batch_for(struct loader *loader, const struct uuid *id)
{
    struct batch *batch = list_last(&loader->gathering, struct batch, link);

    if (!batch || (batch->count >= loader->batch_max &&
                   !batch->slots[find_slot(batch, id)]))
        return take_batch(loader);
    return batch;
}

static void join(struct batch *batch, const struct uuid *id,
                 struct request *request)
{
    unsigned slot = find_slot(batch, id);

    if (!batch->slots[slot]) {
        batch->ids[batch->count] = *id;
        list_init(&batch->requests[batch->count]);
        batch->slots[slot] = (uint16_t)++batch->count;
    }
    list_push_back(&batch->requests[batch->slots[slot] - 1], &request->link);
}

/* --- answers ------------------------------------------------------------- */

static void finish(struct request *request, int result)
{
    list_remove(&request->link);
    request->result = result;
    request->done = true;
    fiber_wake(request->fiber);
}

static void give_row(struct list *requests, struct rows *rows, unsigned index)
{
    struct request *request;

    while ((request = list_first(requests, struct request, link)) != NULL) {
        request->row = (struct row){ rows_ref(rows), index };
        finish(request, 0);
    }
}

static void give_rows(struct batch *batch, struct rows *rows)
{
    struct uuid id;

    for (unsigned i = 0; i < rows_count(rows); i++) {
        unsigned index = 0;

        if (uuid_parse(rows_get(rows, i, 0), &id))
            index = batch->slots[find_slot(batch, &id)];
        if (index > 0)
            give_row(&batch->requests[index - 1], rows, i);
    }
}

/* Whoever still waits has no row, or the error of all. */
static void finish_rest(struct batch *batch, int result,
                        const struct failure *failure)
{
    struct request *request;

    for (unsigned i = 0; i < batch->count; i++) {
        struct list *requests = &batch->requests[i];

        while ((request = list_first(requests, struct request, link))) {
            if (failure)
                failure_tell(failure, request->diag);
            finish(request, result);
        }
    }
}

static void on_answer(struct call *call, void *arg)
{
    struct batch *batch = arg;
    struct loader *loader = batch->loader;

    if (call->result == 0)
        give_rows(batch, call->rows);
    finish_rest(batch, call->result < 0 ? call->result : -ERR_NOT_FOUND,
                call->failure);
    put_batch(batch);
    loader->in_flight--;
    if (!list_is_empty(&loader->gathering))
        turn_hook_ask(loader->pool->loop, &loader->hook);
}

/* --- leaving ------------------------------------------------------------- */

/* Those whose requests were all given up stay behind. */
static void drop_deserted(struct batch *batch)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < batch->count; i++)
        kept += !list_is_empty(&batch->requests[i]);
    if (kept == 0)
        batch->count = 0;
}

static void observe(struct loader *loader, const struct batch *batch)
{
    loader->stats.batches++;
    loader->stats.ids += batch->count;
    if (!loader->sizes)
        loader->sizes =
            METRIC_SERIES(METRIC_BATCH_SIZE, loader->statement.name);
    series_observe(loader->sizes, batch->count);
}

static void send(struct loader *loader, struct batch *batch, struct slot *lane)
{
    struct text param;

    list_remove(&batch->link);
    observe(loader, batch);
    buffer_clear(&loader->param);
    loader->pool->driver->encode_ids(batch->ids, batch->count, &loader->param);
    param = buffer_text(&loader->param);
    loader->in_flight++;
    list_push_back(&loader->flying, &batch->link);
    batch->call =
        connection_submit_for(lane->connection, &loader->statement, &param, 1,
                              CALL_AGAIN, on_answer, batch);
}

/* Without a lane the requests are told so, and wait for one by themselves. */
static void send_or_fail(struct loader *loader, struct batch *batch)
{
    struct slot *lane = pool__lane(loader->pool);

    if (batch->count > 0 && lane) {
        send(loader, batch, lane);
        return;
    }
    finish_rest(batch, -ERR_LINK_LOST, NULL);
    put_batch(batch);
}

/* The hook at the end of the turn, when nobody has more to ask. */
static void send_batches(void *arg)
{
    struct loader *loader = arg;
    struct batch *batch;

    while (loader->in_flight < loader->in_flight_max &&
           (batch = list_first(&loader->gathering, struct batch, link))) {
        drop_deserted(batch);
        send_or_fail(loader, batch);
    }
}

/* --- asking -------------------------------------------------------------- */

static int load_once(struct loader *loader, const struct uuid *id,
                     struct deadline until, struct row *ret_row,
                     struct diag *diag)
{
    struct request request = { .fiber = fiber_self(), .diag = diag };
    struct connection *lane;
    int r;

    r = pool__wait_lane(loader->pool, until, &lane, diag);
    if (r < 0)
        return r;
    join(batch_for(loader, id), id, &request);
    if (loader->in_flight < loader->in_flight_max)
        turn_hook_ask(loader->pool->loop, &loader->hook);
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

int loader_get(struct loader *loader, struct uuid id, struct deadline until,
               struct row *ret_row, struct diag *diag)
{
    int r;

    OBJ_CHECK(loader, LOADER_MAGIC);
    loader->stats.requests++;
    *ret_row = (struct row){ 0 };
    r = load_once(loader, &id, until, ret_row, diag);
    if (r != -ERR_LINK_LOST)
        return r;
    diag_clear(diag);
    return load_once(loader, &id, until, ret_row, diag);
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
    turn_hook_init(&loader->hook, TURN_FLUSH, send_batches, loader);
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
    list_each_safe (&loader->spare, struct batch, batch, link) {
        list_remove(&batch->link);
        memory_free(&batch);
    }
    buffer_fini(&loader->param);
    loader->magic = 0;
    memory_free(loader_at);
}

void loader_stats(const struct loader *loader, struct loader_stats *ret_stats)
{
    OBJ_CHECK(loader, LOADER_MAGIC);
    *ret_stats = loader->stats;
}
