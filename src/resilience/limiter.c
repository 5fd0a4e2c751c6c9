/* SPDX-License-Identifier: MIT */
#include "resilience/limiter.h"

#include "base/check.h"
#include "base/clock.h"
#include "resilience/constants.h"

static double within(double low, double value, double high)
{
    return value < low ? low : value > high ? high : value;
}

static double keep_within(const struct limiter *l, double limit)
{
    return within(l->least, limit, l->least * LIMIT_MAX_FACTOR);
}

void limiter_init(struct limiter *l, unsigned least)
{
    CHECK(least > 0);
    *l = (struct limiter){ .least = least,
                           .limit = (double)least * LIMIT_MAX_FACTOR };
}

void limiter_resize(struct limiter *l, unsigned least)
{
    CHECK(least > 0);
    l->least = least;
    l->limit = keep_within(l, l->limit);
}

/* Newton's, from above: exact enough after a few steps, and no libm. */
static double root(double value)
{
    double guess = value > 1 ? value : 1;

    for (int i = 0; i < 12; i++)
        guess = (guess + value / guess) / 2;
    return guess;
}

static void adapt(struct limiter *l)
{
    double mean = l->slowness / l->samples;
    double gradient = within(LIMIT_GRADIENT_MIN_PERCENT / 100.0,
                             LIMIT_TOLERANCE_PERCENT / 100.0 / mean, 1);
    double wanted = l->limit * gradient + root(l->limit);
    double step = LIMIT_SMOOTHING_PERCENT / 100.0;

    l->limit = keep_within(l, l->limit * (1 - step) + wanted * step);
}

static void begin_window(struct limiter *l, uint64_t now_ns)
{
    l->window_ends_ns = now_ns + LIMIT_WINDOW_MS * NS_PER_MS;
    l->samples = l->busiest = 0;
    l->slowness = 0;
}

void limiter_sample(struct limiter *l, double slowness, unsigned running,
                    uint64_t now_ns)
{
    if (l->window_ends_ns == 0)
        begin_window(l, now_ns);
    l->samples++;
    l->slowness += slowness;
    l->busiest = running > l->busiest ? running : l->busiest;
    if (now_ns < l->window_ends_ns || l->samples < LIMIT_SAMPLES_MIN)
        return;
    if (l->busiest >= l->limit / 2)
        adapt(l);
    begin_window(l, now_ns);
}
