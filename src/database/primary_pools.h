/* SPDX-License-Identifier: MIT */
/*
 * Connections to the primary for one purpose of its own, whichever node is the
 * primary: a pool for each node, of which the others' open nothing before they
 * are asked.
 */
#pragma once

#include "database/nodes.h"

struct primary_pools {
    const struct nodes
        *nodes; /* or NULL: the first is the primary's for ever */
    struct pool *at[NODES_MAX];
};

/*
 * targets[i] is of node i; nodes and targets must outlive the pools, the
 * options are copied. It never waits and never fails.
 */
void primary_pools_start(struct primary_pools *pools, const struct nodes *nodes,
                         const struct driver *driver,
                         struct target *const *targets, unsigned target_count,
                         const struct pool_options *options);

/* See pool_adjust(). */
void primary_pools_adjust(struct primary_pools *pools,
                          const struct pool_options *options);

/* See nodes_primary(). */
struct pool *primary_pool(const struct primary_pools *pools);

/* See pool_stop(). */
YIELDS void primary_pools_stop(struct primary_pools *pools,
                               struct deadline until);
