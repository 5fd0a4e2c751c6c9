/* SPDX-License-Identifier: MIT */
#include "http/weight.h"

#include "base/attr.h"

/* "0", "0.123", "1", "1.000"; -1 for others */
static int parse(struct text value)
{
    static const int place[] = { 1000, 0, 100, 10, 1 };
    int weight = 0;

    if (value.len == 0 || value.len > ARRAY_LEN(place))
        return -1;
    for (size_t i = 0; i < value.len; i++) {
        if (i == 1 ? value.at[i] != '.'
                   : value.at[i] < '0' || value.at[i] > '9')
            return -1;
        if (i != 1)
            weight += (value.at[i] - '0') * place[i];
    }
    return weight <= WEIGHT_MAX ? weight : -1;
}

int weight_of(struct text parameters)
{
    struct text piece;

    if (text_is_null(parameters))
        return WEIGHT_MAX;
    while (text_cut(&parameters, ';', &piece)) {
        struct text name, value = piece;
        int weight;

        text_cut(&value, '=', &name);
        if (!text_equal_nocase(text_trim(name), TEXT("q")) ||
            text_is_null(value))
            continue;
        weight = parse(text_trim(value));
        return weight >= 0 ? weight : WEIGHT_MAX;
    }
    return WEIGHT_MAX;
}
