/* SPDX-License-Identifier: MIT */
#include "base/escape.h"

#include <criterion/criterion.h>

static const char *escaped(struct text t)
{
    static char made[512];

    *escape_json(made, made + sizeof(made) - 1, t, NULL) = '\0';
    return made;
}

Test(escape, leaves_plain_text_and_valid_utf8_alone)
{
    cr_expect_str_eq(escaped(TEXT("Bill 7: caf\xC3\xA9 \xF0\x9F\x98\x80")),
                     "Bill 7: caf\xC3\xA9 \xF0\x9F\x98\x80");
}

Test(escape, escapes_whatever_could_break_a_line_or_a_terminal)
{
    cr_expect_str_eq(escaped(TEXT("a\"b\\c\n\r\t\b\f")),
                     "a\\\"b\\\\c\\n\\r\\t\\b\\f");
    cr_expect_str_eq(escaped(TEXT("\0\x1B[2J\x7F")),
                     "\\u0000\\u001b[2J\\u007f");
    cr_expect_str_eq(escaped(TEXT("\xC2\x85\xE2\x80\xA8\xE2\x80\xA9")),
                     "\\u0085\\u2028\\u2029");
}

Test(escape, replaces_each_byte_that_is_no_utf8)
{
    cr_expect_str_eq(escaped(TEXT("a\xFF\xE2\x82z")),
                     "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
}

Test(escape, stops_before_the_character_that_does_not_fit)
{
    char room[8] = "#######";
    size_t read;
    char *end = escape_json(room, room + 4, TEXT("ab\nc\xC3\xA9"), &read);

    cr_expect_eq(end - room, 4);
    cr_expect_eq(read, 3);
    cr_expect_eq(memcmp(room, "ab\\n###", 7), 0);
    end = escape_json(room, room + 3, TEXT("ab\nc"), &read);
    cr_expect_eq(end - room, 2, "half an escape is none");
    cr_expect_eq(read, 2);
}

Test(escape, finds_a_special_byte_at_every_place_of_a_word)
{
    const char special[] = "\"\\\n\x1F\x7F\xFF";

    for (size_t at = 0; at < 20; at++) {
        for (size_t i = 0; i < sizeof(special) - 1; i++) {
            char text[20], tail[20];

            memset(text, '~', sizeof(text));
            memset(tail, '~', sizeof(tail));
            text[at] = special[i];
            cr_expect_gt(strlen(escaped(text_from(text, 20))), 20);
            cr_expect_eq(memcmp(escaped(text_from(text, 20)), tail, at), 0);
            cr_expect(
                text_ends_with(text_of(escaped(text_from(text, 20))), "~") ||
                at == 19);
        }
    }
}
