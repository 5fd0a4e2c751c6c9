/* SPDX-License-Identifier: MIT */
/* A loader as loader.c (asking) and loader_batch.c (batches) share it. */
#pragma once

#include "database/loader.h"
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
    struct deadline until;
    struct row row;
    int result;
    bool done;
    struct diag *diag;
};

/* The ids that go into one statement, and who waits for each of them. */
struct batch {
    struct list link; /* gathering, flying or spare */
    struct loader *loader;
    struct kept_scope scope;
    struct call *call;     /* while it flies */
    struct deadline until; /* the latest of those who wait */
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
    unsigned spare_count;
    struct turn_hook hook;
    struct buffer param;
    struct loader_stats stats;
    struct series *sizes;
};

/*
 * Puts the request into a batch of its scope that has its id, or has room for
 * it, and sees to its leaving.
 */
void loader__join(struct loader *loader, const struct scope *scope,
                  const struct uuid *id, struct request *request);

/* For loader_free(). */
void loader__free_batch(struct batch *batch);

/* The hook at the end of the turn, when nobody has more to ask. */
void loader__send_batches(void *arg);
