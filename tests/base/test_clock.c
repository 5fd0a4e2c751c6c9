/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/fault.h"

#include <criterion/criterion.h>

Test(clock, writes_rfc_3339_with_microseconds)
{
    char text[CLOCK_TEXT_BYTES];

    cr_expect_eq(clock_format(0, text), 27);
    cr_expect_str_eq(text, "1970-01-01T00:00:00.000000Z");
    clock_format(1709210096 * NS_PER_S + 7899, text);
    cr_expect_str_eq(text, "2024-02-29T12:34:56.000007Z");
    clock_format(1709210096 * NS_PER_S + 999999999, text);
    cr_expect_str_eq(text, "2024-02-29T12:34:56.999999Z",
                     "cut, never rounded into the next second");
    clock_format(1709210095 * NS_PER_S, text);
    cr_expect_str_eq(text, "2024-02-29T12:34:55.000000Z", "a step back");
}

Test(clock, counts_what_is_left_of_a_deadline)
{
    struct deadline d = deadline_after(NS_PER_S, 250);

    cr_expect_eq(deadline_left_ns(d, NS_PER_S), 250 * NS_PER_MS);
    cr_expect_eq(deadline_left_ns(d, 2 * NS_PER_S), 0, "never below 0");
    cr_expect_eq(deadline_earlier(d, DEADLINE_NEVER).at_ns, d.at_ns);
    cr_expect_eq(deadline_earlier(DEADLINE_NEVER, d).at_ns, d.at_ns);
}

Test(clock, never_runs_backwards)
{
    uint64_t before = clock_monotonic_ns();

    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_monotonic_ns();

        cr_assert_geq(now, before);
        before = now;
    }
}

Test(clock, a_jump_of_the_wall_clock_moves_no_other)
{
    uint64_t wall_ns = clock_wall_ns(), before_ns;

    fault_arm(FAULT_CLOCK_AHEAD, 0, 1);
    before_ns = clock_monotonic_ns();
    cr_expect_geq(clock_wall_ns(), wall_ns + 3600 * NS_PER_S);
    cr_expect_lt(clock_monotonic_ns(), before_ns + 1800 * NS_PER_S);
    cr_expect_lt(clock_wall_ns(), wall_ns + 1800 * NS_PER_S, "and back");
    fault_arm(FAULT_CLOCK_BEHIND, 0, 1);
    cr_expect_lt(clock_wall_ns(), wall_ns - 1800 * NS_PER_S);
    fault_disarm_all();
}
