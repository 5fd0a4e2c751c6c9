/* SPDX-License-Identifier: MIT */
/*
 * The course of one alert:
 *
 *                 holds                  has held for long enough
 *      INACTIVE ─────────► PENDING ──────────────────────────────► FIRING
 *        ▲   ▲               │  ▲                                    │
 *        │   └───────────────┘  └──── holds ──── RESOLVED ◄──────────┘
 *        │     does not hold                        │     does not hold
 *        └──────────────────────────────────────────┘ after some time
 *
 * Pure: time comes in, a verdict goes out.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum alarm_state {
    ALARM_INACTIVE,
    ALARM_PENDING,
    ALARM_FIRING,
    ALARM_RESOLVED
};

/* What is worth telling others. */
enum alarm_change { ALARM_NOTHING, ALARM_FIRED, ALARM_CLEARED };

/* For so long it is still shown that it fired. */
enum { ALARM_RESOLVED_MS = 5 * 60 * 1000 };

/* Zeroed it is inactive. */
struct alarm {
    enum alarm_state state;
    uint64_t since_ns; /* in this state */
};

/* The condition was looked at; it must hold for `for_ms` before it fires. */
enum alarm_change alarm_look(struct alarm *alarm, bool holds, uint64_t for_ms,
                             uint64_t now_ns);

/* "inactive", "pending", "firing", "resolved" */
const char *alarm_state_name(enum alarm_state state);
