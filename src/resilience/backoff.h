/* SPDX-License-Identifier: MIT */
/* How long to wait before trying again. Pure: chance comes in. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

struct backoff {
    uint32_t base_ms, cap_ms;
};

/*
 * Full jitter: a whole number of milliseconds drawn evenly from
 * 0 … min(base × 2^attempt, cap), by 32 random bits. attempt counts from 0.
 */
uint32_t backoff_ms(struct backoff backoff, unsigned attempt, uint32_t chance);
