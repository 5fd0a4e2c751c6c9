/* SPDX-License-Identifier: MIT */
#include "http/coding.h"

#include <criterion/criterion.h>

static bool wants_gzip(const char *field)
{
    struct header header = { TEXT("accept-encoding"), text_of(field) };
    struct request request = { .headers = &header, .header_count = 1 };

    return request_wants_coding(&request, TEXT("gzip"));
}

Test(coding, is_wanted_when_it_is_named)
{
    cr_expect(wants_gzip("gzip"));
    cr_expect(wants_gzip("deflate, GZIP;q=0.1 ,br"));
    cr_expect(wants_gzip("gzip;q=1.000"));
}

Test(coding, is_not_wanted_when_others_are_named_or_nothing)
{
    struct request silent = { 0 };

    cr_expect_not(wants_gzip(""));
    cr_expect_not(wants_gzip("br, identity"));
    cr_expect_not(wants_gzip("x-gzip"));
    cr_expect_not(request_wants_coding(&silent, TEXT("gzip")));
}

Test(coding, is_not_wanted_with_a_weight_of_zero)
{
    cr_expect_not(wants_gzip("gzip;q=0"));
    cr_expect_not(wants_gzip("gzip ; q=0.000, br"));
    cr_expect_not(wants_gzip("*;q=0"));
}

Test(coding, is_wanted_by_a_star_unless_it_is_named_itself)
{
    cr_expect(wants_gzip("br;q=0.5, *"));
    cr_expect_not(wants_gzip("*, gzip;q=0"));
    cr_expect(wants_gzip("gzip, *;q=0"));
}
