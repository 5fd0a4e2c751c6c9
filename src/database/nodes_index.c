/* SPDX-License-Identifier: MIT */
#include "database/nodes_impl.h"

static void finish(struct index_waiter *waiter, int result, uint64_t position)
{
    list_remove(&waiter->link);
    waiter->result = result;
    waiter->position = position;
    waiter->done = true;
    fiber_wake(waiter->fiber);
}

static void finish_all(struct list *waiters, int result, uint64_t position)
{
    struct index_waiter *waiter;

    while ((waiter = list_first(waiters, struct index_waiter, link)))
        finish(waiter, result, position);
}

static void on_answer(struct call *call, void *arg)
{
    struct nodes *nodes = arg;
    int r = call->result;
    int64_t position = 0;

    if (r == 0 && (rows_count(call->rows) == 0 ||
                   !text_to_int64(rows_get(call->rows, 0, 0), &position)))
        r = -ERR_INTERNAL;
    nodes->asking--;
    finish_all(&nodes->flying, r, (uint64_t)position);
    if (nodes->stopping)
        condition_broadcast(&nodes->ended);
    else if (!list_is_empty(&nodes->gathering))
        turn_hook_ask(nodes->loop, &nodes->hook);
}

/* Who comes while a question is on its way waits for the next one. */
static void ask(void *arg)
{
    struct nodes *nodes = arg;
    struct pool *pool = nodes_primary(nodes);
    struct slot *lane = pool__lane(pool, NULL);

    if (nodes->asking > 0)
        return;
    list_append_all(&nodes->flying, &nodes->gathering);
    if (!lane) {
        finish_all(&nodes->flying, -ERR_LINK_LOST, 0);
        return;
    }
    nodes->asking++;
    (void)connection_submit_for(lane->connection, NULL,
                                &pool->driver->dialect->log_position, NULL, 0,
                                CALL_AGAIN, on_answer, nodes);
}

void nodes__index_init(struct nodes *nodes)
{
    list_init(&nodes->gathering);
    list_init(&nodes->flying);
    turn_hook_init(&nodes->hook, TURN_FLUSH, ask, nodes);
}

int nodes__index(struct nodes *nodes, struct deadline until,
                 uint64_t *ret_position)
{
    struct index_waiter waiter = { .fiber = fiber_self() };
    int r = 0;

    list_push_back(&nodes->gathering, &waiter.link);
    if (nodes->asking == 0)
        turn_hook_ask(nodes->loop, &nodes->hook);
    while (!waiter.done && r == 0)
        r = fiber_wait(until);
    list_remove(&waiter.link);
    *ret_position = waiter.position;
    return waiter.done ? waiter.result : r;
}
