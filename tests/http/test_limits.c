/* SPDX-License-Identifier: MIT */
#include "http/limits.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <pthread.h>

enum { THREADS = 4, TRIES = 500 };

static struct limits *make(uint32_t burst)
{
    struct token_rate rates[LIMIT_KINDS] = { 0 };

    rates[LIMIT_ADDRESS] = token_rate_of(burst, 60);
    return limits_new(rates);
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
