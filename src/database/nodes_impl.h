/* SPDX-License-Identifier: MIT */
/*
 * Nodes as their files share them: nodes.c holds them, nodes_poll.c asks how
 * they are, nodes_judge.c (pure) draws the conclusions, nodes_index.c asks for
 * the primary's position, nodes_read.c chooses.
 */
#pragma once

#include "database/driver.h"
#include "database/nodes.h"
#include "database/pool_impl.h"

enum {
    NODES_MAGIC = 0x4e4f4445,
    POLL_MS = 100,     /* … */
    POLL_HURRY_MS = 4, /* while somebody waits for a replica to catch up */
    POLL_ANSWER_MS = 300,
    LEFT_OUT_MS = 500,
    HISTORY = 1024,
};

/* What a node said of itself. */
struct node_answer {
    bool standby;
    struct log_point point; /* flushed, or replayed */
    struct text system;     /* which database this is; may be empty */
};

struct node {
    struct nodes *nodes;
    unsigned index;
    struct pool *pool;
    struct fiber *fiber; /* that asks it */
    bool answering;      /* it answered the last question */
    bool standby;
    struct log_point point;
    char system[24];
    uint64_t as_of_ns; /* it has all that the primary had then; 0: unknown */
    uint64_t left_out_until_ns;
    unsigned in_flight;
    uint64_t reads;
    struct series *lag_series, *reads_series;
};

/* The primary was there at that time; each entry is further than the last. */
struct sample {
    uint64_t position;
    uint64_t at_ns;
};

/* A fiber that waits for the primary's position, on its own stack. */
struct index_waiter {
    struct list link;
    struct fiber *fiber;
    bool done;
    int result;
    uint64_t position;
};

struct nodes {
    unsigned magic;
    struct loop *loop;
    unsigned lag_max_ms;
    bool degraded, stopping;
    unsigned count, primary, asking;
    struct node of[NODES_MAX];
    struct sample history[HISTORY]; /* of the primary, a ring */
    unsigned history_next, history_count;
    struct condition hurry;        /* polls wait here between questions */
    struct condition moved;        /* something was learnt */
    unsigned hurried;              /* fibers that wait for it */
    struct list gathering, flying; /* index_waiter */
    struct turn_hook hook;
    struct condition ended;
};

/* --- nodes_judge.c: no clock, no I/O ------------------------------------- */

/* The node answered what it was asked at asked_ns. */
void nodes__note(struct nodes *nodes, struct node *node,
                 const struct node_answer *answer, uint64_t asked_ns);
void nodes__note_silence(struct nodes *nodes, struct node *node);

/* May this replica answer reads, as far as its own state goes? */
bool nodes__is_usable(const struct nodes *nodes, const struct node *node,
                      uint64_t now_ns);

/* Where the primary is known to have been. */
uint64_t nodes__position(const struct nodes *nodes);

/* --- nodes_poll.c -------------------------------------------------------- */

void nodes__poll_start(struct nodes *nodes);

/* The fibers have ended when this returns. */
YIELDS void nodes__poll_stop(struct nodes *nodes);

/* --- nodes_index.c ------------------------------------------------------- */

void nodes__index_init(struct nodes *nodes);

/* Where the primary is, after this call began. */
YIELDS int nodes__index(struct nodes *nodes, struct deadline until,
                        uint64_t *ret_position) MUST_CHECK;
