/* SPDX-License-Identifier: MIT */
#include "store/freshness.h"

#include "base/clock.h"

#include <criterion/criterion.h>

TestSuite(freshness);

static uint64_t now;

static uint64_t read_now(void)
{
    return now;
}

static struct freshness make(void)
{
    struct freshness freshness;

    freshness_init(&freshness);
    freshness.now_ns = read_now;
    now = 1000 * NS_PER_S;
    return freshness;
}

static bool holds(const struct freshness *freshness, uint64_t stamp)
{
    return freshness_holds(freshness, stamp, now);
}

Test(freshness, nothing_holds_without_a_lease)
{
    struct freshness f = make();
    uint64_t stamp = freshness_note(&f, freshness_newest(&f), 5);

    cr_expect_not(holds(&f, stamp));
}

Test(freshness, what_is_of_the_newest_generation_holds_until_the_lease_ends)
{
    struct freshness f = make();
    uint64_t stamp = freshness_note(&f, freshness_newest(&f), 5);

    freshness_lease(&f, now + 10);
    cr_expect(holds(&f, stamp));
    now += 9;
    cr_expect(holds(&f, stamp));
    now += 1;
    cr_expect_not(holds(&f, stamp));
}

Test(freshness, a_newer_generation_makes_all_before_it_old)
{
    struct freshness f = make();
    uint64_t asked = freshness_newest(&f);
    uint64_t old = freshness_note(&f, asked, 5);
    uint64_t newer = freshness_note(&f, asked, 6);

    freshness_lease(&f, now + 10);
    cr_expect_not(holds(&f, old));
    cr_expect(holds(&f, newer));
}

Test(freshness, an_answer_that_comes_late_is_old_and_changes_nothing)
{
    struct freshness f = make();
    uint64_t asked = freshness_newest(&f);
    uint64_t newest = freshness_note(&f, asked, 6);
    uint64_t late = freshness_note(&f, asked, 5);

    freshness_lease(&f, now + 10);
    cr_expect_not(holds(&f, late));
    cr_expect_eq(freshness_newest(&f), newest);
}

Test(freshness, in_a_new_era_lower_generations_are_the_newer_ones)
{
    struct freshness f = make();
    uint64_t asked = freshness_newest(&f);
    uint64_t old = freshness_note(&f, asked, 500), stamp;

    freshness_lease(&f, now + 10);
    freshness_forget(&f);
    cr_expect_not(holds(&f, old));
    cr_expect_not(holds(&f, freshness_note(&f, asked, 501)),
                  "it was asked for before");
    stamp = freshness_note(&f, freshness_newest(&f), 3);
    cr_expect(holds(&f, stamp));
    cr_expect_eq(freshness_generation(stamp), 3);
}

Test(freshness, who_joins_has_no_lease_and_knows_nothing)
{
    struct freshness f = make();
    uint64_t old = freshness_note(&f, freshness_newest(&f), 5);

    freshness_lease(&f, now + 1000);
    freshness_join(&f);
    cr_expect_not(holds(&f, old));
    cr_expect_not(holds(&f, freshness_note(&f, freshness_newest(&f), 6)));
}

Test(freshness, it_has_settled_when_all_older_leases_are_over)
{
    struct freshness f = make();

    cr_expect_not(freshness_has_settled(&f), "it is in no table");
    freshness_join(&f);
    cr_expect_not(freshness_has_settled(&f));
    now += RIGHTS_LEASE_MS * NS_PER_MS;
    cr_expect_not(freshness_has_settled(&f));
    now += (RIGHTS_SETTLE_MS - RIGHTS_LEASE_MS) * NS_PER_MS;
    cr_expect(freshness_has_settled(&f));
    freshness_join(&f);
    cr_expect_not(freshness_has_settled(&f), "it came anew");
}

Test(freshness, a_generation_is_a_number_that_fits)
{
    uint64_t generation;

    cr_expect(generation_read(TEXT("17592186044415"), &generation));
    cr_expect_eq(generation, (UINT64_C(1) << 44) - 1);
    cr_expect_not(generation_read(TEXT("17592186044416"), &generation));
    cr_expect_not(generation_read(TEXT("-1"), &generation));
    cr_expect_not(generation_read(TEXT(""), &generation));
    cr_expect_not(generation_read(TEXT_NULL, &generation));
}

Test(freshness, each_process_is_another)
{
    struct freshness a = make(), b = make();

    cr_expect_str_neq(a.id, b.id);
}
