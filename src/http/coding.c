/* SPDX-License-Identifier: MIT */
#include "http/coding.h"

/* Are these the parameters of a weight of zero: "q=0", " q=0.000"? */
static bool is_refused(struct text parameters)
{
    struct text value = parameters, name;

    if (text_is_null(parameters))
        return false;
    text_cut(&value, '=', &name);
    value = text_trim(value);
    if (!text_equal_nocase(text_trim(name), TEXT("q")) || value.len == 0)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] != '0' && value.at[i] != '.')
            return false;
    return true;
}

bool request_wants_coding(const struct request *request, struct text coding)
{
    struct text rest = request_header(request, "Accept-Encoding"), item;
    bool others = false;

    if (text_is_null(rest))
        return false;
    while (text_cut(&rest, ',', &item)) {
        struct text name, parameters = item;

        text_cut(&parameters, ';', &name);
        name = text_trim(name);
        if (text_equal_nocase(name, coding))
            return !is_refused(parameters);
        if (text_is(name, "*"))
            others = !is_refused(parameters);
    }
    return others;
}
