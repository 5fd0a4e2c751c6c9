/* SPDX-License-Identifier: MIT */
#include "http/limits.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <pthread.h>

enum { THREADS = 4, TRIES = 500 };

static struct limits *make_so(uint32_t burst, bool shared)
{
    struct token_rate rates[LIMIT_KINDS] = { 0 };

    rates[LIMIT_ADDRESS] = token_rate_of(burst, 60);
    return limits_new(rates, shared);
}

static struct limits *make(uint32_t burst)
{
    return make_so(burst, false);
}

Test(limits, each_name_has_a_bucket_of_its_own)
{
    struct limits *limits = make(2);

    cr_expect(limits_take(limits, LIMIT_ADDRESS, TEXT("a"), 1).admitted);
    cr_expect(limits_take(limits, LIMIT_ADDRESS, TEXT("a"), 1).admitted);
    cr_expect_not(limits_take(limits, LIMIT_ADDRESS, TEXT("a"), 1).admitted);
    cr_expect(limits_take(limits, LIMIT_ADDRESS, TEXT("b"), 1).admitted);
    cr_expect(limits_take(limits, LIMIT_ADDRESS, TEXT("a"), 1 + 30 * NS_PER_S)
                  .admitted);
    limits_free(&limits);
}

Test(limits, a_look_takes_nothing)
{
    struct limits *limits = make(1);

    for (int i = 0; i < 3; i++)
        cr_expect(limits_look(limits, LIMIT_ADDRESS, TEXT("a"), 1).admitted);
    cr_expect(limits_take(limits, LIMIT_ADDRESS, TEXT("a"), 1).admitted);
    cr_expect_not(limits_look(limits, LIMIT_ADDRESS, TEXT("a"), 1).admitted);
    cr_expect_eq(limits_look(limits, LIMIT_ADDRESS, TEXT("a"), 1).retry_after_s,
                 60);
    limits_free(&limits);
}

Test(limits, what_has_no_rate_is_not_limited)
{
    struct limits *limits = make(1);

    cr_expect_not_null(limits_rate(limits, LIMIT_ADDRESS));
    cr_expect_null(limits_rate(limits, LIMIT_CALLER));
    cr_expect_null(limits_rate(NULL, LIMIT_ADDRESS));
    limits_free(&limits);
    cr_expect_null(limits);
    limits_free(&limits);
}

static void *take_many(void *limits)
{
    size_t admitted = 0;

    for (int i = 0; i < TRIES; i++)
        admitted +=
            limits_take(limits, LIMIT_ADDRESS, TEXT("192.0.2.1"), 1).admitted;
    return (void *)admitted;
}

Test(limits, a_client_of_several_loops_gets_its_limit_once_and_whole)
{
    struct limits *limits = make(THREADS * TRIES / 2);
    pthread_t threads[THREADS];
    size_t admitted = 0;

    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, take_many, limits), 0);
    for (int i = 0; i < THREADS; i++) {
        void *part;

        pthread_join(threads[i], &part);
        admitted += (size_t)part;
    }
    cr_expect_eq(admitted, THREADS * TRIES / 2);
    limits_free(&limits);
}

/* --- with other processes ------------------------------------------------- */

static void count_calls(void *arg)
{
    ++*(unsigned *)arg;
}

static bool take(struct limits *limits, const char *name)
{
    return limits_take(limits, LIMIT_ADDRESS, text_of(name), 1).admitted;
}

Test(limits, what_was_taken_is_claimed_once_under_a_key_that_tells_names_apart)
{
    struct limits *limits = make_so(16, true);
    struct limits_claim claims[8];

    cr_expect(limits_are_shared(limits));
    cr_expect(take(limits, "a") && take(limits, "a") && take(limits, "b"));
    cr_expect(limits_look(limits, LIMIT_ADDRESS, TEXT("c"), 1).admitted);
    cr_assert_eq(limits_claim(limits, 1, claims, 8), 2);
    cr_expect(claims[0].key_len != claims[1].key_len ||
              memcmp(claims[0].key, claims[1].key, claims[0].key_len) != 0);
    cr_expect_eq(claims[0].told.owed_us + claims[1].told.owed_us,
                 claims[0].told.whole_us / 16 * 3);
    cr_expect_eq(limits_claim(limits, 1, claims, 8), 0);
    limits_free(&limits);
}

Test(limits, more_claims_than_fit_come_with_the_next)
{
    struct limits *limits = make_so(16, true);
    struct limits_claim claims[8];
    char name[2] = "a";
    unsigned all = 0, count;

    for (; name[0] <= 'z'; name[0]++)
        cr_expect(take(limits, name));
    while ((count = limits_claim(limits, 1, claims, 8)) > 0)
        all += count;
    cr_expect_eq(all, 'z' - 'a' + 1);
    limits_free(&limits);
}

Test(limits, what_others_took_is_taken)
{
    struct limits *limits = make_so(16, true);
    struct limits_claim claim;

    cr_expect(take(limits, "a"));
    cr_assert_eq(limits_claim(limits, 1, &claim, 1), 1);
    limits_hear(limits, &claim, claim.told.whole_us, 1);
    cr_expect_not(take(limits, "a"));
    cr_expect(take(limits, "b"));
    limits_free(&limits);
}

Test(limits, who_listens_is_called_when_it_is_worth_it)
{
    struct limits *limits = make_so(16, true);
    struct limits_claim claim;
    unsigned calls = 0;

    limits_on_due(limits, count_calls, &calls);
    cr_expect(take(limits, "a"));
    cr_expect_eq(calls, 1, "somebody new");
    cr_assert_eq(limits_claim(limits, 1, &claim, 1), 1);
    cr_expect(take(limits, "a"));
    cr_expect_eq(calls, 1);
    cr_expect(take(limits, "a"));
    cr_expect_eq(calls, 2, "an eighth of it");
    limits_on_due(limits, NULL, NULL);
    cr_expect(take(limits, "b"));
    cr_expect_eq(calls, 2);
    limits_free(&limits);
}

Test(limits, without_others_nothing_is_kept_for_them)
{
    struct limits *limits = make(16);
    struct limits_claim claim;

    cr_expect_not(limits_are_shared(limits));
    cr_expect_not(limits_are_shared(NULL));
    cr_expect(take(limits, "a"));
    cr_expect_eq(limits_claim(limits, 1, &claim, 1), 0);
    limits_free(&limits);
}
