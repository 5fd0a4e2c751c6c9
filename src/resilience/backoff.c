/* SPDX-License-Identifier: MIT */
#include "resilience/backoff.h"

uint32_t backoff_ms(struct backoff backoff, unsigned attempt, uint32_t chance)
{
    uint64_t ceiling =
        attempt < 32 ? (uint64_t)backoff.base_ms << attempt : UINT64_MAX;

    if (ceiling > backoff.cap_ms)
        ceiling = backoff.cap_ms;
    return (uint32_t)(((ceiling + 1) * chance) >> 32);
}
