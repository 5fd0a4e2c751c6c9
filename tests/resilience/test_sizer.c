/* SPDX-License-Identifier: MIT */
#include "resilience/sizer.h"

#include "base/clock.h"

#include <criterion/criterion.h>

static uint64_t ms(uint64_t n)
{
    return (1000000 + n) * NS_PER_MS;
}

static uint64_t s(uint64_t n)
{
    return ms(n * 1000);
}

static struct sizer sized(unsigned min, unsigned max, unsigned size)
{
    struct sizer sizer;

    sizer_init(&sizer, min, max, ms(0));
    sizer.size = size;
    return sizer;
}

static void note(struct sizer *sizer, unsigned times, unsigned waited_ms,
                 unsigned in_use)
{
    while (times-- > 0)
        sizer_note(sizer, waited_ms * NS_PER_MS, in_use);
}

Test(sizer, begins_at_its_greatest)
{
    struct sizer sizer;

    sizer_init(&sizer, 2, 16, ms(0));
    cr_expect_eq(sizer.size, 16);
}

Test(sizer, grows_by_half_when_more_than_a_twentieth_waited_too_long)
{
    struct sizer sizer = sized(2, 16, 4);

    note(&sizer, 94, 0, 4);
    note(&sizer, 6, POOL_WAIT_TARGET_MS + 1, 4);
    cr_expect_eq(sizer_look(&sizer, 0, false, s(1)), SIZER_WAITED);
    cr_expect_eq(sizer.size, 6);
    note(&sizer, 95, 0, 6);
    note(&sizer, 5, POOL_WAIT_TARGET_MS + 1, 6);
    cr_expect_eq(sizer_look(&sizer, 0, false, s(2)), SIZER_SAME);
    cr_expect_eq(sizer.size, 6);
}

Test(sizer, never_leaves_its_limits)
{
    struct sizer sizer = sized(2, 5, 4);

    for (unsigned i = 1; i < 10; i++) {
        note(&sizer, 100, 100, 5);
        sizer_look(&sizer, 3, false, s(i));
    }
    cr_expect_eq(sizer.size, 5);
    for (unsigned i = 10; i < 600; i++)
        sizer_look(&sizer, 0, false, s(i));
    cr_expect_eq(sizer.size, 2);
}

Test(sizer, counts_those_who_wait_still)
{
    struct sizer sizer = sized(1, 8, 2);

    cr_expect_eq(sizer_look(&sizer, 1, false, s(1)), SIZER_WAITED);
    cr_expect_eq(sizer.size, 3);
}

Test(sizer, looks_sooner_when_many_have_asked)
{
    struct sizer sizer = sized(1, 8, 2);

    note(&sizer, POOL_GETS_MIN - 1, 50, 2);
    cr_expect_eq(sizer_look(&sizer, 0, false, ms(POOL_LOOK_SOON_MS)),
                 SIZER_SAME, "too few");
    note(&sizer, 1, 50, 2);
    cr_expect_eq(sizer_look(&sizer, 0, false, ms(POOL_LOOK_SOON_MS - 1)),
                 SIZER_SAME, "too soon");
    cr_expect_eq(sizer_look(&sizer, 0, false, ms(POOL_LOOK_SOON_MS)),
                 SIZER_WAITED);
}

Test(sizer, looks_sooner_when_somebody_waits)
{
    struct sizer sizer = sized(1, 8, 2);

    cr_expect_eq(sizer_look(&sizer, 1, false, ms(POOL_LOOK_SOON_MS - 1)),
                 SIZER_SAME);
    cr_expect_eq(sizer_look(&sizer, 1, false, ms(POOL_LOOK_SOON_MS)),
                 SIZER_WAITED);
}

Test(sizer, does_not_grow_when_more_would_not_help)
{
    struct sizer sizer = sized(1, 8, 4);

    note(&sizer, 100, 50, 4);
    cr_expect_eq(sizer_look(&sizer, 0, true, s(1)), SIZER_SAME, "trouble");
    note(&sizer, 100, 50, 3);
    cr_expect_eq(sizer_look(&sizer, 0, false, s(2)), SIZER_SAME,
                 "there was one left: it was only being made");
    cr_expect_eq(sizer.size, 4);
}

Test(sizer, shrinks_slowly_towards_what_is_in_use)
{
    struct sizer sizer = sized(2, 32, 32);
    unsigned steps = 0;

    for (unsigned i = 1; i <= 3600; i++) {
        note(&sizer, 1, 0, i % 30 == 5 ? 7 : 3);
        steps += sizer_look(&sizer, 0, false, s(i)) == SIZER_CALM;
        cr_assert(i >= POOL_CALM_S || sizer.size == 32);
    }
    cr_expect_eq(sizer.size, 8, "one more than the most in use, not %u",
                 sizer.size);
    cr_expect_gt(steps, 5);
}

Test(sizer, stays_with_what_there_is_when_the_database_takes_no_more)
{
    struct sizer sizer = sized(2, 32, 32);

    cr_expect_eq(sizer_refused(&sizer, 9, s(1)), SIZER_REFUSED);
    cr_expect_eq(sizer.size, 9);
    cr_expect_eq(sizer_refused(&sizer, 9, s(2)), SIZER_SAME);
    note(&sizer, 100, 50, 9);
    cr_expect_eq(sizer_look(&sizer, 0, false, s(2 + POOL_REFUSED_S) - 1),
                 SIZER_SAME);
    note(&sizer, 100, 50, 9);
    cr_expect_eq(sizer_look(&sizer, 0, false, s(3 + POOL_REFUSED_S)),
                 SIZER_WAITED, "it may be asked again");
}

Test(sizer, keeps_one_when_there_is_none_at_all)
{
    struct sizer sizer = sized(0, 32, 32);

    cr_expect_eq(sizer_refused(&sizer, 0, s(1)), SIZER_REFUSED);
    cr_expect_eq(sizer.size, 1);
}

Test(sizer, takes_other_limits)
{
    struct sizer sizer = sized(2, 32, 20);

    sizer_set_limits(&sizer, 2, 10);
    cr_expect_eq(sizer.size, 10);
    sizer_set_limits(&sizer, 15, 30);
    cr_expect_eq(sizer.size, 15);
}
