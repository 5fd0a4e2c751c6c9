/* SPDX-License-Identifier: MIT */
#include "resilience/backoff.h"

uint32_t backoff_ceiling_ms(struct backoff backoff, unsigned attempt)
{
    uint64_t ceiling =
        attempt < 32 ? (uint64_t)backoff.base_ms << attempt : UINT64_MAX;

    return ceiling < backoff.cap_ms ? (uint32_t)ceiling : backoff.cap_ms;
}

static uint32_t draw(uint32_t most, uint32_t chance)
{
    return (uint32_t)((((uint64_t)most + 1) * chance) >> 32);
}

uint32_t backoff_ms(struct backoff backoff, unsigned attempt, uint32_t chance)
{
    return draw(backoff_ceiling_ms(backoff, attempt), chance);
}

uint32_t backoff_equal_ms(struct backoff backoff, unsigned attempt,
                          uint32_t chance)
{
    uint32_t ceiling = backoff_ceiling_ms(backoff, attempt);

    return ceiling - ceiling / 2 + draw(ceiling / 2, chance);
}
