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
    cr_expect(wants_gzip("x-gzip"), "its old name");
}

Test(coding, is_not_wanted_when_others_are_named_or_nothing)
{
    struct request silent = { 0 };

    cr_expect_not(wants_gzip(""));
    cr_expect_not(wants_gzip("br, identity"));
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

/* --- choosing ------------------------------------------------------------ */

static const char *choice(const char *field, bool worth_it)
{
    struct header header = { TEXT("Accept-Encoding"), text_of(field) };
    struct request request = { .headers = &header, .header_count = 1 };
    struct codings codings = request_codings(&request);
    enum coding coding = coding_choose(&codings, worth_it);

    return coding == CODING_COUNT ? "none" : coding_name(coding);
}

Test(coding, follows_the_weights)
{
    cr_expect_str_eq(choice("gzip, zstd;q=0.9", true), "gzip");
    cr_expect_str_eq(choice("gzip;q=0.5, zstd;q=0.501", true), "zstd");
    cr_expect_str_eq(choice("gzip;q=0.5, identity", true), "identity");
    cr_expect_str_eq(choice("gzip;q=0.5, identity;q=0.5", true), "gzip");
    cr_expect_str_eq(choice("br, identity;q=0.1, gzip;q=0.001", true),
                     "identity");
}

Test(coding, prefers_zstd_where_it_is_named)
{
    cr_expect_str_eq(choice("gzip, deflate, br, zstd", true), "zstd");
    cr_expect_str_eq(choice("*", true), "gzip");
    cr_expect_str_eq(choice("gzip, *", true), "gzip");
    cr_expect_str_eq(choice("*, gzip;q=0, identity;q=0", true), "zstd");
}

Test(coding, stays_as_it_is_where_coding_is_not_worth_it)
{
    cr_expect_str_eq(choice("gzip, zstd", false), "identity");
    cr_expect_str_eq(choice("br", true), "identity");
    cr_expect_str_eq(choice("", true), "identity");
}

Test(coding, is_made_of_all_that_refuse_identity)
{
    cr_expect_str_eq(choice("gzip, identity;q=0", false), "gzip");
    cr_expect_str_eq(choice("gzip, *;q=0", false), "gzip");
    cr_expect_str_eq(choice("identity;q=0", false), "none");
    cr_expect_str_eq(choice("br, *;q=0.0", true), "none");
    cr_expect_str_eq(choice("*;q=0, identity", true), "identity");
}

Test(coding, reads_all_fields_of_the_name)
{
    struct header headers[] = { { TEXT("Accept-Encoding"), TEXT("br") },
                                { TEXT("accept-encoding"), TEXT("gzip") } };
    struct request request = { .headers = headers, .header_count = 2 };
    struct codings codings = request_codings(&request);

    cr_expect_eq(coding_choose(&codings, true), CODING_GZIP);
}

/* --- tags ---------------------------------------------------------------- */

Test(coding, has_a_tag_of_its_own)
{
    struct arena arena;

    arena_init(&arena, 1 << 16);
    cr_expect_str_eq(coding_tag("\"17\"", CODING_IDENTITY, &arena), "\"17\"");
    cr_expect_str_eq(coding_tag("\"17\"", CODING_GZIP, &arena), "\"17-gzip\"");
    cr_expect_str_eq(coding_tag("\"17-3f\"", CODING_ZSTD, &arena),
                     "\"17-3f-zstd\"");
    arena_fini(&arena);
}

static int coding_in(const char *given, const char *tag)
{
    enum coding coding;

    return coding_names_tag(text_of(given), text_of(tag), &coding) ? (int)coding
                                                                   : -1;
}

Test(coding, tags_of_one_object_are_known_as_such)
{
    cr_expect_eq(coding_in("\"17\"", "\"17\""), CODING_IDENTITY);
    cr_expect_eq(coding_in("\"17-gzip\"", "\"17\""), CODING_GZIP);
    cr_expect_eq(coding_in("\"17-3f-zstd\"", "\"17-3f\""), CODING_ZSTD);
    cr_expect_eq(coding_in("\"170-gzip\"", "\"17\""), -1);
    cr_expect_eq(coding_in("\"17-br\"", "\"17\""), -1);
    cr_expect_eq(coding_in("\"17-gzip", "\"17\""), -1);
    cr_expect_eq(coding_in("\"17-gzip-gzip\"", "\"17\""), -1);
    cr_expect_eq(coding_in("\"17\"", "\"17-gzip\""), -1);
    cr_expect_eq(coding_in("17-gzip", "\"17\""), -1);
    cr_expect_eq(coding_in("", "\"17\""), -1);
}
