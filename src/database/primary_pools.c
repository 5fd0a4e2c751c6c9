/* SPDX-License-Identifier: MIT */
#include "database/primary_pools.h"

static struct pool_options options_at(unsigned i,
                                      const struct pool_options *options)
{
    struct pool_options at = *options;

    if (i > 0)
        at.min = 0;
    return at;
}

void primary_pools_start(struct primary_pools *pools, const struct nodes *nodes,
                         const struct driver *driver,
                         struct target *const *targets, unsigned target_count,
                         const struct pool_options *options)
{
    struct loop *loop = pool_loop(nodes_primary(nodes));

    *pools = (struct primary_pools){ .nodes = nodes };
    for (unsigned i = 0; i < target_count; i++) {
        struct pool_options at = options_at(i, options);

        pools->at[i] = pool_start(loop, driver, targets[i], &at);
    }
}

void primary_pools_adjust(struct primary_pools *pools,
                          const struct pool_options *options)
{
    for (unsigned i = 0; i < NODES_MAX && pools->at[i]; i++) {
        struct pool_options at = options_at(i, options);

        pool_adjust(pools->at[i], &at);
    }
}

struct pool *primary_pool(const struct primary_pools *pools)
{
    return pools->at[pools->nodes ? nodes_primary_index(pools->nodes) : 0];
}

void primary_pools_stop(struct primary_pools *pools, struct deadline until)
{
    for (unsigned i = 0; i < NODES_MAX; i++)
        pool_stop(&pools->at[i], until);
}
