/* SPDX-License-Identifier: MIT */
#include "http/conditions.h"

#include <criterion/criterion.h>

static struct request request;
static struct header header;

static void with(const char *name, const char *value)
{
    header = (struct header){ text_of(name), text_of(value) };
    request = (struct request){ .headers = &header, .header_count = 1 };
}

Test(conditions, if_none_match_compares_weakly)
{
    with("If-None-Match", "\"1\", W/\"17\"");
    cr_expect(if_none_match(&request, "\"17\""));
    cr_expect_not(if_none_match(&request, "\"7\""));
    with("If-None-Match", "*");
    cr_expect(if_none_match(&request, "\"7\""));
}

static bool allows(const char *value, int64_t version)
{
    struct if_match match;

    with("if-match", value);
    if_match_parse(&request, &match);
    return if_match_allows(&match, version);
}

Test(conditions, if_match_names_versions_strongly)
{
    cr_expect(allows("\"17\"", 17));
    cr_expect(allows("\"3\", \"17-id.title\"", 17));
    cr_expect(allows("*", 17));
    cr_expect_not(allows("\"17\"", 18));
    cr_expect_not(allows("W/\"17\"", 17), "a weak tag matches nothing");
    cr_expect_not(allows("17", 17), "a tag has quotes");
    cr_expect_not(allows("\"x\"", 17));
}

static bool is_named(const char *value, int64_t version)
{
    struct if_match match;

    with("If-None-Match", value);
    if_none_match_parse(&request, &match);
    return if_match_names(&match, version);
}

Test(conditions, if_none_match_of_a_write_names_versions_weakly)
{
    cr_expect(is_named("\"3\", W/\"17\"", 17));
    cr_expect(is_named("\"17-gzip\"", 17));
    cr_expect(is_named("*", 17));
    cr_expect_not(is_named("\"3\", W/\"18\"", 17));
    with("If-Match", "\"17\"");
    cr_expect_not(is_named("", 17));
}

Test(conditions, without_if_match_everything_is_allowed)
{
    struct if_match match;

    with("Accept", "*/*");
    if_match_parse(&request, &match);
    cr_expect_not(match.given);
    cr_expect(if_match_allows(&match, 5));
}
