/* SPDX-License-Identifier: MIT */
/* Chance for property tests, the same in each run. */
#pragma once

#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *chance)
{
    chance->state = chance->state * UINT64_C(6364136223846793005) +
                    UINT64_C(1442695040888963407);
    return chance->state >> 33;
}

static inline uint64_t chance_below(struct chance *chance, uint64_t end)
{
    return chance_next(chance) % end;
}
