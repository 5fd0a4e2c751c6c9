/* SPDX-License-Identifier: MIT */
/*
 * What must be cleared away now and then: outcomes kept under an
 * Idempotency-Key whose time is up. One worker of each process does it; where
 * several processes are at it at once, the database lets one go on.
 */
#pragma once

#include "runtime/fiber.h"
#include "store/store.h"

struct sweeper {
    struct loop *loop;
    struct store store;
    struct fiber *fiber; /* NULL: not running */
    struct condition ended;
};

/* The store must outlive it. Without memory for a fiber nothing is swept. */
void sweeper_start(struct sweeper *sweeper, struct loop *loop,
                   struct store *store);

/* Waits until it has ended; harmless when it was not started. */
YIELDS void sweeper_stop(struct sweeper *sweeper);
