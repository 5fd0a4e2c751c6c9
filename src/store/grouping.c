/* SPDX-License-Identifier: MIT */
#include "store/grouping.h"

#include "store/asking.h"
#include "store/fault.h"
#include "store/grouping_impl.h"
#include "store/scope.h"
#include "json/encode.h"

const struct grouping_form grouping_facets = {
    .parameter = "by",
    .max = GROUPING_MAX,
    .key = "value",
    .frequent_first = true,
    .named = true,
};

const struct grouping_form grouping_analytics = {
    .parameter = "group_by",
    .max = 1,
    .key = "key",
};

/* --- parsing ---------------------------------------------------------------
 */

/* What only a page has. */
static const enum asked of_pages[] = {
    ASKED_FIELDS, ASKED_EMBED, ASKED_SORT,   ASKED_SORT_BY,
    ASKED_ORDER,  ASKED_LIMIT, ASKED_CURSOR, ASKED_OFFSET,
    ASKED_START,  ASKED_END,   ASKED_RANGE,
};

static void refuse_paging(const struct parameters *parameters,
                          struct diag *diag)
{
    for (size_t i = 0; i < ARRAY_LEN(of_pages); i++)
        if (!text_is_null(
                parameters_find(parameters, asked_names[of_pages[i]])))
            diag_violation(diag, asked_names[of_pages[i]], "unknown_parameter",
                           "is for lists, not for groups");
}

static const struct dimension *find(const struct resource *resource,
                                    struct text name)
{
    const struct dimension *d = resource->dimensions;

    while (d && d->name && !text_is(name, d->name))
        d++;
    return d && d->name ? d : NULL;
}

static void fault_name(const struct resource *resource,
                       const struct grouping_form *form, struct diag *diag)
{
    struct fault_list names = { 0 };

    for (const struct dimension *d = resource->dimensions; d && d->name; d++)
        fault_list_add(&names, text_of(d->name));
    diag_violation(diag, form->parameter, "not_allowed", "must be among %s",
                   names.at);
}

static bool has(const struct grouping *grouping, const struct dimension *by)
{
    for (unsigned i = 0; i < grouping->count; i++)
        if (grouping->by[i] == by)
            return true;
    return false;
}

static void take_names(struct grouping *grouping,
                       const struct resource *resource, struct text names,
                       struct diag *diag)
{
    const struct grouping_form *form = grouping->form;
    struct text name;

    while (text_cut(&names, ',', &name)) {
        const struct dimension *by = find(resource, name);

        if (!by) {
            fault_name(resource, form, diag);
            return;
        }
        if (has(grouping, by))
            diag_violation(diag, form->parameter, "repeated",
                           "%s is named twice", by->name);
        else if (grouping->count == form->max)
            diag_violation(diag, form->parameter, "too_many",
                           "must be at most %u", form->max);
        else
            grouping->by[grouping->count++] = by;
    }
}

static void take_dimensions(struct grouping *grouping,
                            const struct resource *resource,
                            const struct parameters *parameters,
                            struct diag *diag)
{
    const char *parameter = grouping->form->parameter;
    bool given = false;

    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->items[i];

        if (!text_is(p->name, parameter))
            continue;
        if (given)
            diag_violation(diag, parameter, "repeated",
                           "may be given only once");
        else
            take_names(grouping, resource,
                       text_is_null(p->value) ? TEXT("") : p->value, diag);
        given = true;
    }
    if (!given)
        fault_name(resource, grouping->form, diag);
}

int grouping_parse(const struct resource *resource,
                   const struct grouping_form *form,
                   const struct parameters *parameters,
                   const struct listing_options *options, struct arena *arena,
                   struct diag *diag, struct grouping **ret_grouping)
{
    const char *const also[] = { form->parameter, NULL };
    struct listing_options mine = *options;
    struct grouping *grouping = ARENA_NEW(arena, struct grouping);

    if (!grouping)
        return FAIL(diag, ERR_TOO_LARGE, "the query is too large");
    grouping->form = form;
    mine.also = also;
    refuse_paging(parameters, diag);
    take_dimensions(grouping, resource, parameters, diag);
    *ret_grouping = grouping;
    return listing_parse(resource, parameters, &mine, arena, diag,
                         &grouping->listing);
}

/* --- telling ---------------------------------------------------------------
 */

static void add_group(const struct grouping_form *form, const struct rows *rows,
                      unsigned row, struct buffer *buffer)
{
    buffer_add_format(buffer, "{\"%s\":", form->key);
    encode_text(buffer, rows_get(rows, row, GROUP_KEY));
    buffer_add_string(buffer, ",\"count\":");
    encode_ready(buffer, rows_get(rows, row, GROUP_COUNT));
    buffer_add_byte(buffer, '}');
}

static bool is_of(const struct rows *rows, unsigned row, unsigned place)
{
    int64_t number;

    return row < rows_count(rows) &&
           text_to_int64(rows_get(rows, row, GROUP_PLACE), &number) &&
           number == place;
}

/* The groups of one dimension, which begin at this row; returns the next. */
static unsigned add_list(const struct grouping *grouping,
                         const struct rows *rows, unsigned row, unsigned place,
                         struct buffer *buffer)
{
    unsigned first = row;

    buffer_add_byte(buffer, '[');
    for (; is_of(rows, row, place); row++) {
        if (row > first)
            buffer_add_byte(buffer, ',');
        add_group(grouping->form, rows, row, buffer);
    }
    buffer_add_byte(buffer, ']');
    return row;
}

static void add_named(const struct grouping *grouping, const struct rows *rows,
                      struct buffer *buffer)
{
    unsigned row = 0;

    for (unsigned i = 0; i < grouping->count; i++) {
        buffer_add_format(buffer, "%s\"%s\":", i ? "," : "{",
                          grouping->by[i]->name);
        row = add_list(grouping, rows, row, i, buffer);
    }
    buffer_add_byte(buffer, '}');
}

static int ask(struct store *store, const struct grouping *grouping,
               struct deadline until, struct rows **ret_rows, struct diag *diag)
{
    const struct listing *listing = grouping->listing;
    struct statement statement = { .name = "groups",
                                   .collection = listing->resource->table,
                                   .planned_anew = true };

    buffer_clear(&store->stock->sql);
    sql_groups(&store->stock->sql, grouping);
    if (!buffer_overflown(&store->stock->sql))
        statement.sql =
            arena_copy(listing->arena, buffer_text(&store->stock->sql));
    if (!statement.sql)
        return FAIL(diag, ERR_TOO_LARGE, "the query is too large");
    return scope_read_alone(store, &statement, listing->params.items,
                            listing->params.count, until, ret_rows, diag);
}

int grouping_read(struct store *store, const struct grouping *grouping,
                  struct deadline until, struct buffer *buffer,
                  struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(store, grouping, until, &rows, diag);

    if (r < 0)
        return r;
    if (grouping->form->named)
        add_named(grouping, rows, buffer);
    else
        add_list(grouping, rows, 0, 0, buffer);
    return store_written(buffer, diag);
}
