/* SPDX-License-Identifier: MIT */
#include "cache/refresh.h"

#include "resilience/random.h"

#include <criterion/criterion.h>

enum { TRIES = 100000 };

/* How many of TRIES readers would read again, with so much time left. */
static unsigned due(uint64_t left, uint64_t cost)
{
    struct chance chance = { 11 };
    unsigned count = 0;

    for (unsigned i = 0; i < TRIES; i++)
        count += refresh_is_due(1000000 - left, 1000000, cost,
                                chance_next(&chance) << 33 ^
                                    chance_next(&chance) << 2);
    return count;
}

Test(refresh, is_due_for_all_when_the_time_is_over)
{
    cr_expect(refresh_is_due(100, 100, 0, UINT64_MAX));
    cr_expect(refresh_is_due(101, 100, 0, 0));
    cr_expect_not(refresh_is_due(99, 100, 0, 0), "it costs nothing to wait");
}

Test(refresh, comes_with_the_chance_that_the_paper_gives_it)
{
    /* P(-ln(U) · cost ≥ left) = e^(-left / cost) */
    cr_expect_float_eq(due(1000, 1000), 0.3679 * TRIES, 0.01 * TRIES);
    cr_expect_float_eq(due(3000, 1000), 0.0498 * TRIES, 0.005 * TRIES);
    cr_expect_float_eq(due(100, 1000), 0.9048 * TRIES, 0.01 * TRIES);
    cr_expect_eq(due(500000, 1000), 0, "long before: for nobody");
}

Test(refresh, any_random_number_gives_an_answer)
{
    cr_expect(refresh_is_due(0, 36, 1, 0), "the rarest chance");
    cr_expect_not(refresh_is_due(0, 38, 1, 0));
    cr_expect_not(refresh_is_due(0, 1, 1000000000, UINT64_MAX));
    cr_expect_not(refresh_is_due(0, UINT64_MAX, UINT64_MAX / 40, UINT64_MAX));
}

Test(refresh, jitter_shortens_by_up_to_a_tenth)
{
    struct chance chance = { 5 };
    uint64_t least = UINT64_MAX, most = 0;

    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t ttl = refresh_jitter(60000, chance_next(&chance));

        least = ttl < least ? ttl : least;
        most = ttl > most ? ttl : most;
    }
    cr_expect(least > 54000 && least < 54100);
    cr_expect(most <= 60000 && most > 59900);
    cr_expect_eq(refresh_jitter(9, 12345), 9);
    cr_expect_eq(refresh_jitter(0, 12345), 0);
}
