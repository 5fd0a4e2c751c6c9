/* SPDX-License-Identifier: MIT */
#include "resilience/token_share.h"

#include "base/clock.h"
#include "resilience/random.h"

#include <criterion/criterion.h>

#define NS_PER_TOKEN (NS_PER_S / 10)

enum { T0 = 1000 };

static const struct token_rate rate = { .burst = 80,
                                        .refill_ns = NS_PER_TOKEN };

/* As app/lua/settle.lua: a server's, with a clock of its own. */
struct ledger {
    uint64_t full_at_us, ahead_us;
};

static uint64_t settle(struct ledger *ledger, struct token_claim claim,
                       uint64_t now_ns)
{
    uint64_t now = now_ns / NS_PER_US + ledger->ahead_us;
    uint64_t begin = now - claim.age_us;

    if (ledger->full_at_us < begin)
        ledger->full_at_us = begin;
    ledger->full_at_us += claim.owed_us;
    if (ledger->full_at_us > now + 2 * claim.whole_us)
        ledger->full_at_us = now + 2 * claim.whole_us;
    return ledger->full_at_us > now ? ledger->full_at_us - now : 0;
}

static void tell(struct token_share *share, struct ledger *ledger,
                 uint64_t now_ns)
{
    struct token_claim claim = token_share_tell(share, rate, now_ns);

    token_share_hear(share, settle(ledger, claim, now_ns), now_ns);
}

static unsigned take_all(struct token_share *share, uint64_t now_ns)
{
    unsigned taken = 0;

    while (token_share_take(share, rate, 1, now_ns).admitted)
        taken++;
    return taken;
}

Test(token_share, is_worth_telling_at_once_when_new_and_then_by_eighths)
{
    struct token_share share = { 0 };

    cr_expect_not(token_share_is_due(&share, rate), "nothing is owed");
    (void)token_share_take(&share, rate, 1, T0);
    cr_expect(token_share_is_due(&share, rate));
    (void)token_share_tell(&share, rate, T0);
    for (int i = 0; i < 9; i++) {
        (void)token_share_take(&share, rate, 1, T0);
        cr_expect_not(token_share_is_due(&share, rate));
    }
    (void)token_share_take(&share, rate, 1, T0);
    cr_expect(token_share_is_due(&share, rate));
}

Test(token_share, tells_what_was_taken_once_and_how_long_ago)
{
    struct token_share share = { 0 };
    struct token_claim claim;

    (void)token_share_take(&share, rate, 3, T0);
    (void)token_share_take(&share, rate, 1, T0 + NS_PER_MS);
    cr_expect_not(
        token_share_take(&share, rate, 80, T0 + 2 * NS_PER_MS).admitted);
    claim = token_share_tell(&share, rate, T0 + 5 * NS_PER_MS);
    cr_expect_eq(claim.owed_us, 4 * NS_PER_TOKEN / NS_PER_US);
    cr_expect_eq(claim.age_us, 5000);
    cr_expect_eq(claim.whole_us, 80 * NS_PER_TOKEN / NS_PER_US);
    cr_expect_eq(token_share_tell(&share, rate, T0 + NS_PER_S).owed_us, 0);
}

Test(token_share, knows_what_others_took_when_it_was_told)
{
    struct ledger ledger = { .ahead_us = 77 * NS_PER_S };
    struct token_share one = { 0 }, other = { 0 };
    struct token_verdict v;

    cr_expect_eq(take_all(&one, T0), 80);
    tell(&one, &ledger, T0);
    v = token_share_take(&other, rate, 1, T0);
    cr_expect_eq(v.remaining, 79, "it cannot know yet");
    tell(&other, &ledger, T0);
    v = token_share_take(&other, rate, 1, T0);
    cr_expect_not(v.admitted);
    cr_expect_eq(v.remaining, 0);
    cr_expect_not(token_share_take(&other, rate, 1, T0 + NS_PER_TOKEN).admitted,
                  "one was taken too much");
    cr_expect(
        token_share_take(&other, rate, 1, T0 + 2 * NS_PER_TOKEN).admitted);
}

Test(token_share, keeps_what_was_taken_while_the_answer_was_on_its_way)
{
    struct ledger ledger = { .full_at_us = 0 };
    struct token_share share = { 0 };
    struct token_claim claim;

    (void)token_share_take(&share, rate, 10, T0);
    claim = token_share_tell(&share, rate, T0);
    (void)token_share_take(&share, rate, 20, T0);
    token_share_hear(&share, settle(&ledger, claim, T0), T0);
    cr_expect_eq(token_share_take(&share, rate, 0, T0).remaining, 50);
    cr_expect_eq(token_share_tell(&share, rate, T0).owed_us,
                 20 * NS_PER_TOKEN / NS_PER_US);
}

Test(token_share, gives_nothing_back_to_a_ledger_that_forgot)
{
    struct ledger ledger = { .full_at_us = 0 };
    struct token_share share = { 0 };

    (void)token_share_take(&share, rate, 60, T0);
    tell(&share, &ledger, T0);
    ledger.full_at_us = 0;
    (void)token_share_take(&share, rate, 1, T0);
    tell(&share, &ledger, T0);
    cr_expect_eq(token_share_take(&share, rate, 0, T0).remaining, 19);
}

Test(token_share, alone_is_as_if_nobody_shared)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct chance chance = { seed };
        struct ledger ledger = { .ahead_us = seed * 1000 };
        struct token_share share = { 0 };
        struct token_bucket alone = { 0 };
        uint64_t now_ns = T0;

        for (int i = 0; i < 2000; i++) {
            uint32_t cost = (uint32_t)chance_below(&chance, 20);
            struct token_verdict a, b;

            now_ns += chance_below(&chance, NS_PER_S) / NS_PER_US * NS_PER_US;
            a = token_share_take(&share, rate, cost, now_ns);
            b = token_bucket_take(&alone, rate, cost, now_ns);
            cr_assert_eq(a.admitted, b.admitted);
            cr_assert_eq(a.remaining, b.remaining);
            if (chance_below(&chance, 3) == 0)
                tell(&share, &ledger, now_ns);
        }
    }
}

enum {
    PROCESSES = 5,
    STEPS = 20000,
    STEP_NS = 3 * NS_PER_MS,
    SETTLE_STEPS = 17
};

/*
 * Greedy callers at all of them: a moment may bring more than one bucket, by
 * what each could take in the dark; all of the time no more than that and the
 * rate.
 */
Test(token_share, together_gives_the_rate_of_one_bucket)
{
    struct ledger ledger = { .full_at_us = 0 };
    struct token_share shares[PROCESSES] = { 0 };
    struct chance chance = { 11 };
    unsigned admitted = 0;
    uint64_t now_ns = T0, bound;

    for (int step = 0; step < STEPS; step++, now_ns += STEP_NS)
        for (int i = 0; i < PROCESSES; i++) {
            admitted += token_share_take(&shares[i], rate, 1, now_ns).admitted;
            if (token_share_is_due(&shares[i], rate) ||
                chance_below(&chance, SETTLE_STEPS) == 0)
                tell(&shares[i], &ledger, now_ns);
        }
    bound = rate.burst + (uint64_t)STEPS * STEP_NS / NS_PER_TOKEN;
    cr_expect_leq(admitted, bound + PROCESSES * (rate.burst / 8));
    cr_expect_geq(admitted, bound - rate.burst / 8, "and no less");
}
