/* SPDX-License-Identifier: MIT */
#include "http/conditions.h"

/* Weak comparison (RFC 9110 § 8.8.3.2): W/ makes no difference. */
static bool names(struct text list, struct text tag)
{
    struct text item;

    while (text_cut(&list, ',', &item)) {
        item = text_trim(item);
        if (text_starts_with(item, "W/"))
            item = text_skip(item, 2);
        if (text_equal(item, tag) || text_is(item, "*"))
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
