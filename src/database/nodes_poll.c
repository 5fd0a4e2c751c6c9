/* SPDX-License-Identifier: MIT */
#include "database/nodes_impl.h"

static bool read_answer(const struct rows *rows, struct node_answer *ret)
{
    int64_t standby, position, timeline;

    if (rows_count(rows) == 0 ||
        !text_to_int64(rows_get(rows, 0, 0), &standby) ||
        !text_to_int64(rows_get(rows, 0, 1), &position) ||
        !text_to_int64(rows_get(rows, 0, 2), &timeline))
        return false;
    *ret = (struct node_answer){
        .standby = standby != 0,
        .point = { (uint64_t)position, (uint32_t)timeline },
        .system = rows_get(rows, 0, 3),
    };
    return true;
}

static void show(struct node *node)
{
    struct node_stats stats;

    nodes_stats(node->nodes, node->index, &stats);
    if (!node->lag_series)
        node->lag_series = METRIC_SERIES(METRIC_REPLICA_LAG, stats.name);
    if (stats.lag_ms != UINT64_MAX)
        series_set(node->lag_series, (int64_t)stats.lag_ms);
}

/* One question, on the lane that reads go by: what they meet it meets. */
static YIELDS void ask(struct node *node)
{
    struct nodes *nodes = node->nodes;
    uint64_t asked_ns = loop_now_ns(nodes->loop);
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct node_answer answer;
    int r;

    r = pool__read_once(node->pool, NULL,
                        &node->pool->driver->dialect->node_state, NULL, 0,
                        deadline_after(asked_ns, POLL_ANSWER_MS), &rows, NULL);
    if (r == 0 && read_answer(rows, &answer))
        nodes__note(nodes, node, &answer, asked_ns);
    else
        nodes__note_silence(nodes, node);
    show(node);
    condition_broadcast(&nodes->moved);
}

static void poll(void *arg)
{
    struct node *node = arg;
    struct nodes *nodes = node->nodes;
    int r = 0;

    while (!nodes->stopping && r != -ERR_CANCELLED) {
        uint64_t ms;

        ask(node);
        ms = nodes->hurried > 0 ? POLL_HURRY_MS : POLL_MS;
        r = condition_wait(&nodes->hurry,
                           deadline_after(loop_now_ns(nodes->loop), ms));
    }
    node->fiber = NULL;
    condition_broadcast(&nodes->ended);
}

void nodes__poll_start(struct nodes *nodes)
{
    if (nodes->count < 2)
        return;
    for (unsigned i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->of[i];

        if (fiber_start(nodes->loop, "poll", poll, node, &node->fiber) < 0)
            node->fiber = NULL;
    }
}

static bool is_polling(const struct nodes *nodes)
{
    for (unsigned i = 0; i < nodes->count; i++)
        if (nodes->of[i].fiber)
            return true;
    return nodes->asking > 0;
}

void nodes__poll_stop(struct nodes *nodes)
{
    nodes->stopping = true;
    for (unsigned i = 0; i < nodes->count; i++)
        if (nodes->of[i].fiber)
            fiber_cancel(nodes->of[i].fiber);
    fiber_shield();
    while (is_polling(nodes))
        if (condition_wait(&nodes->ended, DEADLINE_NEVER) < 0)
            continue;
    fiber_unshield();
}
