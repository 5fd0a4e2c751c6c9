/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <criterion/criterion.h>

Test(arena, gives_nothing_past_its_limit_and_stays_usable)
{
    struct arena arena;

    arena_init(&arena, 10000);
    cr_expect_not_null(arena_take(&arena, 9000));
    cr_expect_null(arena_take(&arena, 2000), "only 1,000 bytes are left");
    cr_expect_not_null(arena_take(&arena, 500));
    arena_fini(&arena);
}

Test(arena, keeps_its_first_block_over_a_reset)
{
    struct arena arena;
    void *first;

    arena_init(&arena, 1 << 20);
    first = arena_take(&arena, 100);
    cr_assert_not_null(arena_take(&arena, 100000));
    arena_reset(&arena);
    cr_expect_eq(arena_take(&arena, 100), first);
    arena_fini(&arena);
}

Test(arena, formats_text_of_any_length)
{
    struct arena arena;
    const char *made;

    arena_init(&arena, 1 << 20);
    made = arena_format(&arena, "%0*d", 6000, 7);
    cr_assert_not_null(made);
    cr_expect_eq(strlen(made), 6000);
    arena_fini(&arena);
}
