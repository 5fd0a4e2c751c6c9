/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/feature.h"
#include "database/nodes_impl.h"

enum { CATCH_UP_MS = 50, FIND_PRIMARY_MS = 1000 };

static uint64_t now(const struct nodes *nodes)
{
    return loop_now_ns(nodes->loop);
}

static bool has_choice(const struct nodes *nodes)
{
    return nodes->count > 1 && feature_is_on(FEATURE_REPLICAS);
}

/* --- choosing ------------------------------------------------------------- */

/* What a replica must have. */
struct need {
    uint64_t position;
    uint64_t as_of_ns;
};

static bool fits(const struct nodes *nodes, const struct node *node,
                 const struct need *need)
{
    return nodes__is_usable(nodes, node, now(nodes)) &&
           node->point.position >= need->position &&
           node->as_of_ns >= need->as_of_ns;
}

/* Of those with as little to do, the one that has read less. */
static bool is_better(const struct node *a, const struct node *b)
{
    if (a->in_flight != b->in_flight)
        return a->in_flight < b->in_flight;
    return a->reads < b->reads;
}

static struct node *choose(struct nodes *nodes, const struct need *need)
{
    struct node *best = NULL;

    for (unsigned i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->of[i];

        if (fits(nodes, node, need) && (!best || is_better(node, best)))
            best = node;
    }
    return best;
}

/* --- by level ------------------------------------------------------------- */

static struct deadline part_of(const struct nodes *nodes, struct deadline until,
                               unsigned ms)
{
    uint64_t left_ms = deadline_left_ns(until, now(nodes)) / NS_PER_MS;

    return deadline_after(now(nodes), left_ms / 4 < ms ? left_ms / 4 : ms);
}

/*
 * ReadIndex. When no replica has what the primary is known to have already,
 * there is no need to ask.
 */
static YIELDS struct node *choose_fresh(struct nodes *nodes,
                                        struct deadline until)
{
    struct need need = { .position = nodes__position(nodes) };

    if (need.position == 0 || !choose(nodes, &need))
        return NULL;
    if (nodes__index(nodes, part_of(nodes, until, POLL_ANSWER_MS),
                     &need.position) < 0)
        return NULL;
    return choose(nodes, &need);
}

/* Who asks already goes on in a hurry, however many come. */
static void hurry(struct nodes *nodes)
{
    if (nodes->hurried++ == 0)
        condition_broadcast(&nodes->hurry);
}

/* A bound of another timeline is one that no replica may ever reach. */
static YIELDS struct node *choose_behind(struct nodes *nodes,
                                         const struct log_point *point,
                                         struct need *need,
                                         struct deadline until)
{
    struct deadline wait_until = part_of(nodes, until, CATCH_UP_MS);
    struct node *node;
    int r = 0;

    if (point->timeline != nodes->of[nodes->primary].point.timeline ||
        !choose(nodes, need))
        return NULL;
    need->position = point->position;
    hurry(nodes);
    while (!(node = choose(nodes, need)) && r == 0)
        r = condition_wait(&nodes->moved, wait_until);
    nodes->hurried--;
    return node;
}

static YIELDS struct node *choose_for(struct nodes *nodes,
                                      const struct consistency *wanted,
                                      struct deadline until)
{
    struct need need = { .position = 0 };
    uint64_t age_ns = wanted->max_age_ms * NS_PER_MS;

    if (wanted->level == CONSISTENCY_FRESH)
        return choose_fresh(nodes, until);
    if (wanted->level == CONSISTENCY_BOUNDED)
        need.as_of_ns = now(nodes) > age_ns ? now(nodes) - age_ns : 0;
    if (wanted->at_least.position == 0)
        return choose(nodes, &need);
    return choose_behind(nodes, &wanted->at_least, &need, until);
}

/* --- readings ------------------------------------------------------------- */

static void go_to(struct node_read *read, struct node *node)
{
    struct nodes *nodes = read->nodes;
    uint64_t left_ns = deadline_left_ns(read->all_until, now(nodes));

    read->node = node->index;
    read->pool = node->pool;
    read->until = read->all_until;
    read->age_ms = 0;
    if (node->index != nodes->primary) {
        /* Enough is left to ask again when it hangs. */
        read->until = (struct deadline){ now(nodes) + left_ns / 2 };
        read->age_ms = (now(nodes) - node->as_of_ns) / NS_PER_MS;
    }
    node->in_flight++;
    node->reads++;
    if (nodes->count < 2)
        return;
    if (!node->reads_series)
        node->reads_series =
            METRIC_SERIES(METRIC_NODE_READS, node->pool->options.name);
    series_add(node->reads_series, 1);
}

static YIELDS void route(struct node_read *read)
{
    struct nodes *nodes = read->nodes;
    struct node *node = NULL;

    if (read->wanted->level != CONSISTENCY_PRIMARY && has_choice(nodes))
        node = choose_for(nodes, read->wanted, read->all_until);
    go_to(read, node ? node : &nodes->of[nodes->primary]);
}

void node_read_begin(struct node_read *read, struct nodes *nodes,
                     const struct consistency *wanted, struct deadline until)
{
    OBJ_CHECK(nodes, NODES_MAGIC);
    *read = (struct node_read){ .nodes = nodes,
                                .wanted = wanted,
                                .all_until = until };
    route(read);
}

/* What is not about the question but about who was asked. */
static bool is_nodes_fault(int r)
{
    static const int faults[] = { -ERR_LINK_LOST,    -ERR_CONNECT_FAILED,
                                  -ERR_UNAVAILABLE,  -ERR_TOO_MANY_CONNECTIONS,
                                  -ERR_OVERLOADED,   -ERR_DRAINING,
                                  -ERR_DEADLINE,     -ERR_SERIALIZATION,
                                  -ERR_DEADLOCK,     -ERR_QUERY_FAILED,
                                  -ERR_PLAN_CHANGED, -ERR_ABORTED,
                                  -ERR_STORAGE_FULL };

    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        if (r == faults[i])
            return true;
    return false;
}

bool node_read_goes_on(struct node_read *read, int r, struct diag *diag)
{
    struct nodes *nodes = read->nodes;
    struct node *node = &nodes->of[read->node];

    node->in_flight--;
    if (!is_nodes_fault(r) || node->index == nodes->primary ||
        deadline_left_ns(read->all_until, now(nodes)) == 0 ||
        ++read->tries > nodes->count)
        return false;
    node->left_out_until_ns = now(nodes) + LEFT_OUT_MS * NS_PER_MS;
    series_add(METRIC_SERIES(METRIC_RETRIES, node->pool->options.name,
                             error_info(r)->code),
               1);
    if (diag)
        diag_clear(diag);
    route(read);
    return true;
}

/* --- after a write that failed -------------------------------------------- */

bool nodes_find_primary(struct nodes *nodes, const struct pool *failed, int r,
                        struct deadline until)
{
    struct deadline wait_until = r == -ERR_READ_ONLY
                                     ? part_of(nodes, until, FIND_PRIMARY_MS)
                                     : (struct deadline){ now(nodes) };
    bool nothing_done = r == -ERR_READ_ONLY || r == -ERR_CONNECT_FAILED ||
                        r == -ERR_UNAVAILABLE;

    r = 0;
    if (nodes->count < 2 || !nothing_done)
        return false;
    hurry(nodes);
    while (nodes_primary(nodes) == failed && r == 0)
        r = condition_wait(&nodes->moved, wait_until);
    nodes->hurried--;
    return nodes_primary(nodes) != failed;
}
