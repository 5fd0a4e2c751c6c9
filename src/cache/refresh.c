/* SPDX-License-Identifier: MIT */
#include "cache/refresh.h"

#include <math.h>

/* -ln(2^-53), rounded up: no chance drawn below is smaller */
enum { LONGEST = 37, MANTISSA_BITS = 53 };

/* In (0, 1]. */
static double chance_of(uint64_t random)
{
    return ldexp((double)((random >> (64 - MANTISSA_BITS)) + 1),
                 -MANTISSA_BITS);
}

bool refresh_is_due(uint64_t now, uint64_t expires, uint64_t cost,
                    uint64_t random)
{
    uint64_t left;

    if (now >= expires)
        return true;
    left = expires - now;
    if (left / LONGEST > cost) /* as nearly always: no logarithm */
        return false;
    return -log(chance_of(random)) * (double)cost >= (double)left;
}

uint64_t refresh_jitter(uint64_t ttl, uint64_t random)
{
    return ttl - (ttl / 10 > 0 ? random % (ttl / 10) : 0);
}
