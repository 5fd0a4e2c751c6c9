/* SPDX-License-Identifier: MIT */
/*
 * A loop's pulse: ten times a second it shows that it turns, and how late
 * (portcullis_loop_lag_seconds): so long a request may have waited for no other
 * reason than that the loop was at something else.
 */
#pragma once

#include "runtime/loop.h"

struct series;

struct pulse {
    struct timer timer;
    uint64_t due_ns;
    struct series *lag;
    atomic_uint beats; /* read by the watchdog, on another thread */
};

void pulse_start(struct pulse *pulse, struct loop *loop);
void pulse_stop(struct pulse *pulse);
