/* SPDX-License-Identifier: MIT */
/*
 * Seals the audit log behind its writers, twice a second. One worker of each
 * process does it; where several processes are at it at once, the database lets
 * one go on.
 */
#pragma once

#include "runtime/fiber.h"
#include "store/store.h"

struct sealer {
    struct loop *loop;
    struct store store;
    struct fiber *fiber; /* NULL: not running */
    struct condition ended;
    int failure;         /* of the last time; 0: none */
    uint64_t head, told; /* the last seal's number; and of the one logged */
    struct deadline tell_at, months_at;
};

/* The store must outlive it. Without memory for a fiber nothing is sealed. */
void sealer_start(struct sealer *sealer, struct loop *loop,
                  struct store *store);

/* Waits until it has ended; harmless when it was not started. */
YIELDS void sealer_stop(struct sealer *sealer);
