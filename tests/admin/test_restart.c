/* SPDX-License-Identifier: MIT */
#include "admin/restart.h"

#include "base/clock.h"

#include <criterion/criterion.h>

Test(restart, allows_five_in_a_minute_each_later_than_the_one_before)
{
    struct restart_budget budget = { 0 };
    uint64_t delay_ms, last_ms = 0;

    for (uint64_t i = 0; i < RESTARTS_MAX; i++) {
        cr_assert(restart_take(&budget, i * NS_PER_S, &delay_ms));
        cr_expect_gt(delay_ms, last_ms);
        last_ms = delay_ms;
    }
    cr_expect_not(restart_take(&budget, 59 * NS_PER_S, &delay_ms));
}

Test(restart, forgets_what_is_older_than_a_minute)
{
    struct restart_budget budget = { 0 };
    uint64_t delay_ms;

    for (uint64_t i = 0; i < RESTARTS_MAX; i++)
        cr_assert(restart_take(&budget, i * NS_PER_S, &delay_ms));
    cr_expect(restart_take(&budget, 60 * NS_PER_S, &delay_ms),
              "the first is a minute ago");
    cr_expect_not(restart_take(&budget, 60 * NS_PER_S, &delay_ms),
                  "the second is not");
    cr_expect(restart_take(&budget, 200 * NS_PER_S, &delay_ms));
    cr_expect_eq(delay_ms, RESTART_DELAY_MS, "all are forgotten");
}
