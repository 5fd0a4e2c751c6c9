/* SPDX-License-Identifier: MIT */
/*
 * The router of one loop: the database's nodes, one primary and any number of
 * replicas, each with a pool. Every 100 ms each node is asked whether it is a
 * standby, on which timeline, and how far in the log; from that follows which
 * one is the primary and which replica may answer which read. A replica is
 * judged by what it has replayed against the primary's position, never by what
 * it has received itself: one that is cut off believes to be up to date.
 *
 * With a single node nothing is asked and nothing waits.
 */
#pragma once

#include "database/consistency.h"
#include "database/pool.h"

struct nodes;

enum { NODES_MAX = 8 };

struct nodes_options {
    struct pool_options pool; /* the primary's; replicas' but for the names */
    unsigned lag_max_ms;      /* a replica further behind is out */
    bool degraded; /* without a primary replicas go on, however old they are */
};

/*
 * Starts a pool for each target; the first is the primary until a node is seen
 * that is one with more right. pool_start() says what must outlive what.
 */
struct nodes *nodes_start(struct loop *loop, const struct driver *driver,
                          struct target *const *targets, unsigned count,
                          const struct nodes_options *options) MUST_CHECK;

/* Other options, without a break; see pool_adjust(). */
void nodes_adjust(struct nodes *nodes, const struct nodes_options *options);

/* Stops the asking and the pools; nobody may be reading by then. */
YIELDS void nodes_stop(struct nodes **nodes, struct deadline until);

/* One node, whose pool is somebody else's and outlives it. */
struct nodes *nodes_of_pool(struct pool *pool) MUST_CHECK;

/* Ends what nodes_of_pool() made. NULL is taken. */
void nodes_free(struct nodes **nodes);

/* --- nodes --------------------------------------------------------------- */

unsigned nodes_count(const struct nodes *nodes);
struct pool *nodes_pool(const struct nodes *nodes, unsigned node);

/*
 * The primary, or what was it when there is none now. A pool that was it stays
 * valid, so it may be held across waits; but ask again for another write.
 */
struct pool *nodes_primary(const struct nodes *nodes);
unsigned nodes_primary_index(const struct nodes *nodes);

/* Is there one, as far as we know? With a single node we do not. */
bool nodes_have_primary(const struct nodes *nodes);

/* May some replica answer reads? */
bool nodes_have_replica(const struct nodes *nodes);

/* Is there no primary, but a replica that may go on by the options? */
bool nodes_are_degraded(const struct nodes *nodes);

/*
 * `failed` told that it cannot write, or cannot be reached: waits a little for
 * another primary to be found. True when there is one; nothing was written.
 */
YIELDS bool nodes_find_primary(struct nodes *nodes, const struct pool *failed,
                               int r, struct deadline until) MUST_CHECK;

enum node_state {
    NODE_PRIMARY,
    NODE_IN_USE,  /* a replica that may answer reads */
    NODE_LAGGING, /* too far behind, or on another timeline */
    NODE_OUT,     /* it does not answer, or failed just now */
    NODE_STRANGE, /* another database's, or a primary that was deposed */
};

struct node_stats {
    const char *name; /* "primary", "replica_1": as configured */
    enum node_state state;
    uint64_t lag_ms; /* UINT64_MAX: not known */
    uint64_t reads;
};

const char *node_state_name(enum node_state state);
void nodes_stats(const struct nodes *nodes, unsigned node,
                 struct node_stats *ret_stats);

/* --- reads --------------------------------------------------------------- */

/*
 * One read and where it goes:
 *
 *     node_read_begin(&read, nodes, &store->consistency, until);
 *     do
 *         r = pool_read(read.pool, …, read.until, …);
 *     while (node_read_goes_on(&read, r, diag));
 */
struct node_read {
    struct nodes *nodes;
    const struct consistency *wanted;
    struct deadline all_until;
    unsigned tries;
    unsigned node;
    struct pool *pool;     /* where to ask */
    struct deadline until; /* and for how long */
    uint64_t age_ms;       /* what it sees may be so old; 0: it is not */
};

/*
 * Finds the node with least to do among those that may answer; the primary
 * where there is none. FRESH asks the primary for its position first, one
 * question for all who begin in the same turn; a bound that no replica has
 * reached yet is waited for for at most 50 ms.
 */
YIELDS void node_read_begin(struct node_read *read, struct nodes *nodes,
                            const struct consistency *wanted,
                            struct deadline until);

/*
 * To be called once after each attempt: true when r is the fault of a replica,
 * which then is left out for a while; the error is forgotten and the read
 * goes on elsewhere. diag may be NULL.
 */
YIELDS bool node_read_goes_on(struct node_read *read, int r, struct diag *diag)
    MUST_CHECK;
