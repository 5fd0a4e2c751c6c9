/* SPDX-License-Identifier: MIT */
/*
 * When what is remembered is read again although nobody changed it. Pure.
 *
 * What many ask for must not expire for all of them at once. So each of them
 * may find it expired early, with a chance that grows towards the end and with
 * what a read costs: "XFetch" of Vattani, Chierichetti and Lowenstein, "Optimal
 * Probabilistic Cache Stampede Prevention" (VLDB 2015), with β = 1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Is this the time for somebody to read it again? `now`, `expires` and `cost`
 * in the same unit, `random` any number. True for all from `expires` on.
 */
bool refresh_is_due(uint64_t now, uint64_t expires, uint64_t cost,
                    uint64_t random);

/* A time to live that is up to a tenth shorter, so that what was filled
 * together does not expire together. */
uint64_t refresh_jitter(uint64_t ttl, uint64_t random);
