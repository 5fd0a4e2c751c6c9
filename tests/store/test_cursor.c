/* SPDX-License-Identifier: MIT */
#include "store/cursor.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct mac_key key;

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
    key = mac_key_derive(TEXT("a secret of the tests"), "cursor");
}

static void tear_down(void)
{
    arena_fini(&arena);
}

TestSuite(cursor, .init = set_up, .fini = tear_down);

static struct cursor some_cursor(void)
{
    struct cursor cursor = { .backward = true, .position = 75, .count = 3 };

    cursor_set(&cursor, 0, TEXT("2025-01-03"), false);
    cursor_set(&cursor, 1, TEXT_NULL, true);
    cursor_set(&cursor, 2, TEXT("019aa3fe-04c6-70c5-8000-000000000000"), false);
    return cursor;
}

static struct text sealed(const struct cursor *cursor, uint64_t query)
{
    struct text text = TEXT_NULL;

    cr_assert_eq(cursor_seal(cursor, &key, query, &arena, &text), 0);
    return text;
}

Test(cursor, comes_back_as_it_was)
{
    struct cursor before = some_cursor(), after;
    struct text text = sealed(&before, 7);

    cr_assert_eq(cursor_open(text, &key, 7, &arena, NULL, &after), 0);
    cr_expect(after.backward);
    cr_expect_eq(after.position, 75);
    cr_assert_eq(after.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        cr_expect(text_equal(after.values[i].text, before.values[i].text));
        cr_expect_eq(text_is_null(after.values[i].text), i == 1);
        cr_expect_not(after.values[i].cut);
    }
}

Test(cursor, tells_empty_text_from_null)
{
    struct cursor cursor = { .count = 1 }, after;

    cursor_set(&cursor, 0, TEXT(""), true);
    cr_assert_eq(cursor_open(sealed(&cursor, 7), &key, 7, &arena, NULL, &after),
                 0);
    cr_expect_not(text_is_null(after.values[0].text));
}

Test(cursor, belongs_to_one_query)
{
    struct cursor cursor = some_cursor();

    cr_expect_eq(
        cursor_open(sealed(&cursor, 7), &key, 8, &arena, NULL, &cursor),
        -ERR_CURSOR_MISMATCH);
}

Test(cursor, is_none_when_any_byte_was_changed)
{
    struct cursor cursor = some_cursor(), after;
    struct text text = sealed(&cursor, 7);
    char *copy = arena_copy(&arena, text);

    for (size_t i = 0; i < text.len; i++) {
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        cr_expect_eq(cursor_open(text_from(copy, text.len), &key, 7, &arena,
                                 NULL, &after),
                     -ERR_INVALID_CURSOR, "byte %zu", i);
        copy[i] = text.at[i];
    }
}

Test(cursor, is_none_when_it_was_cut_or_made_up)
{
    struct cursor cursor = some_cursor(), after;
    struct text text = sealed(&cursor, 7);

    for (size_t len = 0; len < text.len; len++)
        cr_expect_eq(
            cursor_open(text_from(text.at, len), &key, 7, &arena, NULL, &after),
            -ERR_INVALID_CURSOR, "%zu bytes", len);
    cr_expect_eq(cursor_open(TEXT("!"), &key, 7, &arena, NULL, &after),
                 -ERR_INVALID_CURSOR);
}

Test(cursor, is_none_under_another_key)
{
    struct mac_key other = mac_key_derive(TEXT("another"), "cursor");
    struct cursor cursor = some_cursor();

    cr_expect_eq(
        cursor_open(sealed(&cursor, 7), &other, 7, &arena, NULL, &cursor),
        -ERR_INVALID_CURSOR);
}

Test(cursor, keeps_a_long_text_short)
{
    struct cursor cursor = { .count = 1 };
    char text[3 * 300];

    for (size_t i = 0; i < sizeof(text); i += 3)
        memcpy(text + i, "€", 3);
    cursor_set(&cursor, 0, text_from(text, sizeof(text)), true);
    cr_expect(cursor.values[0].cut);
    cr_expect_leq(cursor.values[0].text.len, CURSOR_TEXT_MAX);
    cr_expect(text_is_utf8(cursor.values[0].text), "cut between code points");
    cursor_set(&cursor, 0, text_from(text, CURSOR_TEXT_MAX), true);
    cr_expect_not(cursor.values[0].cut);
}

Test(cursor, fits_a_request_line_at_its_longest)
{
    struct cursor cursor = { .count = LISTING_KEYS_MAX };
    char text[3000];

    memset(text, 'x', sizeof(text));
    for (unsigned i = 0; i < LISTING_KEYS_MAX; i++)
        cursor_set(&cursor, i, text_from(text, sizeof(text)), true);
    cr_expect_lt(sealed(&cursor, 7).len, 4000);
}
