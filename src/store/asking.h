/* SPDX-License-Identifier: MIT */
/*
 * Room only: a listing in the making. Each part notes its faults in the diag
 * and goes on, so that a client learns of all of them at once.
 */
#pragma once

#include "store/listing_impl.h"

/* Parameters with a meaning of their own; all others ask for members. */
enum asked {
    ASKED_FIELDS,
    ASKED_EMBED,
    ASKED_Q,
    ASKED_FILTER,
    ASKED_SORT,
    ASKED_SORT_BY, /* `_sort`, with `_order` */
    ASKED_ORDER,
    ASKED_LIMIT,
    ASKED_CURSOR,
    ASKED_OFFSET,
    ASKED_START,
    ASKED_END,
    ASKED_RANGE,
    ASKED_DELETED,
    ASKED_COUNT
};

extern const char *const asked_names[ASKED_COUNT];

struct asking {
    struct listing *listing;
    const struct listing_options *options;
    const struct parameters *parameters;
    struct diag *diag;
    struct text given[ASKED_COUNT]; /* TEXT_NULL: it was not */
    bool full;                      /* the arena is */
};

/* Has the parameter a meaning here? */
bool asking_knows(const struct asking *a, enum asked what);

static inline bool asking_has(const struct asking *a, enum asked what)
{
    return !text_is_null(a->given[what]);
}

void asking_fault(struct asking *a, enum asked what, const char *code,
                  const char *fmt, ...) PRINTF(4, 5);

/* Conditions on a member, from all parameters of the name at this place. */
void asking_clause(struct asking *a, size_t place);

/* `filter`: an object of conditions. */
void asking_filter(struct asking *a);

/* `q`, also out of `filter`. */
void asking_search(struct asking *a, struct text words);

/* Adds one to the listing; NULL when there are too many. */
struct clause *asking_add(struct asking *a, const struct field *field,
                          enum op op);

/* Gives a condition its value. */
void asking_set(struct asking *a, struct clause *clause, struct text value);

/* `sort`, `_sort`, `_order`. */
void asking_order(struct asking *a);

/* `limit`, `cursor`, `offset`, `_start`, `_end`, `range`. */
void asking_page(struct asking *a);
