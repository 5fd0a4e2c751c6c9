/* SPDX-License-Identifier: MIT */
/* Names with values, in the order they were given: a decoded query string. */
#pragma once

#include "base/text.h"

struct parameter {
    struct text name, value;
};

struct parameters {
    size_t count;
    const struct parameter *items;
};

/* The value of the first of that name, or TEXT_NULL. */
static inline struct text parameters_find(const struct parameters *parameters,
                                          const char *name)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (text_is(parameters->items[i].name, name))
            return parameters->items[i].value;
    return TEXT_NULL;
}
