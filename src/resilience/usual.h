/* SPDX-License-Identifier: MIT */
/*
 * How long something usually takes: a mean that follows longer times more
 * slowly than shorter ones (USUAL_RISES_MS, USUAL_FALLS_MS). So a load that has
 * just begun is seen as one, and a world that has changed is believed in the
 * end. Pure.
 */
#pragma once

#include <stdint.h>

struct usual {
    double ns;      /* 0: not known yet */
    uint64_t at_ns; /* of the last sample */
};

/*
 * How many times as long as usual was that? 1 for the first. The sample then
 * becomes part of what is usual.
 */
double usual_compare(struct usual *usual, uint64_t took_ns, uint64_t now_ns);
