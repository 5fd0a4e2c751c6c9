/* SPDX-License-Identifier: MIT */
#include "resilience/limiter.h"

#include "base/clock.h"
#include "resilience/constants.h"
#include "resilience/usual.h"

#include <criterion/criterion.h>

#define MS(n) ((uint64_t)(n)*NS_PER_MS)

enum { LEAST = 16, MOST = LEAST * LIMIT_MAX_FACTOR };

static struct limiter limiter(void)
{
    struct limiter l;

    limiter_init(&l, LEAST);
    return l;
}

/* So many windows of work that is all as slow as this. */
static uint64_t work(struct limiter *l, unsigned windows, double slowness,
                     unsigned running, uint64_t now)
{
    for (unsigned i = 0; i < windows * 20; i++) {
        now += MS(LIMIT_WINDOW_MS) / 20;
        limiter_sample(l, slowness, running, now);
    }
    return now;
}

Test(limiter, begins_at_four_times_the_pool_and_stays_there_while_all_is_well)
{
    struct limiter l = limiter();

    cr_expect_eq(limiter_limit(&l), MOST);
    work(&l, 100, 1.0, MOST, MS(1));
    cr_expect_eq(limiter_limit(&l), MOST);
    work(&l, 100, 1.4, MOST, MS(20000));
    cr_expect_eq(limiter_limit(&l), MOST, "within the tolerance");
}

Test(limiter, shrinks_when_answers_slow_down_but_never_below_the_pool)
{
    struct limiter l = limiter();
    uint64_t now = work(&l, 5, 3.0, MOST, MS(1));

    cr_expect_lt(limiter_limit(&l), MOST);
    cr_expect_gt(limiter_limit(&l), LEAST, "not all at once");
    work(&l, 50, 10.0, MOST, now);
    cr_expect_eq(limiter_limit(&l), LEAST);
}

Test(limiter, grows_again_when_they_are_quick_again)
{
    struct limiter l = limiter();
    uint64_t now = work(&l, 50, 10.0, MOST, MS(1));

    now = work(&l, 10, 1.0, LEAST, now);
    cr_expect_gt(limiter_limit(&l), LEAST);
    work(&l, 50, 1.0, MOST, now);
    cr_expect_eq(limiter_limit(&l), MOST);
}

Test(limiter, learns_nothing_while_little_of_it_is_used)
{
    struct limiter l = limiter();

    work(&l, 50, 100.0, MOST / 2 - 1, MS(1));
    cr_expect_eq(limiter_limit(&l), MOST);
}

Test(limiter, wants_some_samples_before_it_believes_them)
{
    struct limiter l = limiter();

    for (uint64_t i = 1; i < LIMIT_SAMPLES_MIN; i++)
        limiter_sample(&l, 100, MOST, MS(1000 * i));
    cr_expect_eq(limiter_limit(&l), MOST);
    limiter_sample(&l, 100, MOST, MS(1000 * LIMIT_SAMPLES_MIN));
    cr_expect_lt(limiter_limit(&l), MOST);
}

Test(limiter, follows_the_pool_it_stands_before)
{
    struct limiter l = limiter();

    limiter_resize(&l, 4);
    cr_expect_eq(limiter_limit(&l), 16);
    limiter_resize(&l, 20);
    cr_expect_eq(limiter_limit(&l), 20);
}

/*
 * A database that works on eight at a time: what else runs waits for its turn
 * there. Its own answers take 10 ms.
 */
static double answer_ms(unsigned running)
{
    return running <= 8 ? 10 : 10.0 * running / 8;
}

Test(limiter, finds_a_level_where_answers_take_little_more_than_usual)
{
    struct usual usual = { 0 };
    struct limiter l;
    uint64_t now = MS(1);

    limiter_init(&l, 8);
    for (int i = 0; i < 200; i++) /* a quiet morning */
        usual_compare(&usual, MS(10), now += MS(10));
    for (int i = 0; i < 5000; i++) { /* then as many as may */
        unsigned running = limiter_limit(&l);
        uint64_t took = (uint64_t)(answer_ms(running) * NS_PER_MS);

        now += took / running;
        limiter_sample(&l, usual_compare(&usual, took, now), running, now);
    }
    cr_expect_leq(limiter_limit(&l), 22, "%u", limiter_limit(&l));
}

/* --- usual --------------------------------------------------------------- */

Test(usual, takes_the_first_for_usual)
{
    struct usual usual = { 0 };

    cr_expect_float_eq(usual_compare(&usual, MS(10), MS(1)), 1, 1e-9);
    cr_expect_float_eq(usual_compare(&usual, MS(20), MS(1)), 2, 1e-9);
    cr_expect_float_eq(usual_compare(&usual, MS(5), MS(1)), 0.5, 1e-9);
}

/* How slow the last of so many seconds looks, at a sample in each 10 ms. */
static double after(unsigned seconds, uint64_t from_ms, uint64_t to_ms)
{
    struct usual usual = { 0 };
    double ratio = 0;

    usual_compare(&usual, MS(from_ms), MS(1));
    for (uint64_t i = 1; i <= seconds * 100; i++)
        ratio = usual_compare(&usual, MS(to_ms), MS(1 + 10 * i));
    return ratio;
}

Test(usual, believes_longer_times_later_than_shorter_ones)
{
    cr_expect_gt(after(5, 10, 30), 2.0, "five seconds are no habit");
    cr_expect_lt(after(120, 10, 30), 1.1, "two minutes are");
    cr_expect_lt(after(2, 30, 10), 0.5);
    cr_expect_gt(after(60, 30, 10), 0.95);
}
