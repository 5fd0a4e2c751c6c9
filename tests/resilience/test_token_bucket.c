/* SPDX-License-Identifier: MIT */
#include "resilience/token_bucket.h"

#include "base/clock.h"
#include "resilience/random.h"

#include <criterion/criterion.h>

#define T0 (1000 * NS_PER_S)

Test(token_bucket, lets_a_burst_pass_and_then_as_many_as_are_refilled)
{
    struct token_rate rate = token_rate_of(10, 1);
    struct token_bucket bucket = { 0 };

    for (uint32_t i = 0; i < 10; i++) {
        struct token_verdict v = token_bucket_take(&bucket, rate, 1, T0);

        cr_expect(v.admitted);
        cr_expect_eq(v.remaining, 9 - i);
    }
    cr_expect_not(token_bucket_take(&bucket, rate, 1, T0).admitted);
    cr_expect(token_bucket_take(&bucket, rate, 1, T0 + NS_PER_S / 10).admitted);
    cr_expect_not(
        token_bucket_take(&bucket, rate, 1, T0 + NS_PER_S / 10).admitted);
}

Test(token_bucket, says_when_to_come_again_and_when_it_is_full)
{
    struct token_rate rate = token_rate_of(60, 60);
    struct token_bucket bucket = { 0 };
    struct token_verdict v = token_bucket_take(&bucket, rate, 60, T0);

    cr_expect(v.admitted);
    cr_expect_eq(v.remaining, 0);
    cr_expect_eq(v.reset_s, 60);
    cr_expect_eq(v.retry_after_s, 0);
    v = token_bucket_take(&bucket, rate, 5, T0);
    cr_expect_not(v.admitted);
    cr_expect_eq(v.retry_after_s, 5);
    v = token_bucket_take(&bucket, rate, 5, T0 + 5 * NS_PER_S);
    cr_expect(v.admitted, "as it was told");
}

Test(token_bucket, takes_nothing_when_it_refuses)
{
    struct token_rate rate = token_rate_of(10, 10);
    struct token_bucket bucket = { 0 };

    cr_expect(token_bucket_take(&bucket, rate, 8, T0).admitted);
    cr_expect_not(token_bucket_take(&bucket, rate, 3, T0).admitted);
    cr_expect_eq(token_bucket_take(&bucket, rate, 2, T0).remaining, 0);
}

Test(token_bucket, can_always_be_afforded_when_it_is_full)
{
    struct token_rate rate = token_rate_of(5, 1);
    struct token_bucket bucket = { 0 };

    cr_expect(token_bucket_take(&bucket, rate, 1000, T0).admitted);
    cr_expect_not(token_bucket_take(&bucket, rate, 1000, T0).admitted);
}

Test(token_bucket, survives_a_rate_that_is_lowered)
{
    struct token_bucket bucket = { 0 };
    struct token_verdict v;

    cr_expect(
        token_bucket_take(&bucket, token_rate_of(100, 100), 100, T0).admitted);
    v = token_bucket_take(&bucket, token_rate_of(2, 2), 1, T0);
    cr_expect_not(v.admitted);
    cr_expect_eq(v.remaining, 0);
}

/* A bucket that is filled drop by drop, which a thousandth of a token is. */
struct model {
    uint64_t level, at_ms;
};

static bool model_take(struct model *m, uint64_t burst, uint64_t cost,
                       uint64_t now_ms)
{
    m->level += now_ms - m->at_ms; /* a token in each second */
    m->at_ms = now_ms;
    if (m->level > burst * 1000)
        m->level = burst * 1000;
    if (m->level < cost * 1000)
        return false;
    m->level -= cost * 1000;
    return true;
}

Test(token_bucket, agrees_with_one_that_is_filled_drop_by_drop)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct chance chance = { seed };
        uint32_t burst = 1 + (uint32_t)chance_below(&chance, 20);
        struct token_rate rate = token_rate_of(burst, burst);
        struct model model = { .level = burst * 1000, .at_ms = 0 };
        struct token_bucket bucket = { 0 };
        uint64_t now_ms = 0;

        for (int i = 0; i < 2000; i++) {
            uint32_t cost = (uint32_t)chance_below(&chance, burst + 1);
            struct token_verdict v;

            now_ms += chance_below(&chance, 1500);
            v = token_bucket_take(&bucket, rate, cost, now_ms * NS_PER_MS);
            cr_assert_eq(v.admitted, model_take(&model, burst, cost, now_ms));
            cr_assert_eq(v.remaining, model.level / 1000);
            cr_assert_eq(v.retry_after_s > 0, !v.admitted);
        }
    }
}
