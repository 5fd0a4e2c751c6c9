/* SPDX-License-Identifier: MIT */
/* How often a child may be started again. Pure: time comes in. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { RESTARTS_MAX = 5, RESTARTS_WINDOW_MS = 60000, RESTART_DELAY_MS = 50 };

struct restart_budget {
    uint64_t at_ns[RESTARTS_MAX]; /* the latest restarts, a ring */
    uint64_t count;               /* of all restarts */
};

/*
 * Takes one restart out of the budget: RESTARTS_MAX in each window. The delay
 * before it doubles with every restart inside the window.
 */
bool restart_take(struct restart_budget *budget, uint64_t now_ns,
                  uint64_t *ret_delay_ms) MUST_CHECK;
