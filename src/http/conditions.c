/* SPDX-License-Identifier: MIT */
#include "http/conditions.h"

#include "http/coding.h"

/*
 * Weak comparison (RFC 9110 § 8.8.3.2): W/ makes no difference, and neither
 * does the coding the client has it in.
 */
static bool names(struct text list, struct text tag)
{
    struct text item;
    enum coding coding;

    while (text_cut(&list, ',', &item)) {
        item = text_trim(item);
        if (text_starts_with(item, "W/"))
            item = text_skip(item, 2);
        if (coding_names_tag(item, tag, &coding) || text_is(item, "*"))
            return true;
    }
    return false;
}

bool if_none_match(const struct request *request, const char *tag)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (text_equal_nocase(request->headers[i].name,
                              TEXT("If-None-Match")) &&
            names(request->headers[i].value, text_of(tag)))
            return true;
    return false;
}

/* "17", or "17-" and whatever tells representations of it apart. */
static bool version_of(struct text tag, int64_t *ret_version)
{
    struct text digits, rest;

    if (tag.len < 3 || tag.at[0] != '"' || tag.at[tag.len - 1] != '"')
        return false;
    rest = text_from(tag.at + 1, tag.len - 2);
    text_cut(&rest, '-', &digits);
    return text_to_int64(digits, ret_version) && *ret_version > 0;
}

static void take_tags(struct text list, bool weak, struct if_match *match)
{
    struct text item;

    match->given = true;
    while (text_cut(&list, ',', &item)) {
        item = text_trim(item);
        if (weak && text_starts_with(item, "W/"))
            item = text_skip(item, 2);
        if (text_is(item, "*"))
            match->any = true;
        else if (match->count < IF_MATCH_MAX &&
                 version_of(item, &match->versions[match->count]))
            match->count++;
    }
}

static void parse(const struct request *request, struct text name, bool weak,
                  struct if_match *ret_match)
{
    *ret_match = (struct if_match){ 0 };
    for (size_t i = 0; i < request->header_count; i++)
        if (text_equal_nocase(request->headers[i].name, name))
            take_tags(request->headers[i].value, weak, ret_match);
}

void if_match_parse(const struct request *request, struct if_match *ret_match)
{
    parse(request, TEXT("If-Match"), false, ret_match);
}

void if_none_match_parse(const struct request *request,
                         struct if_match *ret_match)
{
    parse(request, TEXT("If-None-Match"), true, ret_match);
}

bool if_match_names(const struct if_match *match, int64_t version)
{
    for (unsigned i = 0; i < match->count; i++)
        if (match->versions[i] == version)
            return true;
    return match->any;
}

bool if_match_allows(const struct if_match *match, int64_t version)
{
    return !match->given || if_match_names(match, version);
}
