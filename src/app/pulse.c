/* SPDX-License-Identifier: MIT */
#include "app/pulse.h"

#include "telemetry/metrics.h"

enum { PULSE_MS = 100 };

static void set(struct pulse *pulse)
{
    struct deadline due =
        deadline_after(loop_now_ns(pulse->timer.loop), PULSE_MS);

    pulse->due_ns = due.at_ns;
    timer_set(&pulse->timer, due);
}

static void on_timer(void *arg)
{
    struct pulse *pulse = arg;
    uint64_t late_ns = clock_monotonic_ns() - pulse->due_ns;

    series_observe(pulse->lag, (double)late_ns / (double)NS_PER_S);
    atomic_fetch_add_explicit(&pulse->beats, 1, memory_order_relaxed);
    set(pulse);
}

void pulse_start(struct pulse *pulse, struct loop *loop)
{
    pulse->lag = metric_series(METRIC_LOOP_LAG, NULL);
    timer_init(&pulse->timer, loop, on_timer, pulse);
    set(pulse);
}

void pulse_stop(struct pulse *pulse)
{
    timer_stop(&pulse->timer);
}
