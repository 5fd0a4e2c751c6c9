/* SPDX-License-Identifier: MIT */
/* Points in time. Waits use the monotonic clock only; the wall clock tells. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t clock_monotonic_ns(void);

/* CLOCK_BOOTTIME, in nanoseconds: it goes on while the machine is asleep, as
 * the world does. */
uint64_t clock_boottime_ns(void);

/* CLOCK_REALTIME since 1970, in nanoseconds. It may jump either way: what is
 * waited for, leased or remembered for a while is the monotonic clock's. */
uint64_t clock_wall_ns(void);

/*
 * When a wait ends: a point on the monotonic clock. Every wait takes one; it
 * is handed down unchanged, so that all waits of a request together keep it.
 */
struct deadline {
    uint64_t at_ns;
};

#define DEADLINE_NEVER ((struct deadline){ UINT64_MAX })

static inline struct deadline deadline_after(uint64_t now_ns, uint64_t ms)
{
    return (struct deadline){ now_ns + ms * NS_PER_MS };
}

static inline struct deadline deadline_earlier(struct deadline a,
                                               struct deadline b)
{
    return a.at_ns < b.at_ns ? a : b;
}

static inline uint64_t deadline_left_ns(struct deadline d, uint64_t now_ns)
{
    return d.at_ns > now_ns ? d.at_ns - now_ns : 0;
}

enum { CLOCK_TEXT_BYTES = 28 }; /* "2026-11-21T08:30:00.123456Z" and NUL */

/* RFC 3339, UTC, microseconds. Returns the length. */
size_t clock_format(uint64_t wall_ns, char ret_text[static CLOCK_TEXT_BYTES]);
