/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "base/memory.h"

#include <criterion/criterion.h>

static const struct text HELLO = TEXT("head: hello");

Test(bytes, a_copy_outlives_what_it_was_made_of)
{
    char at[] = "hello";
    CLEANUP(bytes_unref) struct bytes *copy = bytes_copy(text_of(at));

    memset(at, 'x', sizeof(at));
    cr_expect(text_is(bytes_text(copy), "hello"));
    cr_expect_eq(copy->at[copy->len], '\0');
}

Test(bytes, an_empty_copy_is_a_string_too)
{
    CLEANUP(bytes_unref) struct bytes *copy = bytes_copy(TEXT_NULL);

    cr_expect_eq(copy->len, 0);
    cr_expect_eq(copy->at[0], '\0');
}

Test(bytes, what_is_skipped_is_no_part_of_a_copy)
{
    CLEANUP(bytes_unref) struct bytes *copy = bytes_copy(HELLO);
    CLEANUP(bytes_unref) struct bytes *part = NULL;

    bytes_skip(copy, strlen("head: "));
    cr_expect(text_is(bytes_text(copy), "hello"));
    part = bytes_part(copy, text_skip(bytes_text(copy), 1));
    bytes_unref(&copy);
    cr_expect(text_is(bytes_text(part), "ello"));
}

/* However they are kept, what a memory's budget counts is there. */
Test(bytes, what_is_held_is_all_that_is_kept)
{
    CLEANUP(bytes_unref)
    struct bytes *copy = bytes_copy(HELLO), *own = NULL, *part = NULL;
    const size_t bytes = sizeof(struct bytes) + HELLO.len + 1;

    own = bytes_adopt(memory_copy(HELLO.at, HELLO.len), HELLO.len);
    part = bytes_part(own, text_from(own->at, 1));
    cr_expect_eq(bytes_held(copy), bytes);
    cr_expect_eq(bytes_held(own), bytes);
    cr_expect_eq(bytes_held(part), sizeof(struct bytes) + bytes);
    bytes_skip(copy, 6);
    cr_expect_eq(bytes_held(copy), bytes);
}
