/* SPDX-License-Identifier: MIT */
#include "http/negotiate.h"

#include "http/weight.h"

/* 3 for the type itself, 2 for its whole family, 1 for all, 0 for others. */
static int specificity(struct text range, struct text media)
{
    struct text family = media;

    if (text_equal_nocase(range, media))
        return 3;
    if (text_is(range, "*/*"))
        return 1;
    family.len = (size_t)text_find(media, '/') + 1;
    return text_ends_with(range, "/*") && range.len == family.len + 1 &&
                   text_equal_nocase(text_from(range.at, family.len), family)
               ? 2
               : 0;
}

int request_media_weight(const struct request *request, struct text media)
{
    struct text rest = request_header(request, "Accept"), item;
    int best = 0, weight = 0;

    if (text_is_null(rest) || text_trim(rest).len == 0)
        return WEIGHT_MAX;
    while (text_cut(&rest, ',', &item)) {
        struct text range, parameters = item;
        int s;

        text_cut(&parameters, ';', &range);
        s = specificity(text_trim(range), media);
        if (s <= best)
            continue;
        best = s;
        weight = weight_of(parameters);
    }
    return weight;
}
