/* SPDX-License-Identifier: MIT */
/* What loop.c, timer.c, watch.c and fiber.c share; for this room only. */
#pragma once

#include "runtime/loop.h"

#include <uv.h>

enum { LOOP_MAGIC = 0x4c4f4f50 };

struct fiber_pool {
    struct list idle; /* fibers whose stacks wait to be used again */
    unsigned idle_count, alive;
};

struct timer_heap {
    struct timer **at; /* from 1: the children of n are 2n and 2n + 1 */
    size_t count, capacity;
};

struct loop {
    unsigned magic;
    uv_loop_t uv;
    uv_prepare_t before_sleep;
    uv_check_t after_sleep;
    uv_idle_t stay_awake;
    uv_async_t mail_bell;
    uv_timer_t alarm; /* rings for the first timer of the heap */
    uint64_t alarm_ns;
    bool fake_time, now_is_old;
    uint64_t now_ns;
    struct timer_heap timers;
    struct list ready; /* of struct fiber */
    struct list hooks[TURN_STAGES];
    struct fiber_pool fibers;
    _Atomic(struct post *) mail;
    atomic_bool stopping;
};

/* fiber.c: runs those that are ready now; false when there were none. */
bool loop__run_ready_fibers(struct loop *loop);
void loop__free_idle_fibers(struct loop *loop);

/* timer.c: fires what is due at loop_now_ns(). */
void loop__fire_due_timers(struct loop *loop);
struct timer *loop__first_timer(const struct loop *loop);

/* loop.c: has the alarm ring at this time or earlier. */
void loop__set_alarm(struct loop *loop, uint64_t at_ns);
void loop__make_current(struct loop *loop);
