/* SPDX-License-Identifier: MIT */
#include "store/window.h"

#include "asked.h"

static int parse(const char *query, struct window *window)
{
    static struct asked_for asked;

    arena_fini(&asked.arena);
    arena_init(&asked.arena, 1 << 20);
    diag_init(&asked.diag, &asked.arena);
    split_query(&asked, query);
    return window_parse(&asked.parameters, 200, &asked.diag, window);
}

Test(window, goes_on_in_pages_of_what_may_be_asked_for)
{
    struct window window;

    cr_assert_eq(parse("", &window), 0);
    cr_expect_eq(window.page, 200);
    cr_assert_eq(parse("limit=30", &window), 0);
    cr_expect_eq(window.page, 30);
}

Test(window, is_the_whole_list_unless_told)
{
    struct window window;

    cr_assert_eq(parse("", &window), 0);
    cr_expect_eq(window.limit, WINDOW_WHOLE);
    cr_expect_eq(window.offset, 0);
    cr_assert_eq(parse("offset=7", &window), 0);
    cr_expect_eq(window.limit, WINDOW_WHOLE);
    cr_expect_eq(window.offset, 7);
    cr_assert_eq(parse("limit=200&offset=0", &window), 0);
    cr_expect_eq(window.limit, 200);
}

Test(window, knows_limit_and_offset_only_and_each_once)
{
    static const char *const bad[] = { "limit=0",    "limit=201",
                                       "limit=x",    "limit=",
                                       "offset=-1",  "offset=1e3",
                                       "cursor=abc", "limit=1&limit=1",
                                       "sort=key",   "offset=0&offset=1" };
    struct window window;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        cr_expect_eq(parse(bad[i], &window), -ERR_INVALID_PARAMETER, "%s",
                     bad[i]);
}
