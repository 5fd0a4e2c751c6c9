/* SPDX-License-Identifier: MIT */
#include "http/prefer.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct preferences preferences;
static char applied[200];

/* Up to two fields; the status of reading them. */
static int read_both(const char *one, const char *two)
{
    struct header headers[] = { { TEXT("Prefer"), text_of(one) },
                                { TEXT("prefer"), text_of(two ? two : "") } };
    struct request request = { .headers = headers,
                               .header_count = two ? 2 : 1 };
    int r;

    arena_init(&request.arena, 4096);
    diag_init(&request.diag, &request.arena);
    r = preferences_parse(&request, PREFER_RETURN | PREFER_COUNT, &preferences);
    snprintf(applied, sizeof(applied), "%s",
             preferences.applied ? preferences.applied : "");
    arena_fini(&request.arena);
    return r;
}

Test(prefer, what_is_known_is_followed_and_told)
{
    cr_expect_eq(read_both("return=minimal, count=exact", NULL), 0);
    cr_expect(preferences.minimal);
    cr_expect_eq(preferences.count, PREFER_COUNT_EXACT);
    cr_expect_str_eq(applied, "return=minimal, count=exact");
    cr_expect_eq(read_both("respond-async, wait=10", NULL), 0);
    cr_expect_str_eq(applied, "");
}

Test(prefer, of_one_that_is_given_twice_the_first_counts)
{
    cr_expect_eq(read_both("count=exact, count=none", NULL), 0);
    cr_expect_eq(preferences.count, PREFER_COUNT_EXACT);
    cr_expect_str_eq(applied, "count=exact");
    cr_expect_eq(read_both("return=representation", "return=minimal"), 0);
    cr_expect_not(preferences.minimal);
    cr_expect_str_eq(applied, "return=representation");
    cr_expect_eq(read_both("count=guess, count=exact", NULL), 0);
    cr_expect_eq(preferences.count, PREFER_COUNT_DEFAULT);
    cr_expect_eq(read_both("handling=lenient, handling=strict, x", NULL), 0);
}

Test(prefer, values_may_have_quotes_space_and_parameters)
{
    cr_expect_eq(
        read_both("Return = \"minimal\" ; x=\"y\",, COUNT=Exact", NULL), 0);
    cr_expect(preferences.minimal);
    cr_expect_str_eq(applied, "return=minimal, count=exact");
}

Test(prefer, a_strict_client_hears_of_what_is_unknown)
{
    cr_expect_eq(read_both("handling=strict, return=minimal", NULL), 0);
    cr_expect_eq(read_both("speed=high", "handling=strict"),
                 -ERR_INVALID_HEADER);
    cr_expect_eq(read_both("handling=strict, count=guess", NULL),
                 -ERR_INVALID_HEADER);
    cr_expect_eq(read_both("handling=strict, minimal", NULL),
                 -ERR_INVALID_HEADER);
}
