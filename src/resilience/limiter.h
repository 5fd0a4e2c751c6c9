/* SPDX-License-Identifier: MIT */
/*
 * How much to do at the same time, found out by what it costs: while answers
 * take about as long as usual the limit grows, when they take longer something
 * behind us queues, and it shrinks in proportion. (Netflix concurrency-limits,
 * Gradient2; the idea is that of TCP Vegas, Brakmo and Peterson 1994.)
 *
 *     gradient = tolerance × usual time / time now, within 0.5 … 1
 *     limit    = limit × gradient + √limit, smoothed, within least … 4 × least
 *
 * What was usual is asked of each kind of work by itself (usual.h), so that a
 * change of the mixture is no change of the speed. Pure.
 */
#pragma once

#include "base/attr.h"

#include <stdint.h>

struct limiter {
    double limit, least;
    uint64_t window_ends_ns;
    unsigned samples, busiest; /* of this window */
    double slowness;           /* sum of the samples' */
};

/* Begins at its greatest: who starts is not yet overloaded. */
void limiter_init(struct limiter *limiter, unsigned least);

/* As when the pool behind it was resized; the limit stays within the new. */
void limiter_resize(struct limiter *limiter, unsigned least);

static inline unsigned limiter_limit(const struct limiter *limiter)
{
    return (unsigned)limiter->limit;
}

/*
 * Something was done: `slowness` times as long as usual it took (1: as usual),
 * with `running` at the same time. Never changes the limit while less than
 * half of it was used: that says nothing.
 */
void limiter_sample(struct limiter *limiter, double slowness, unsigned running,
                    uint64_t now_ns);
