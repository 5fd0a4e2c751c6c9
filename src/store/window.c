/* SPDX-License-Identifier: MIT */
#include "store/window.h"

#include "store/fault.h"

#include <inttypes.h>

enum { LIMIT, OFFSET, PARTS };

struct part {
    const char *name;
    int64_t min, max;
};

/* PARTS when it is none. */
static size_t part_place(const struct part *parts, struct text name)
{
    size_t i = 0;

    while (i < PARTS && !text_is(name, parts[i].name))
        i++;
    return i;
}

static void fault_range(const struct part *part, struct diag *diag)
{
    if (part->max == INT64_MAX)
        diag_violation(diag, part->name, "out_of_range",
                       "must be a number, at least %" PRId64, part->min);
    else
        diag_violation(diag, part->name, "out_of_range",
                       "must be a number, %" PRId64 " to %" PRId64, part->min,
                       part->max);
}

int window_parse(const struct parameters *parameters, unsigned limit_max,
                 struct diag *diag, struct window *ret_window)
{
    const struct part parts[PARTS] = {
        [LIMIT] = { "limit", 1, limit_max },
        [OFFSET] = { "offset", 0, INT64_MAX },
    };
    int64_t values[PARTS] = { [LIMIT] = WINDOW_WHOLE };
    unsigned seen = 0;

    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->items[i];
        size_t place = part_place(parts, p->name);

        if (place == PARTS)
            fault_note(diag, p->name, "unknown_parameter",
                       "is not known here, where limit and offset are");
        else if (seen >> place & 1)
            fault_note(diag, p->name, "repeated", "may be given only once");
        else if (!text_to_int64(p->value, &values[place]) ||
                 values[place] < parts[place].min ||
                 values[place] > parts[place].max)
            fault_range(&parts[place], diag);
        seen |= 1U << place;
    }
    *ret_window = (struct window){
        .limit = (unsigned)values[LIMIT],
        .page = values[LIMIT] < limit_max ? (unsigned)values[LIMIT] : limit_max,
        .offset = values[OFFSET],
    };
    return diag_invalid(diag, ERR_INVALID_PARAMETER);
}
