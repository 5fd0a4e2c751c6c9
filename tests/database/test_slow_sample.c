/* SPDX-License-Identifier: MIT */
#include "database/slow_sample.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>

static uint64_t ms(uint64_t n)
{
    return (5000000 + n) * NS_PER_MS;
}

Test(slow_sample, tells_each_name_once_a_second_and_how_many_it_left_out)
{
    struct slow_samples samples = { 0 };
    struct slow_verdict verdict;

    cr_expect(slow_sample(&samples, "one", true, ms(0)).log);
    for (unsigned i = 1; i < 10; i++)
        cr_expect_not(slow_sample(&samples, "one", true, ms(i * 100)).log);
    cr_expect(slow_sample(&samples, "two", true, ms(900)).log,
              "another name has a time of its own");
    verdict = slow_sample(&samples, "one", true, ms(1000));
    cr_expect(verdict.log);
    cr_expect_eq(verdict.left_out, 9);
    cr_expect_eq(slow_sample(&samples, "one", true, ms(9000)).left_out, 0);
}

Test(slow_sample, explains_each_name_once_a_minute)
{
    struct slow_samples samples = { 0 };

    cr_expect(slow_sample(&samples, "one", true, ms(0)).explain);
    cr_expect_not(slow_sample(&samples, "one", true, ms(59999)).explain);
    cr_expect(slow_sample(&samples, "two", true, ms(59999)).explain);
    cr_expect(slow_sample(&samples, "one", true, ms(60000)).explain);
}

Test(slow_sample, keeps_the_turn_of_what_cannot_be_explained)
{
    struct slow_samples samples = { 0 };

    cr_expect_not(slow_sample(&samples, "one", false, ms(0)).explain);
    cr_expect(slow_sample(&samples, "one", true, ms(1)).explain);
}

Test(slow_sample, says_nothing_of_names_that_are_too_many)
{
    static char names[SLOW_NAMES_MAX + 1][8];
    struct slow_samples samples = { 0 };

    for (unsigned i = 0; i <= SLOW_NAMES_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "n%u", i);
        cr_expect_eq(slow_sample(&samples, names[i], true, ms(0)).log,
                     i < SLOW_NAMES_MAX);
    }
    cr_expect_not(
        slow_sample(&samples, names[SLOW_NAMES_MAX], true, ms(9000)).explain);
}
