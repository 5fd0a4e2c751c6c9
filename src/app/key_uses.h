/* SPDX-License-Identifier: MIT */
/* Tells the database when API keys were used, behind the requests of a loop. */
#pragma once

#include "runtime/fiber.h"
#include "store/key_memory.h"

struct key_uses {
    struct loop *loop;
    struct key_memory *keys;
    struct store store;
    struct fiber *fiber; /* NULL: not running */
    struct condition ended;
};

/* Store and memory must outlive it. */
void key_uses_start(struct key_uses *uses, struct loop *loop,
                    struct key_memory *keys, struct store *store);

/* Writes what is left, if that is quick, and waits until it has ended. */
YIELDS void key_uses_stop(struct key_uses *uses);
