/* SPDX-License-Identifier: MIT */
#include "base/crc.h"

#include <criterion/criterion.h>

Test(crc, gives_the_values_of_the_standard)
{
    char bytes[32];

    cr_expect_eq(crc32c(0, TEXT("123456789")), 0xe3069283);
    cr_expect_eq(crc32c(0, TEXT("")), 0);
    memset(bytes, 0, sizeof(bytes));
    cr_expect_eq(crc32c(0, text_from(bytes, 32)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    cr_expect_eq(crc32c(0, text_from(bytes, 32)), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (char)i;
    cr_expect_eq(crc32c(0, text_from(bytes, 32)), 0x46dd794e);
}

Test(crc, is_the_same_with_the_instruction_and_without)
{
    char bytes[67];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 37);
    for (size_t len = 0; len <= sizeof(bytes); len++)
        cr_expect_eq(crc32c(7, text_from(bytes, len)),
                     crc32c_by_tables(7, text_from(bytes, len)), "%zu", len);
}

Test(crc, goes_on_where_it_was_left)
{
    struct text whole = TEXT("a text of more than sixteen bytes, cut anywhere");

    for (size_t at = 0; at <= whole.len; at++)
        cr_expect_eq(
            crc32c(crc32c(0, text_from(whole.at, at)), text_skip(whole, at)),
            crc32c(0, whole));
}
