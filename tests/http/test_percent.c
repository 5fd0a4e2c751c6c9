/* SPDX-License-Identifier: MIT */
#include "http/percent.h"

#include "base/buffer.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct diag diag;

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
    diag_init(&diag, &arena);
}

static void tear_down(void)
{
    arena_fini(&arena);
}

TestSuite(percent, .init = set_up, .fini = tear_down);

Test(percent, decodes_each_byte_once)
{
    struct text t;

    cr_assert_eq(percent_decode(TEXT("%41%c3%A9+%2b"), true, &arena, &t), 0);
    cr_expect(text_is(t, "Aé +"));
    cr_assert_eq(percent_decode(TEXT("a+%2541"), false, &arena, &t), 0);
    cr_expect(text_is(t, "a+%41"));
}

Test(percent, refuses_what_no_text_can_hold)
{
    struct text t;

    cr_expect_lt(percent_decode(TEXT("%"), true, &arena, &t), 0);
    cr_expect_lt(percent_decode(TEXT("%1"), true, &arena, &t), 0);
    cr_expect_lt(percent_decode(TEXT("%g1"), true, &arena, &t), 0);
    cr_expect_lt(percent_decode(TEXT("%00"), true, &arena, &t), 0);
    cr_expect_lt(percent_decode(TEXT("%41\0"), true, &arena, &t), 0);
    cr_expect_lt(percent_decode(TEXT("%ED%A0%80"), true, &arena, &t), 0,
                 "a surrogate");
}

Test(percent, encodes_all_but_the_unreserved)
{
    CLEANUP(buffer_fini) struct buffer out;

    buffer_init(&out, 1000);
    percent_encode(&out, TEXT("az-._~ &=é"));
    cr_expect(text_is(buffer_text(&out), "az-._~%20%26%3D%C3%A9"));
}

Test(percent, parameters_keep_their_order_and_repetitions)
{
    struct parameters p;

    cr_assert_eq(
        parameters_parse(TEXT("b=1&a=x%26y&&b=2&c&d=e=f"), &arena, &diag, &p),
        0);
    cr_assert_eq(p.count, 5);
    cr_expect(text_is(p.items[1].value, "x&y"));
    cr_expect(text_is(p.items[2].name, "b"));
    cr_expect(text_is(p.items[3].value, ""), "no value is an empty one");
    cr_expect(text_is(p.items[4].value, "e=f"));
    cr_expect(text_is(parameters_find(&p, "b"), "1"));
    cr_expect(text_is_null(parameters_find(&p, "z")));
}

Test(percent, parameters_are_limited_in_number)
{
    CLEANUP(buffer_fini) struct buffer query;
    struct parameters p;

    buffer_init(&query, 10000);
    for (int i = 0; i < PARAMETERS_MAX; i++)
        buffer_add_string(&query, "a=1&");
    query.len--; /* without the last '&' */
    cr_expect_eq(parameters_parse(buffer_text(&query), &arena, &diag, &p), 0);
    buffer_add_string(&query, "&a=1");
    cr_expect_eq(parameters_parse(buffer_text(&query), &arena, &diag, &p),
                 -ERR_INVALID_PARAMETER);
}
