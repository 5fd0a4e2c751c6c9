/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include "base/fault.h"

#include <stdio.h>
#include <time.h>

#define FAULT_JUMP_NS (3600 * NS_PER_S)

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_boottime_ns(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

uint64_t clock_wall_ns(void)
{
    uint64_t now_ns = read_clock(CLOCK_REALTIME);

    if (fault_hit(FAULT_CLOCK_AHEAD))
        return now_ns + FAULT_JUMP_NS;
    return fault_hit(FAULT_CLOCK_BEHIND) ? now_ns - FAULT_JUMP_NS : now_ns;
}

size_t clock_format(uint64_t wall_ns, char ret_text[static CLOCK_TEXT_BYTES])
{
    static _Thread_local char seconds[24];
    static _Thread_local time_t seconds_of = -1;
    time_t now = (time_t)(wall_ns / NS_PER_S);
    unsigned micros = (unsigned)(wall_ns % NS_PER_S / 1000);
    struct tm tm;

    if (now != seconds_of) { /* most calls are in the last one's second */
        gmtime_r(&now, &tm);
        strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S.", &tm);
        seconds_of = now;
    }
    memcpy(ret_text, seconds, 20);
    for (int i = 25; i >= 20; i--, micros /= 10)
        ret_text[i] = (char)('0' + micros % 10);
    ret_text[26] = 'Z';
    ret_text[27] = '\0';
    return 27;
}
