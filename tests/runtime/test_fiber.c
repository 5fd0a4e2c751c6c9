/* SPDX-License-Identifier: MIT */
#include "runtime/fiber.h"

#include "base/error.h"
#include "base/fault.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>

static struct loop *loop;

static void set_up(void)
{
    loop = loop_new_with_fake_time();
}

static void tear_down(void)
{
    loop_free(&loop);
}

TestSuite(fiber, .init = set_up, .fini = tear_down);

static struct deadline in_ms(uint64_t ms)
{
    return deadline_after(loop_now_ns(loop), ms);
}

static void start(fiber_fn *fn, void *arg, struct fiber **ret)
{
    cr_assert_eq(fiber_start(loop, "test", fn, arg, ret), 0);
}

/* --- starting and ending --- */

static void say_done(void *arg)
{
    *(bool *)arg = true;
}

Test(fiber, that_never_waits_has_ended_when_start_returns)
{
    bool done = false;

    start(say_done, &done, NULL);
    cr_expect(done);
    cr_expect_eq(loop_fiber_count(loop), 0);
}

static void start_another(void *arg)
{
    start(say_done, arg, NULL);
    cr_expect(*(bool *)arg, "the inner fiber ran before start returned");
}

Test(fiber, may_start_another_which_runs_first)
{
    bool done = false;

    start(start_another, &done, NULL);
    cr_expect(done);
}

Test(fiber, is_refused_and_not_run_when_there_is_no_stack)
{
    bool done = false;

    fault_arm(FAULT_FIBER_STACK, 0, 1);
    cr_expect_eq(fiber_start(loop, "test", say_done, &done, NULL),
                 -ERR_OVERLOADED);
    cr_expect_not(done);
    cr_expect_eq(fault_count(FAULT_FIBER_STACK), 1);
}

static void use_the_stack(void *arg)
{
    volatile char deep[20000];

    deep[0] = deep[sizeof(deep) - 1] = 1;
    *(int *)arg += deep[0];
}

Test(fiber, reuses_stacks_of_those_that_ended)
{
    int runs = 0;

    for (int i = 0; i < 10000; i++)
        start(use_the_stack, &runs, NULL);
    cr_expect_eq(runs, 10000);
}

/* --- waiting --- */

struct waiter {
    struct deadline until;
    int result;
    bool ended;
};

static void wait_once(void *arg)
{
    struct waiter *w = arg;

    w->result = fiber_wait(w->until);
    w->ended = true;
}

Test(fiber, wait_ends_at_its_deadline_and_not_before)
{
    struct waiter w = { .until = in_ms(100) };

    start(wait_once, &w, NULL);
    loop_advance(loop, 99 * NS_PER_MS);
    cr_expect_not(w.ended);
    loop_advance(loop, 1 * NS_PER_MS);
    cr_expect(w.ended);
    cr_expect_eq(w.result, -ERR_DEADLINE);
}

Test(fiber, wait_past_its_deadline_does_not_suspend)
{
    struct waiter w = { .until = { loop_now_ns(loop) } };

    start(wait_once, &w, NULL);
    cr_expect(w.ended);
    cr_expect_eq(w.result, -ERR_DEADLINE);
}

Test(fiber, woken_twice_wakes_once)
{
    struct waiter w = { .until = DEADLINE_NEVER };
    struct fiber *fiber;

    start(wait_once, &w, &fiber);
    fiber_wake(fiber);
    fiber_wake(fiber);
    loop_advance(loop, 0);
    cr_expect(w.ended);
    cr_expect_eq(w.result, 0);
}

static void sleep_until(void *arg)
{
    struct waiter *w = arg;

    w->result = fiber_sleep(w->until);
    w->ended = true;
}

Test(fiber, sleep_goes_on_after_a_wake)
{
    struct waiter w = { .until = in_ms(10) };
    struct fiber *fiber;

    start(sleep_until, &w, &fiber);
    fiber_wake(fiber);
    loop_advance(loop, 0);
    cr_expect_not(w.ended);
    loop_advance(loop, 10 * NS_PER_MS);
    cr_expect(w.ended);
    cr_expect_eq(w.result, 0);
}

/* --- cancelling --- */

static void wait_twice(void *arg)
{
    struct waiter *w = arg;

    cr_expect_eq(fiber_wait(DEADLINE_NEVER), -ERR_CANCELLED);
    cr_expect_eq(fiber_wait(DEADLINE_NEVER), -ERR_CANCELLED, "each wait ends");
    w->ended = true;
}

Test(fiber, cancelled_unwinds_through_all_its_waits)
{
    struct waiter w = { 0 };
    struct fiber *fiber;

    start(wait_twice, &w, &fiber);
    fiber_cancel(fiber);
    cr_expect_not(w.ended, "it unwinds itself, later");
    loop_advance(loop, 0);
    cr_expect(w.ended);
}

static void commit_like(void *arg)
{
    struct waiter *w = arg;

    fiber_shield();
    w->result = fiber_wait(DEADLINE_NEVER);
    fiber_unshield();
    cr_expect_eq(fiber_wait(DEADLINE_NEVER), -ERR_CANCELLED);
    w->ended = true;
}

Test(fiber, shielded_remembers_a_cancel_for_later)
{
    struct waiter w = { .result = 1 };
    struct fiber *fiber;

    start(commit_like, &w, &fiber);
    fiber_cancel(fiber);
    loop_advance(loop, 0);
    cr_expect_not(w.ended);
    fiber_wake(fiber);
    loop_advance(loop, 0);
    cr_expect(w.ended);
    cr_expect_eq(w.result, 0);
}

static void patient(void *arg)
{
    struct waiter *w = arg;

    fiber_shield_briefly();
    w->result = fiber_wait(DEADLINE_NEVER);
    if (w->result == -ERR_CANCELLED)
        cr_expect_eq(fiber_sleep(deadline_after(loop_now_ns(loop), 1)),
                     -ERR_CANCELLED, "no more patience");
    fiber_unshield_briefly();
    w->ended = true;
}

Test(fiber, briefly_shielded_goes_on_for_a_little_after_a_cancel)
{
    struct waiter w = { .result = 1 };
    struct fiber *fiber;

    start(patient, &w, &fiber);
    loop_advance(loop, 3600 * NS_PER_S);
    cr_expect_not(w.ended, "nobody has cancelled it");
    fiber_cancel(fiber);
    loop_advance(loop, FIBER_GRACE_MS * NS_PER_MS - 1);
    fiber_cancel(fiber); /* once more is no longer */
    cr_expect_not(w.ended);
    loop_advance(loop, 1);
    cr_expect(w.ended);
    cr_expect_eq(w.result, -ERR_CANCELLED);
}

Test(fiber, briefly_shielded_gets_what_it_waits_for)
{
    struct waiter w = { .result = 1 };
    struct fiber *fiber;

    start(patient, &w, &fiber);
    fiber_cancel(fiber);
    fiber_wake(fiber);
    loop_advance(loop, 0);
    cr_expect(w.ended);
    cr_expect_eq(w.result, 0);
}

static void patient_for_ever(void *arg)
{
    struct waiter *w = arg;

    fiber_shield_briefly();
    fiber_shield();
    w->result = fiber_wait(DEADLINE_NEVER);
    fiber_unshield();
    fiber_unshield_briefly();
    w->ended = true;
}

Test(fiber, a_shield_within_a_brief_one_has_no_end)
{
    struct waiter w = { .result = 1 };
    struct fiber *fiber;

    start(patient_for_ever, &w, &fiber);
    fiber_cancel(fiber);
    loop_advance(loop, 2 * FIBER_GRACE_MS * NS_PER_MS);
    cr_expect_not(w.ended);
    fiber_wake(fiber);
    loop_advance(loop, 0);
    cr_expect(w.ended);
    cr_expect_eq(w.result, 0);
}

/* --- conditions --- */

struct queue {
    struct condition changed;
    struct deadline until;
    char order[8];
    int ended;
};

struct queued {
    struct queue *queue;
    char name;
    int result;
};

static void wait_in_queue(void *arg)
{
    struct queued *me = arg;

    me->result = condition_wait(&me->queue->changed, me->queue->until);
    me->queue->order[me->queue->ended++] = me->name;
}

Test(condition, serves_waiters_in_order_and_only_as_many_as_signalled)
{
    struct queue q = { .until = in_ms(50) };
    struct queued a = { &q, 'a', 1 }, b = { &q, 'b', 1 }, c = { &q, 'c', 1 };

    condition_init(&q.changed);
    start(wait_in_queue, &a, NULL);
    start(wait_in_queue, &b, NULL);
    start(wait_in_queue, &c, NULL);
    cr_expect(condition_signal(&q.changed));
    cr_expect(condition_signal(&q.changed));
    loop_advance(loop, 0);
    cr_expect_str_eq(q.order, "ab");
    loop_advance(loop, 50 * NS_PER_MS);
    cr_expect_eq(c.result, -ERR_DEADLINE);
    cr_expect_not(condition_signal(&q.changed), "nobody is left");
}

Test(condition, gives_a_signal_to_the_next_when_the_first_gave_up)
{
    struct queue q = { .until = DEADLINE_NEVER };
    struct queued a = { &q, 'a', 1 }, b = { &q, 'b', 1 };
    struct fiber *first;

    condition_init(&q.changed);
    start(wait_in_queue, &a, &first);
    start(wait_in_queue, &b, NULL);
    fiber_cancel(first);
    cr_expect(condition_signal(&q.changed));
    loop_advance(loop, 0);
    cr_expect_eq(a.result, -ERR_CANCELLED);
    cr_expect_eq(b.result, 0);
}

TestSuite(condition, .init = set_up, .fini = tear_down);

/* --- ending another --- */

struct lingerer {
    struct fiber *fiber;
    struct condition ended;
};

static void linger(void *arg)
{
    struct lingerer *it = arg;

    cr_expect_eq(fiber_wait(DEADLINE_NEVER), -ERR_CANCELLED);
    fiber_shield();
    cr_expect_eq(fiber_sleep(in_ms(100)), 0);
    fiber_unshield();
    it->fiber = NULL;
    condition_broadcast(&it->ended);
}

struct ender {
    struct lingerer *of;
    bool done;
};

static void end_it(void *arg)
{
    struct ender *me = arg;

    fiber_end(&me->of->fiber, &me->of->ended);
    me->done = true;
}

Test(fiber, who_ends_another_waits_for_it_though_cancelled_itself)
{
    struct lingerer it = { .fiber = NULL };
    struct ender me = { .of = &it };
    struct fiber *ending;

    condition_init(&it.ended);
    start(linger, &it, &it.fiber);
    start(end_it, &me, &ending);
    fiber_cancel(ending);
    loop_advance(loop, 99 * NS_PER_MS);
    cr_expect_not(me.done);
    loop_advance(loop, 1 * NS_PER_MS);
    cr_expect(me.done);
}

Test(fiber, to_end_none_takes_no_time)
{
    struct lingerer it = { .fiber = NULL };
    struct ender me = { .of = &it };

    condition_init(&it.ended);
    start(end_it, &me, NULL);
    cr_expect(me.done);
}

/* --- the real clock --- */

static void block_a_helper(void *arg)
{
    *(bool *)arg = loop_current() == NULL;
}

static void run_work(void *arg)
{
    work_run(block_a_helper, arg);
}

Test(work, runs_on_another_thread_while_the_fiber_is_suspended)
{
    bool elsewhere = false;

    fiber_run_alone("work", run_work, &elsewhere);
    cr_expect(elsewhere);
}

struct long_work {
    struct deadline until;
    atomic_bool has_begun, stop;
    bool has_returned, ended;
    int result;
};

static void work_until_told(void *arg)
{
    struct long_work *w = arg;

    atomic_store(&w->has_begun, true);
    while (!atomic_load(&w->stop))
        sched_yield();
    w->has_returned = true;
}

static void run_long_work(void *arg)
{
    struct long_work *w = arg;

    w->result = work_run_until(work_until_told, w, w->until, &w->stop);
    cr_expect(w->has_returned, "what it works on may die with the fiber");
    w->ended = true;
}

static void wait_for_begin(struct long_work *w)
{
    while (!atomic_load(&w->has_begun))
        sched_yield();
}

TestSuite(work_until, .init = set_up, .fini = tear_down);

Test(work_until, told_to_stop_at_its_deadline)
{
    struct long_work w = { .until = in_ms(100) };

    start(run_long_work, &w, NULL);
    wait_for_begin(&w);
    loop_advance(loop, 99 * NS_PER_MS);
    cr_expect_not(atomic_load(&w.stop));
    loop_advance(loop, 1 * NS_PER_MS);
    cr_expect(atomic_load(&w.stop));
    while (!w.ended)
        loop_turn(loop, true);
    cr_expect_eq(w.result, -ERR_DEADLINE);
}

Test(work_until, told_to_stop_when_its_fiber_is_cancelled)
{
    struct long_work w = { .until = DEADLINE_NEVER };
    struct fiber *fiber;

    start(run_long_work, &w, &fiber);
    wait_for_begin(&w);
    fiber_cancel(fiber);
    while (!w.ended)
        loop_turn(loop, true);
    cr_expect_eq(w.result, -ERR_CANCELLED);
}

static void run_short_work(void *arg)
{
    struct long_work *w = arg;
    bool elsewhere = false;

    w->result = work_run_until(block_a_helper, &elsewhere, w->until, &w->stop);
    cr_expect(elsewhere);
    w->ended = true;
}

Test(work_until, left_alone_when_it_is_done_in_time)
{
    struct long_work w = { .until = in_ms(100) };

    start(run_short_work, &w, NULL);
    while (!w.ended)
        loop_turn(loop, true);
    cr_expect_eq(w.result, 0);
    cr_expect_not(atomic_load(&w.stop));
}

static void nap(void *arg)
{
    struct loop *mine = loop_current();
    uint64_t before = clock_monotonic_ns();

    cr_expect_eq(fiber_sleep(deadline_after(loop_now_ns(mine), 5)), 0);
    *(uint64_t *)arg = clock_monotonic_ns() - before;
}

Test(fiber, alone_ends_its_loop_with_itself)
{
    uint64_t slept_ns = 0;

    fiber_run_alone("nap", nap, &slept_ns);
    cr_expect_geq(slept_ns, 5 * NS_PER_MS);
}
