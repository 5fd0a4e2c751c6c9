/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <criterion/criterion.h>

Test(text, cuts_into_pieces_with_the_empty_ones)
{
    struct text rest = TEXT("a,,b"), piece;

    cr_assert(text_cut(&rest, ',', &piece));
    cr_expect(text_is(piece, "a"));
    cr_assert(text_cut(&rest, ',', &piece));
    cr_expect(text_is(piece, ""));
    cr_assert(text_cut(&rest, ',', &piece));
    cr_expect(text_is(piece, "b"));
    cr_expect_not(text_cut(&rest, ',', &piece));
}

Test(text, cuts_a_separator_at_the_end_into_a_last_empty_piece)
{
    struct text rest = TEXT("a,"), piece;

    cr_assert(text_cut(&rest, ',', &piece));
    cr_assert(text_cut(&rest, ',', &piece));
    cr_expect_eq(piece.len, 0);
    cr_expect_not(text_cut(&rest, ',', &piece));
}

Test(text, reads_the_whole_range_of_integers)
{
    int64_t value;

    cr_assert(text_to_int64(TEXT("9223372036854775807"), &value));
    cr_expect_eq(value, INT64_MAX);
    cr_assert(text_to_int64(TEXT("-9223372036854775808"), &value));
    cr_expect_eq(value, INT64_MIN);
    cr_assert(text_to_int64(TEXT("007"), &value));
    cr_expect_eq(value, 7);
}

Test(text, refuses_what_is_no_whole_integer)
{
    const char *const wrong[] = { "",
                                  "-",
                                  "+1",
                                  " 1",
                                  "1 ",
                                  "1a",
                                  "--1",
                                  "0x1",
                                  "1.0",
                                  "9223372036854775808",
                                  "-9223372036854775809" };
    int64_t value;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        cr_expect_not(text_to_int64(text_of(wrong[i]), &value), "\"%s\"",
                      wrong[i]);
}

Test(text, knows_valid_utf8)
{
    cr_expect(text_is_utf8(TEXT("")));
    cr_expect(text_is_utf8(TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")));
    cr_expect(text_is_utf8(TEXT("\xEF\xBF\xBF\xF4\x8F\xBF\xBF")));
    cr_expect_eq(text_code_points(TEXT("a\xC3\xA9\xF0\x9F\x98\x80")), 3);
}

Test(text, refuses_overlong_surrogate_cut_and_too_high_utf8)
{
    const char *const wrong[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF", "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xC3",     "\xE2\x82",
        "\xE2\x28\xA1", "\xF4\x90\x80\x80", "\xFF",     "\xF0\x9F\x98"
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        cr_expect_not(text_is_utf8(text_of(wrong[i])), "row %zu", i);
}

Test(text, folds_only_ascii_case)
{
    cr_expect(
        text_equal_nocase(TEXT("Content-LENGTH"), TEXT("content-length")));
    cr_expect_not(text_equal_nocase(TEXT("a["), TEXT("a{")));
    cr_expect_not(text_equal_nocase(TEXT("a"), TEXT("ab")));
}

Test(text, tells_absent_from_empty)
{
    cr_expect(text_is_null(text_of(NULL)));
    cr_expect_not(text_is_null(TEXT("")));
    cr_expect(text_is(text_trim(TEXT(" \t ")), ""));
    cr_expect_eq(text_find(TEXT_NULL, 'a'), -1);
}

Test(text, tells_the_bytes_of_the_first_character)
{
    cr_expect_eq(text_sequence(TEXT("")), 0);
    cr_expect_eq(text_sequence(TEXT("ab")), 1);
    cr_expect_eq(text_sequence(TEXT("\xE2\x82\xAC")), 3);
    cr_expect_eq(text_sequence(TEXT("\xE2\x82")), 0);
}

Test(text, a_label_is_cut_between_code_points)
{
    char name[LABEL_BYTES + 2];

    cr_expect_str_eq(text_label(TEXT("")).at, "");
    cr_expect_str_eq(text_label(TEXT("n\xc3\xa4")).at, "n\xc3\xa4");
    memset(name, 'a', sizeof(name));
    memcpy(name + LABEL_BYTES - 2, "\xc3\xa4", 2);
    cr_expect_eq(strlen(text_label(text_from(name, sizeof(name))).at),
                 LABEL_BYTES - 2);
}
