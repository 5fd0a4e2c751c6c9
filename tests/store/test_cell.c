/* SPDX-License-Identifier: MIT */
/* What a garbled link makes of an answer ends a request, not the process. */
#include "store/cell.h"

#include <criterion/criterion.h>

static const struct text garbled[] = { TEXT_NULL, TEXT(""), TEXT("1\x05"),
                                       TEXT("99999999999999999999") };

Test(cell, what_is_no_number_is_an_error_of_the_query)
{
    int64_t number = 7;

    cr_expect_eq(cell_number(TEXT("-42"), &number, NULL), 0);
    cr_expect_eq(number, -42);
    for (size_t i = 0; i < ARRAY_LEN(garbled); i++)
        cr_expect_eq(cell_number(garbled[i], &number, NULL), -ERR_QUERY_FAILED,
                     "%zu", i);
}

Test(cell, what_is_no_id_is_an_error_of_the_query)
{
    struct uuid id;

    cr_expect_eq(
        cell_uuid(TEXT("01a1fdce-dac5-7001-8101-4ecd52dbdc6a"), &id, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(garbled); i++)
        cr_expect_eq(cell_uuid(garbled[i], &id, NULL), -ERR_QUERY_FAILED, "%zu",
                     i);
}
