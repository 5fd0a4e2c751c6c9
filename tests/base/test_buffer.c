/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"
#include "base/memory.h"

#include <criterion/criterion.h>

Test(buffer, writes_nothing_past_its_limit_and_says_so)
{
    CLEANUP(buffer_fini) struct buffer b;

    buffer_init(&b, 5);
    buffer_add_string(&b, "abc");
    cr_expect_not(buffer_overflown(&b));
    buffer_add_string(&b, "def");
    cr_expect(buffer_overflown(&b));
    buffer_add_string(&b, "gh");
    cr_expect(text_is(buffer_text(&b), "abcgh"), "the limit itself fits");
    buffer_clear(&b);
    cr_expect_not(buffer_overflown(&b));
}

Test(buffer, writes_integers_to_both_ends)
{
    CLEANUP(buffer_fini) struct buffer b;

    buffer_init(&b, 1000);
    buffer_add_int(&b, INT64_MIN);
    buffer_add_byte(&b, ' ');
    buffer_add_int(&b, 0);
    buffer_add_byte(&b, ' ');
    buffer_add_int(&b, INT64_MAX);
    cr_expect(
        text_is(buffer_text(&b), "-9223372036854775808 0 9223372036854775807"));
}

Test(buffer, drops_bytes_from_the_front)
{
    CLEANUP(buffer_fini) struct buffer b;

    buffer_init(&b, 1000);
    buffer_add_format(&b, "%s-%d", "abc", 7);
    buffer_consume(&b, 4);
    cr_expect(text_is(buffer_text(&b), "7"));
    buffer_consume(&b, 1);
    cr_expect(text_is(buffer_text(&b), ""));
}

Test(buffer, hands_its_bytes_over_once)
{
    struct buffer b;
    CLEANUP(memory_free) char *bytes = NULL;
    size_t len;

    buffer_init(&b, 1000);
    buffer_add_string(&b, "abc");
    bytes = buffer_release(&b, &len);
    cr_expect_eq(len, 3);
    cr_expect_eq(memcmp(bytes, "abc", 3), 0);
    cr_expect_null(buffer_release(&b, &len));
    cr_expect_eq(len, 0);
}
