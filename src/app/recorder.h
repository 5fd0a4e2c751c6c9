/* SPDX-License-Identifier: MIT */
/* Writes the refused attempts of one loop into the audit log, in batches. */
#pragma once

#include "runtime/fiber.h"
#include "store/audit.h"

struct recorder {
    struct loop *loop;
    struct audit *audit;
    struct store store;
    struct fiber *fiber; /* NULL: not running */
    struct condition ended;
};

/* Store and audit must outlive it. */
void recorder_start(struct recorder *recorder, struct loop *loop,
                    struct audit *audit, struct store *store);

/* Writes what is left, if that is quick, and waits until it has ended. */
YIELDS void recorder_stop(struct recorder *recorder);
