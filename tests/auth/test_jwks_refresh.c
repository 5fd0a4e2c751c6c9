/* SPDX-License-Identifier: MIT */
#include "auth/jwks_refresh.h"

#include <criterion/criterion.h>

#define START    (1000 * NS_PER_S)
#define INTERVAL (300 * NS_PER_S)

static struct jwks_refresh refresh;

static void set_up(void)
{
    jwks_refresh_init(&refresh, INTERVAL, START);
}

TestSuite(jwks_refresh, .init = set_up);

static void fetched(bool ok, uint64_t now_ns)
{
    jwks_refresh_begin(&refresh);
    jwks_refresh_end(&refresh, ok, now_ns);
}

Test(jwks_refresh, is_due_at_the_start_and_then_once_an_interval)
{
    cr_expect(jwks_refresh_is_due(&refresh, START));
    fetched(true, START + 1);
    cr_expect_not(jwks_refresh_is_due(&refresh, START + INTERVAL));
    cr_expect(jwks_refresh_is_due(&refresh, START + 1 + INTERVAL));
    cr_expect_eq(jwks_refresh_next(&refresh).at_ns, START + 1 + INTERVAL);
}

Test(jwks_refresh, is_not_due_while_one_is_under_way)
{
    jwks_refresh_begin(&refresh);
    cr_expect_not(jwks_refresh_is_due(&refresh, START + 10 * INTERVAL));
    cr_expect_eq(jwks_refresh_next(&refresh).at_ns, DEADLINE_NEVER.at_ns);
}

Test(jwks_refresh, tries_again_after_5_s_doubling_to_the_interval)
{
    static const unsigned waits_s[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
    uint64_t now = START;

    for (size_t i = 0; i < ARRAY_LEN(waits_s); i++) {
        fetched(false, now);
        cr_expect_not(
            jwks_refresh_is_due(&refresh, now + waits_s[i] * NS_PER_S - 1));
        now += waits_s[i] * NS_PER_S;
        cr_expect(jwks_refresh_is_due(&refresh, now), "failure %zu", i + 1);
    }
    cr_expect_eq(refresh.failures, ARRAY_LEN(waits_s));
}

Test(jwks_refresh, waits_no_longer_than_the_interval_after_many_failures)
{
    for (int i = 0; i < 200; i++)
        fetched(false, START);
    cr_expect_eq(jwks_refresh_next(&refresh).at_ns, START + INTERVAL);
}

Test(jwks_refresh, forgets_failures_after_a_success)
{
    fetched(false, START);
    fetched(false, START);
    fetched(true, START);
    cr_expect_eq(refresh.failures, 0);
    cr_expect_eq(refresh.fetched_ns, START);
    fetched(false, START);
    cr_expect_eq(jwks_refresh_next(&refresh).at_ns, START + 5 * NS_PER_S);
    cr_expect_eq(refresh.fetched_ns, START, "the age of the keys we have");
}

Test(jwks_refresh, grants_an_unknown_key_one_fetch_a_minute)
{
    fetched(true, START);
    cr_expect_eq(jwks_refresh_ask(&refresh, START), JWKS_START);
    fetched(true, START + NS_PER_S);
    for (unsigned s = 1; s < 60; s++)
        cr_expect_eq(jwks_refresh_ask(&refresh, START + s * NS_PER_S),
                     JWKS_REFUSE);
    cr_expect_eq(jwks_refresh_ask(&refresh, START + 60 * NS_PER_S), JWKS_START);
}

Test(jwks_refresh, grants_no_more_when_the_fetch_failed)
{
    cr_expect_eq(jwks_refresh_ask(&refresh, START), JWKS_START);
    fetched(false, START);
    cr_expect_eq(jwks_refresh_ask(&refresh, START + 59 * NS_PER_S),
                 JWKS_REFUSE);
}

Test(jwks_refresh, has_unknown_keys_wait_for_the_fetch_under_way)
{
    jwks_refresh_begin(&refresh);
    cr_expect_eq(jwks_refresh_ask(&refresh, START), JWKS_JOIN);
    cr_expect_eq(jwks_refresh_ask(&refresh, START), JWKS_JOIN);
    jwks_refresh_end(&refresh, true, START + 1);
    cr_expect_eq(jwks_refresh_ask(&refresh, START + 2), JWKS_START,
                 "waiting used nothing up");
}
