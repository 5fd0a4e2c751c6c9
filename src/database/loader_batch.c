/* SPDX-License-Identifier: MIT */
#include "base/memory.h"
#include "database/loader_impl.h"

/* --- batches ------------------------------------------------------------- */

void loader__free_batch(struct batch *batch)
{
    list_remove(&batch->link);
    kept_scope_fini(&batch->scope);
    memory_free(&batch);
}

static struct batch *take_batch(struct loader *loader,
                                const struct scope *scope)
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
    batch->until = (struct deadline){ 0 };
    memset(batch->slots, 0, sizeof(batch->slots));
    scope_keep(&batch->scope, scope);
    list_push_back(&loader->gathering, &batch->link);
    return batch;
}

static void put_batch(struct batch *batch)
{
    struct loader *loader = batch->loader;

    if (loader->spare_count == SPARE_MAX) {
        loader__free_batch(batch);
        return;
    }
    list_remove(&batch->link);
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

/* The newest one; those who read at a time do so in few different scopes. */
static struct batch *newest_in(struct loader *loader, const struct scope *scope)
{
    struct batch *newest = NULL;

    list_each (&loader->gathering, struct batch, batch, link)
        if (scope_equal(&batch->scope.scope, scope))
            newest = batch;
    return newest;
}

/* The newest batch when it has the id or room for it, else a new one. */
static struct batch *batch_for(struct loader *loader, const struct scope *scope,
                               const struct uuid *id)
{
    struct batch *batch = newest_in(loader, scope);

    if (!batch || (batch->count >= loader->batch_max &&
                   !batch->slots[find_slot(batch, id)]))
        return take_batch(loader, scope);
    return batch;
}

/* One scope's batches do not wait for those of another. */
static bool may_leave(const struct loader *loader, const struct batch *batch)
{
    unsigned in_flight = 0;

    list_each (&loader->flying, struct batch, other, link)
        in_flight += scope_equal(&other->scope.scope, &batch->scope.scope);
    return in_flight < loader->in_flight_max;
}

void loader__join(struct loader *loader, const struct scope *scope,
                  const struct uuid *id, struct request *request)
{
    struct batch *batch = batch_for(loader, scope, id);
    unsigned slot = find_slot(batch, id);

    if (!batch->slots[slot]) {
        batch->ids[batch->count] = *id;
        list_init(&batch->requests[batch->count]);
        batch->slots[slot] = (uint16_t)++batch->count;
    }
    list_push_back(&batch->requests[batch->slots[slot] - 1], &request->link);
    if (request->until.at_ns > batch->until.at_ns)
        batch->until = request->until;
    if (may_leave(loader, batch))
        turn_hook_ask(loader->pool->loop, &loader->hook);
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
    list_push_back(&loader->flying, &batch->link);
    batch->call = connection_submit_for(lane->connection, &batch->scope.scope,
                                        &loader->statement, &param, 1,
                                        CALL_AGAIN, on_answer, batch);
    pool__allow(loader->pool, batch->call, batch->until);
}

/* Without a lane the requests are told so, and wait for one by themselves. */
static void send_or_fail(struct loader *loader, struct batch *batch)
{
    struct slot *lane = pool__lane(loader->pool, loader->statement.collection);

    if (batch->count > 0 && lane) {
        send(loader, batch, lane);
        return;
    }
    finish_rest(batch, -ERR_LINK_LOST, NULL);
    put_batch(batch);
}

void loader__send_batches(void *arg)
{
    struct loader *loader = arg;

    list_each_safe (&loader->gathering, struct batch, batch, link) {
        if (!may_leave(loader, batch))
            continue;
        drop_deserted(batch);
        send_or_fail(loader, batch);
    }
}
