/* SPDX-License-Identifier: MIT */
#include "store/asking.h"
#include "json/document.h"

#include <inttypes.h>

/* A whole number from `min`; otherwise noted, and the answer is `fallback`. */
static int64_t take_number(struct asking *a, enum asked what, int64_t min,
                           int64_t max, int64_t fallback)
{
    int64_t value;

    if (!asking_has(a, what))
        return fallback;
    if (text_to_int64(a->given[what], &value) && value >= min && value <= max)
        return value;
    if (max == INT64_MAX)
        asking_fault(a, what, "out_of_range",
                     "must be a number, at least %" PRId64, min);
    else
        asking_fault(a, what, "out_of_range",
                     "must be a number, %" PRId64 " to %" PRId64, min, max);
    return fallback;
}

static unsigned count_listed(struct text list)
{
    unsigned count = 1;

    for (size_t i = 0; i < list.len; i++)
        count += list.at[i] == ',';
    return count;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned limit_max(const struct asking *a)
{
    return a->options->limit_max > 0 ? a->options->limit_max
                                     : LISTING_LIMIT_MAX;
}

/*
 * react-admin fetches the objects whose ids it knows without a word on paging,
 * and takes what is missing for deleted: such a page holds them all.
 */
static unsigned usual_limit(const struct asking *a)
{
    const struct listing *listing = a->listing;
    const struct field *id = shape_find(listing->resource->shape, TEXT("id"));
    const struct text *values = listing->params.items;
    unsigned limit = LISTING_LIMIT;

    for (unsigned i = 0; i < listing->clause_count; i++) {
        const struct clause *clause = &listing->clauses[i];

        if (clause->field == id && clause->many && clause->number > 0 &&
            clause->op != OP_NE)
            limit = larger(limit, count_listed(values[clause->number - 1]));
    }
    return limit < limit_max(a) ? limit : limit_max(a);
}

static void take_limit(struct asking *a)
{
    a->listing->limit =
        (unsigned)take_number(a, ASKED_LIMIT, 1, limit_max(a), usual_limit(a));
}

/* Rows from `start` up to before `end`. */
static void take_window(struct asking *a, enum asked what, int64_t start,
                        int64_t end)
{
    if (end <= start || end - start > limit_max(a)) {
        asking_fault(a, what, "out_of_range", "must hold 1 to %u rows",
                     limit_max(a));
        return;
    }
    a->listing->by_position = true;
    a->listing->offset = start;
    a->listing->limit = (unsigned)(end - start);
}

static void take_start_and_end(struct asking *a)
{
    int64_t start = take_number(a, ASKED_START, 0, INT64_MAX, 0);
    int64_t end = take_number(a, ASKED_END, 0, INT64_MAX, -1);

    a->listing->by_position = true;
    a->listing->offset = start;
    if (!asking_has(a, ASKED_END))
        take_limit(a);
    else if (end >= 0)
        take_window(a, ASKED_END, start, end);
}

static bool is_position(const struct node *node)
{
    return node_type(node) == NODE_INTEGER && node_integer(node) >= 0 &&
           node_integer(node) < INT64_MAX;
}

/* Both ends are part of it. */
static void take_range(struct asking *a)
{
    CLEANUP(document_free) struct document *document = NULL;
    const struct node *range;
    struct diag inner;

    diag_init(&inner, NULL);
    if (document_parse(a->given[ASKED_RANGE], &inner, &document) < 0) {
        asking_fault(a, ASKED_RANGE, "malformed_json", "%s", inner.detail);
        return;
    }
    range = document_root(document);
    if (node_type(range) != NODE_LIST || node_count(range) != 2 ||
        !is_position(node_item(range, 0)) || !is_position(node_item(range, 1)))
        asking_fault(a, ASKED_RANGE, "wrong_type",
                     "must be a JSON list of two positions, such as [0,24]");
    else
        take_window(a, ASKED_RANGE, node_integer(node_item(range, 0)),
                    node_integer(node_item(range, 1)) + 1);
}

static void take_offset(struct asking *a)
{
    take_limit(a);
    a->listing->by_position = true;
    a->listing->offset = take_number(a, ASKED_OFFSET, 0, INT64_MAX, 0);
}

static void take_cursor(struct asking *a)
{
    take_limit(a);
    a->listing->cursor = a->given[ASKED_CURSOR];
}

/* The ways to say which page; each parameter goes with one of them only. */
static const struct way {
    unsigned own;  /* it is taken when one of these is given */
    unsigned with; /* and these may be given beside it */
    void (*take)(struct asking *a);
} ways[] = {
#define BIT(what) (1U << ASKED_##what)
    { BIT(CURSOR), BIT(LIMIT), take_cursor },
    { BIT(OFFSET), BIT(LIMIT), take_offset },
    { BIT(END), BIT(START), take_start_and_end },
    { BIT(START), BIT(LIMIT), take_start_and_end },
    { BIT(RANGE), 0, take_range },
    { 0, BIT(LIMIT), take_limit },
#undef BIT
};

static unsigned paging_given(const struct asking *a)
{
    static const enum asked all[] = { ASKED_CURSOR, ASKED_OFFSET, ASKED_START,
                                      ASKED_END,    ASKED_RANGE,  ASKED_LIMIT };
    unsigned given = 0;

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (asking_has(a, all[i]))
            given |= 1U << all[i];
    return given;
}

void asking_page(struct asking *a)
{
    unsigned given = paging_given(a), rest;
    const struct way *way = ways;

    while (way->own && !(given & way->own))
        way++;
    rest = given & ~(way->own | way->with);
    for (unsigned i = 0; i < ASKED_COUNT; i++)
        if (rest >> i & 1)
            asking_fault(a, i, "conflict",
                         "goes not with the other ways to say which page");
    way->take(a);
}
