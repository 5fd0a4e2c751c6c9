/* SPDX-License-Identifier: MIT */
#include "resilience/backoff.h"

#include <criterion/criterion.h>

static const struct backoff backoff = { .base_ms = 20, .cap_ms = 250 };

Test(backoff, draws_from_zero_to_the_ceiling_inclusively)
{
    cr_expect_eq(backoff_ms(backoff, 0, 0), 0);
    cr_expect_eq(backoff_ms(backoff, 0, UINT32_MAX), 20);
    cr_expect_eq(backoff_ms(backoff, 1, UINT32_MAX), 40);
    cr_expect_eq(backoff_ms(backoff, 1, UINT32_MAX / 2), 20);
}

Test(backoff, doubles_up_to_its_cap)
{
    cr_expect_eq(backoff_ms(backoff, 3, UINT32_MAX), 160);
    cr_expect_eq(backoff_ms(backoff, 4, UINT32_MAX), 250);
    cr_expect_eq(backoff_ms(backoff, 31, UINT32_MAX), 250);
    cr_expect_eq(backoff_ms(backoff, 4000, UINT32_MAX), 250);
}

Test(backoff, spreads_evenly)
{
    unsigned low = 0;

    for (uint32_t i = 0; i < 1000; i++)
        low += backoff_ms(backoff, 4, i * (UINT32_MAX / 1000)) < 125;
    cr_expect_gt(low, 450);
    cr_expect_lt(low, 550);
}

Test(backoff, takes_the_widest_settings)
{
    struct backoff wide = { .base_ms = UINT32_MAX, .cap_ms = UINT32_MAX };

    cr_expect_eq(backoff_ms(wide, 31, UINT32_MAX), UINT32_MAX);
    cr_expect_eq(backoff_ms((struct backoff){ 0 }, 5, UINT32_MAX), 0);
}
