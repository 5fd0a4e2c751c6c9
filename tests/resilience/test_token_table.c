/* SPDX-License-Identifier: MIT */
#include "resilience/token_table.h"

#include "base/clock.h"
#include "resilience/random.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct text name(unsigned number)
{
    static char at[32];

    snprintf(at, sizeof(at), "caller-%u", number);
    return text_of(at);
}

/* What was written into it stays with its name. */
static uint64_t *mark(struct token_table *table, unsigned number)
{
    return &token_table_get(table, name(number))->bucket.full_at_ns;
}

Test(token_table, keeps_a_bucket_for_each_name)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(1000, 42);

    for (unsigned i = 0; i < 1000; i++)
        *mark(table, i) = i + 1;
    for (unsigned i = 0; i < 1000; i++)
        cr_expect_eq(*mark(table, i), i + 1);
    cr_expect_eq(token_table_count(table), 1000);
}

Test(token_table, gives_the_place_of_whoever_was_not_seen_for_longest)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(3, 42);

    for (unsigned i = 1; i <= 3; i++)
        *mark(table, i) = i;
    cr_expect_eq(*mark(table, 1), 1, "seen again");
    cr_expect_eq(*mark(table, 4), 0, "new, and full");
    cr_expect_eq(*mark(table, 3), 3);
    cr_expect_eq(*mark(table, 1), 1);
    cr_expect_eq(*mark(table, 2), 0, "this one went");
    cr_expect_eq(token_table_count(table), 3);
}

Test(token_table, tells_long_names_apart_by_their_beginning_and_length)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(8, 42);
    char a[200], b[200];

    memset(a, 'x', sizeof(a));
    memset(b, 'x', sizeof(b));
    b[TOKEN_KEY_BYTES - 1] = 'y';
    token_table_get(table, text_from(a, sizeof(a)))->bucket.full_at_ns = 7;
    cr_expect_eq(
        token_table_get(table, text_from(b, sizeof(b)))->bucket.full_at_ns, 0);
    cr_expect_eq(token_table_get(table, text_from(a, 199))->bucket.full_at_ns,
                 0);
    cr_expect_eq(token_table_get(table, text_from(a, 200))->bucket.full_at_ns,
                 7);
    cr_expect_eq(token_table_get(table, TEXT(""))->bucket.full_at_ns, 0);
}

static struct text next(struct token_table *table, struct token_place *place)
{
    struct text name = TEXT_NULL;
    size_t len = 0;

    return token_table_next(table, place, &name, &len) ? name : TEXT_NULL;
}

Test(token_table, has_what_is_to_be_told_in_line_once_each)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(4, 42);
    struct token_place place;

    token_table_queue(table, token_table_get(table, TEXT("a")));
    token_table_queue(table, token_table_get(table, TEXT("b")));
    token_table_queue(table, token_table_get(table, TEXT("a")));
    cr_expect(text_is(next(table, &place), "a"));
    cr_expect_eq(token_table_at(table, place),
                 token_table_get(table, TEXT("a")));
    cr_expect(text_is(next(table, &place), "b"));
    cr_expect(text_is_null(next(table, &place)));
}

Test(token_table, knows_a_place_only_for_whom_it_was)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(1, 42);
    struct token_place place;

    token_table_queue(table, token_table_get(table, TEXT("a")));
    cr_expect(text_is(next(table, &place), "a"));
    token_table_queue(table, token_table_get(table, TEXT("a")));
    (void)token_table_get(table, TEXT("b"));
    cr_expect_null(token_table_at(table, place), "it is another's now");
    cr_expect(text_is_null(next(table, &place)), "and the line knows");
    (void)token_table_get(table, TEXT("a"));
    cr_expect_null(token_table_at(table, place), "also of the same name");
}

Test(token_table, tells_what_it_kept_of_a_long_name_and_its_length)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(1, 42);
    struct token_place place;
    struct text name;
    char at[200];
    size_t len;

    memset(at, 'x', sizeof(at));
    token_table_queue(table, token_table_get(table, text_from(at, sizeof(at))));
    cr_assert_not_null(token_table_next(table, &place, &name, &len));
    cr_expect_eq(name.len, TOKEN_KEY_BYTES);
    cr_expect_eq(len, sizeof(at));
}

enum { NAMES = 64, ROOM = 16 };

Test(token_table, forgets_as_a_list_ordered_by_use_would)
{
    CLEANUP(token_table_free)
    struct token_table *table = token_table_new(ROOM, 4711);
    uint64_t used_at[NAMES] = { 0 };
    struct chance chance = { 3 };

    for (uint64_t step = 1; step <= 20000; step++) {
        unsigned who = (unsigned)chance_below(&chance, NAMES);
        unsigned later = 0;

        for (unsigned i = 0; i < NAMES; i++)
            later += used_at[i] > used_at[who];
        cr_assert_eq(*mark(table, who),
                     later < ROOM && used_at[who] ? who + 1 : 0);
        *mark(table, who) = who + 1;
        used_at[who] = step;
    }
}
