/* SPDX-License-Identifier: MIT */
#include "resilience/retry.h"

#include "base/error.h"
#include "resilience/constants.h"
#include "resilience/random.h"
#include "resilience/retry_budget.h"

#include <criterion/criterion.h>

Test(retry, repeats_what_never_reached_the_database)
{
    cr_expect_eq(retry_verdict(RETRY_BEGIN, -ERR_CONNECT_FAILED), RETRY_AGAIN);
    cr_expect_eq(retry_verdict(RETRY_BEGIN, -ERR_LINK_LOST), RETRY_AGAIN);
    cr_expect_eq(retry_verdict(RETRY_READ, -ERR_LINK_LOST), RETRY_AGAIN);
}

Test(retry, repeats_a_whole_transaction_that_was_rolled_back)
{
    cr_expect_eq(retry_verdict(RETRY_INSIDE, -ERR_SERIALIZATION), RETRY_AGAIN);
    cr_expect_eq(retry_verdict(RETRY_INSIDE, -ERR_DEADLOCK), RETRY_AGAIN);
    cr_expect_eq(retry_verdict(RETRY_INSIDE, -ERR_LINK_LOST), RETRY_AGAIN);
    cr_expect_eq(retry_verdict(RETRY_INSIDE, -ERR_LOCK_TIMEOUT), RETRY_ONCE);
}

Test(retry, never_repeats_a_commit_nobody_knows_the_end_of)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        enum retry_verdict v = retry_verdict(RETRY_COMMIT, -code);

        cr_expect(v == RETRY_NEVER || v == RETRY_RESOLVE, "%s",
                  error_info(code)->code);
        cr_expect_not(retry_may_follow(v, 1));
    }
    cr_expect_eq(retry_verdict(RETRY_COMMIT, -ERR_LINK_LOST), RETRY_RESOLVE);
}

Test(retry, never_repeats_what_a_client_did_wrong_or_a_database_suffers)
{
    static const int final[] = { -ERR_DUPLICATE,   -ERR_VALIDATION,
                                 -ERR_REFERENCED,  -ERR_FORBIDDEN,
                                 -ERR_NOT_FOUND,   -ERR_STORAGE_FULL,
                                 -ERR_UNAVAILABLE, -ERR_OVERLOADED,
                                 -ERR_QUERY_FAILED };

    for (size_t i = 0; i < ARRAY_LEN(final); i++)
        for (enum retry_phase p = 0; p < RETRY_PHASES; p++)
            cr_expect_eq(retry_verdict(p, final[i]), RETRY_NEVER);
}

Test(retry, makes_three_attempts_at_the_most)
{
    cr_expect(retry_may_follow(RETRY_AGAIN, 1));
    cr_expect(retry_may_follow(RETRY_AGAIN, 2));
    cr_expect_not(retry_may_follow(RETRY_AGAIN, 3));
    cr_expect(retry_may_follow(RETRY_ONCE, 1));
    cr_expect_not(retry_may_follow(RETRY_ONCE, 2));
    cr_expect_not(retry_may_follow(RETRY_ELSEWHERE, 2));
    cr_expect_not(retry_may_follow(RETRY_NEVER, 1));
}

Test(retry, waits_up_to_20_then_40_milliseconds)
{
    cr_expect_eq(retry_wait_ms(1, 0), 0);
    cr_expect_eq(retry_wait_ms(1, UINT32_MAX), 20);
    cr_expect_eq(retry_wait_ms(2, UINT32_MAX), 40);
    cr_expect_eq(retry_wait_ms(9, UINT32_MAX), 250);
}

/* --- the budget ---------------------------------------------------------- */

Test(retry_budget, begins_with_a_few)
{
    struct retry_budget budget;
    unsigned taken = 0;

    retry_budget_init(&budget);
    while (retry_budget_take(&budget))
        taken++;
    cr_expect_eq(taken, BUDGET_START);
}

Test(retry_budget, is_earned_by_ten_successes_each)
{
    struct retry_budget budget = { 0 };

    for (int i = 0; i < 9; i++)
        retry_budget_earn(&budget);
    cr_expect_not(retry_budget_take(&budget));
    retry_budget_earn(&budget);
    cr_expect(retry_budget_take(&budget));
    cr_expect_not(retry_budget_take(&budget));
}

Test(retry_budget, is_not_saved_without_end)
{
    struct retry_budget budget = { 0 };
    unsigned taken = 0;

    for (int i = 0; i < 100000; i++)
        retry_budget_earn(&budget);
    while (retry_budget_take(&budget))
        taken++;
    cr_expect_eq(taken, BUDGET_MAX);
}

/* Each request tries up to three times, of which `percent` fail. */
static double amplification(struct retry_budget *budget, unsigned requests,
                            unsigned percent)
{
    struct chance chance = { percent + 1 };
    unsigned sent = 0;

    for (unsigned i = 0; i < requests; i++) {
        bool failed = true;

        for (unsigned attempt = 1; failed; attempt++) {
            sent++;
            failed = chance_below(&chance, 100) < percent;
            if (!failed)
                retry_budget_earn(budget);
            else if (!retry_may_follow(RETRY_AGAIN, attempt) ||
                     !retry_budget_take(budget))
                break;
        }
    }
    return (double)sent / requests;
}

Test(retry_budget, keeps_what_is_sent_below_1_2_times_the_requests)
{
    for (unsigned percent = 0; percent <= 100; percent += 5) {
        struct retry_budget budget;

        retry_budget_init(&budget);
        cr_expect_leq(amplification(&budget, 1000, percent), 1.2, "%u %%",
                      percent);
        budget.milli = BUDGET_MAX * 1000;
        cr_expect_leq(amplification(&budget, 1000, percent), 1.2, "%u %%",
                      percent);
    }
}
