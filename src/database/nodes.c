/* SPDX-License-Identifier: MIT */
#include "database/nodes.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/nodes_impl.h"

/* --- names ---------------------------------------------------------------- */

/* Labels of metrics, which are kept by address for ever. */
struct node_names {
    const char *pool, *connect, *query;
};

#define REPLICA(n)                                                      \
    {                                                                   \
        "replica_" #n, "replica_" #n "_connect", "replica_" #n "_query" \
    }
static const struct node_names replica_names[NODES_MAX - 1] = {
    REPLICA(1), REPLICA(2), REPLICA(3), REPLICA(4),
    REPLICA(5), REPLICA(6), REPLICA(7),
};

/* A replica that fails is left out; the next node is asked, not it again. */
static struct pool_options replica_options(struct pool_options options,
                                           const struct node_names *names)
{
    options.name = names->pool;
    options.connect_name = names->connect;
    options.query_name = names->query;
    options.min = 0;
    options.once = true;
    return options;
}

static struct pool_options options_of(const struct nodes_options *options,
                                      unsigned node)
{
    return node == 0 ? options->pool
                     : replica_options(options->pool, &replica_names[node - 1]);
}

/* --- life ----------------------------------------------------------------- */

static struct nodes *make(struct loop *loop, unsigned count)
{
    struct nodes *nodes = NEW(struct nodes);

    CHECK(count > 0 && count <= NODES_MAX);
    nodes->magic = NODES_MAGIC;
    nodes->loop = loop;
    nodes->count = count;
    condition_init(&nodes->hurry);
    condition_init(&nodes->moved);
    condition_init(&nodes->ended);
    nodes__index_init(nodes);
    for (unsigned i = 0; i < count; i++) {
        nodes->of[i].nodes = nodes;
        nodes->of[i].index = i;
    }
    return nodes;
}

static void take_options(struct nodes *nodes,
                         const struct nodes_options *options)
{
    nodes->lag_max_ms = options->lag_max_ms;
    nodes->degraded = options->degraded;
}

struct nodes *nodes_start(struct loop *loop, const struct driver *driver,
                          struct target *const *targets, unsigned count,
                          const struct nodes_options *options)
{
    struct nodes *nodes = make(loop, count);

    take_options(nodes, options);
    for (unsigned i = 0; i < count; i++) {
        struct pool_options pool = options_of(options, i);

        nodes->of[i].pool = pool_start(loop, driver, targets[i], &pool);
    }
    nodes__poll_start(nodes);
    return nodes;
}

void nodes_adjust(struct nodes *nodes, const struct nodes_options *options)
{
    OBJ_CHECK(nodes, NODES_MAGIC);
    take_options(nodes, options);
    for (unsigned i = 0; i < nodes->count; i++) {
        struct pool_options pool = options_of(options, i);

        pool_adjust(nodes->of[i].pool, &pool);
    }
}

struct nodes *nodes_of_pool(struct pool *pool)
{
    struct nodes *nodes = make(pool->loop, 1);

    nodes->of[0].pool = pool;
    return nodes;
}

void nodes_stop(struct nodes **nodes_at, struct deadline until)
{
    struct nodes *nodes = *nodes_at;

    if (!nodes)
        return;
    OBJ_CHECK(nodes, NODES_MAGIC);
    nodes__poll_stop(nodes);
    turn_hook_cancel(&nodes->hook);
    for (unsigned i = 0; i < nodes->count; i++)
        pool_stop(&nodes->of[i].pool, until);
    nodes->magic = 0;
    memory_free(nodes_at);
}

void nodes_free(struct nodes **nodes_at)
{
    struct nodes *nodes = *nodes_at;

    if (!nodes)
        return;
    OBJ_CHECK(nodes, NODES_MAGIC);
    CHECK(nodes->count == 1);
    nodes->magic = 0;
    memory_free(nodes_at);
}

/* --- nodes ---------------------------------------------------------------- */

unsigned nodes_count(const struct nodes *nodes)
{
    return nodes->count;
}

struct pool *nodes_pool(const struct nodes *nodes, unsigned node)
{
    CHECK(node < nodes->count);
    return nodes->of[node].pool;
}

struct pool *nodes_primary(const struct nodes *nodes)
{
    OBJ_CHECK(nodes, NODES_MAGIC);
    return nodes->of[nodes->primary].pool;
}

unsigned nodes_primary_index(const struct nodes *nodes)
{
    return nodes->primary;
}

bool nodes_have_primary(const struct nodes *nodes)
{
    const struct node *primary = &nodes->of[nodes->primary];

    return nodes->count < 2 || (primary->answering && !primary->standby);
}

bool nodes_have_replica(const struct nodes *nodes)
{
    for (unsigned i = 0; i < nodes->count; i++)
        if (nodes__is_usable(nodes, &nodes->of[i], loop_now_ns(nodes->loop)))
            return true;
    return false;
}

bool nodes_are_degraded(const struct nodes *nodes)
{
    return nodes->degraded && !nodes_have_primary(nodes) &&
           nodes_have_replica(nodes);
}

/* --- what is told --------------------------------------------------------- */

const char *node_state_name(enum node_state state)
{
    static const char *const names[] = {
        [NODE_PRIMARY] = "primary", [NODE_IN_USE] = "in use",
        [NODE_LAGGING] = "lagging", [NODE_OUT] = "out",
        [NODE_STRANGE] = "strange",
    };

    return names[state];
}

static enum node_state state_of(const struct nodes *nodes,
                                const struct node *node, uint64_t now_ns)
{
    if (node->index == nodes->primary)
        return NODE_PRIMARY;
    if (!node->answering || now_ns < node->left_out_until_ns)
        return NODE_OUT;
    if (nodes__is_usable(nodes, node, now_ns))
        return NODE_IN_USE;
    return node->standby ? NODE_LAGGING : NODE_STRANGE;
}

void nodes_stats(const struct nodes *nodes, unsigned index,
                 struct node_stats *ret_stats)
{
    const struct node *node = &nodes->of[index];
    uint64_t now_ns = loop_now_ns(nodes->loop);

    CHECK(index < nodes->count);
    *ret_stats = (struct node_stats){
        .name = node->pool->options.name,
        .state = state_of(nodes, node, now_ns),
        .lag_ms =
            node->as_of_ns ? (now_ns - node->as_of_ns) / NS_PER_MS : UINT64_MAX,
        .reads = node->reads,
    };
    if (index == nodes->primary)
        ret_stats->lag_ms = 0;
}
