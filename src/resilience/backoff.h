/* SPDX-License-Identifier: MIT */
/* How long to wait before trying again. Pure: chance comes in. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

struct backoff {
    uint32_t base_ms, cap_ms;
};

/* min(base × 2^attempt, cap), attempts counted from 0. */
uint32_t backoff_ceiling_ms(struct backoff backoff, unsigned attempt);

/*
 * Full jitter: a whole number of milliseconds drawn evenly from 0 … ceiling, by
 * 32 random bits. (M. Brooker, "Exponential Backoff And Jitter", AWS 2015)
 */
uint32_t backoff_ms(struct backoff backoff, unsigned attempt, uint32_t chance);

/* Equal jitter: from half the ceiling to all of it, where 0 is no wait. */
uint32_t backoff_equal_ms(struct backoff backoff, unsigned attempt,
                          uint32_t chance);
