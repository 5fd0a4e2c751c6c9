/* SPDX-License-Identifier: MIT */
#include "store/grouping_impl.h"
#include "store/queries_impl.h"
#include "store/sql_list.h"
#include "store/store_impl.h"

#include <stdio.h>

enum { ASKED_MAX = 4, NAME_BYTES = 96, LISTING_BYTES_MAX = 1 << 20 };

/* One resource's, in the making. */
struct gathering {
    struct queries *queries;
    struct buffer *sql;
    const struct resource *resource;
    struct arena arena; /* of one listing at a time */
    struct parameter items[ASKED_MAX];
    struct parameters asked;
    bool full;
};

/* --- asking as a client would ------------------------------------------------
 */

static void ask(struct gathering *g, struct text name, const char *value)
{
    CHECK(g->asked.count < ASKED_MAX);
    g->items[g->asked.count++] = (struct parameter){ name, text_of(value) };
}

static void ask_nothing(struct gathering *g)
{
    arena_reset(&g->arena);
    g->asked = (struct parameters){ 0, g->items };
}

/* NULL where the resource does not take such a question. */
static struct listing *parse(struct gathering *g)
{
    static const struct listing_options options = { .may_see_deleted = true };
    struct listing *listing = NULL;
    struct diag diag;

    diag_init(&diag, &g->arena);
    if (listing_parse(g->resource, &g->asked, &options, &g->arena, &diag,
                      &listing) < 0)
        return NULL;
    return listing;
}

static const char *sample_of(const struct field *field)
{
    static const char *const samples[FIELD_TYPES] = {
        [FIELD_TEXT] = "a",
        [FIELD_INTEGER] = "1",
        [FIELD_BOOLEAN] = "true",
        [FIELD_UUID] = "01890000-0000-7000-8000-000000000000",
        [FIELD_DATE] = "2025-01-01",
        [FIELD_TIMESTAMP] = "2025-01-01T00:00:00Z",
        [FIELD_ENUM] = "hr",
        [FIELD_TEXT_LIST] = "a",
    };

    if (!field)
        return "0.5"; /* of a rank */
    if (field->choices)
        return field->choices[0];
    return samples[field->type];
}

/* --- what a listing is asked by ---------------------------------------------
 */

static struct query *add_named(struct gathering *g, struct statement statement,
                               unsigned parameters, unsigned columns)
{
    struct query *query =
        queries_add(g->queries, statement, g->sql, parameters, columns);

    g->full = g->full || !query;
    return query;
}

static struct query *add(struct gathering *g, const char *what,
                         unsigned parameters, unsigned columns)
{
    return add_named(g, queries_named(g->queries, g->resource->table, what),
                     parameters, columns);
}

/* A list of values, of which any will do, has a type of its own. */
static void expect_conditions(struct query *query,
                              const struct listing *listing)
{
    for (unsigned i = 0; i < listing->clause_count; i++) {
        const struct clause *clause = &listing->clauses[i];

        if (clause->field && clause->number > 0 && !clause->many &&
            clause->field->type != FIELD_TEXT_LIST)
            query_takes(query, clause->number - 1, clause->field);
    }
}

static void add_page(struct gathering *g, const struct listing *listing,
                     const struct cursor *cursor)
{
    struct params params = listing->params;
    struct query *page;

    sql_page(g->sql, listing, cursor, &params);
    page = add(g, "list", params.count,
               (unsigned)listing->view.selection.count + listing->extra_count);
    query_reads(page, 0, &listing->view.selection);
    expect_conditions(page, listing);
}

static void add_listing(struct gathering *g, const struct listing *listing)
{
    const struct statement export = { .name = "export_declare",
                                      .collection = g->resource->table };

    if (!listing)
        return;
    add_page(g, listing, NULL);
    sql_count(g->sql, listing);
    expect_conditions(add(g, "count", listing->params.count, 1), listing);
    sql_estimate(g->sql, listing);
    add(g, "estimate", listing->params.count, 1);
    sql_export(g->sql, listing);
    add_named(g, export, listing->params.count, 0);
}

/* --- conditions --------------------------------------------------------------
 */

static void add_conditions(struct gathering *g, const struct field *field)
{
    static const char *const suffixes[] = { "",      "_ne",     "_gt",
                                            "_gte",  "_lt",     "_lte",
                                            "_like", "_prefix", "_in" };
    char name[NAME_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        snprintf(name, sizeof(name), "%.*s%s", TEXT_ARG(field_name(field)),
                 suffixes[i]);
        for (int values = 1; values <= 2; values++) {
            ask_nothing(g);
            for (int k = 0; k < values; k++)
                ask(g, text_of(name), sample_of(field));
            add_listing(g, parse(g));
        }
    }
    snprintf(name, sizeof(name), "%.*s_null", TEXT_ARG(field_name(field)));
    ask_nothing(g);
    ask(g, text_of(name), "true");
    add_listing(g, parse(g));
}

/* --- order and cursors ------------------------------------------------------
 */

static void add_behind(struct gathering *g, const struct listing *listing,
                       bool backward, bool null)
{
    struct cursor cursor = { .backward = backward,
                             .count = listing->key_count };

    for (unsigned i = 0; i < listing->key_count; i++) {
        const struct field *field = listing->keys[i].field;
        bool may = field && field->flags & FIELD_NULLABLE;

        cursor_set(&cursor, i,
                   null && may ? TEXT_NULL : text_of(sample_of(field)), false);
    }
    add_page(g, listing, &cursor);
}

static void add_order(struct gathering *g, const char *sort, const char *words)
{
    const struct listing *listing;

    ask_nothing(g);
    if (sort)
        ask(g, TEXT("sort"), sort);
    if (words)
        ask(g, TEXT("q"), words);
    listing = parse(g);
    if (!listing)
        return;
    add_page(g, listing, NULL);
    for (int kind = 0; kind < 4; kind++)
        add_behind(g, listing, kind & 1, kind & 2);
}

static void add_orders(struct gathering *g, const struct field *field)
{
    char sort[NAME_BYTES];

    for (int down = 0; down < 2; down++) {
        snprintf(sort, sizeof(sort), "%s%.*s", down ? "-" : "",
                 TEXT_ARG(field_name(field)));
        add_order(g, sort, NULL);
    }
}

/* --- the rest ---------------------------------------------------------------
 */

static void add_others(struct gathering *g)
{
    static const struct parameter others[] = {
        { TEXT("deleted"), TEXT("include") }, { TEXT("deleted"), TEXT("only") },
        { TEXT("offset"), TEXT("7") },        { TEXT("limit"), TEXT("7") },
        { TEXT("q"), TEXT("health care") },
    };

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        ask_nothing(g);
        ask(g, others[i].name, others[i].value.at);
        add_listing(g, parse(g));
    }
    for (const struct embed *e = g->resource->embeds; e && e->name; e++) {
        ask_nothing(g);
        ask(g, TEXT("embed"), e->name);
        add_listing(g, parse(g));
    }
}

static void add_groups(struct gathering *g, const struct grouping_form *form)
{
    const struct dimension *d = g->resource->dimensions;
    const struct statement groups = { .name = "groups",
                                      .collection = g->resource->table };
    struct listing_options options = { 0 };
    struct grouping *grouping;
    struct diag diag;

    for (; d && d->name; d++) {
        ask_nothing(g);
        ask(g, text_of(form->parameter), d->name);
        diag_init(&diag, &g->arena);
        if (grouping_parse(g->resource, form, &g->asked, &options, &g->arena,
                           &diag, &grouping) < 0)
            continue;
        sql_groups(g->sql, grouping);
        add_named(g, groups, grouping->listing->params.count, GROUP_COUNT + 1);
    }
}

static void gather(struct gathering *g)
{
    const struct shape *shape = g->resource->shape;

    for (size_t i = 0; i < shape_count(shape); i++) {
        const struct field *field = shape_field(shape, i);

        if (field_can_filter(field))
            add_conditions(g, field);
        if (field_can_sort(field))
            add_orders(g, field);
    }
    add_order(g, NULL, "health");
    add_others(g);
    add_groups(g, &grouping_facets);
    add_groups(g, &grouping_analytics);
}

bool queries_add_lists(struct queries *queries, struct buffer *sql)
{
    struct gathering g = { .queries = queries, .sql = sql };

    arena_init(&g.arena, LISTING_BYTES_MAX);
    for (size_t i = 0; i <= RESOURCE_COUNT; i++) {
        g.resource = i < RESOURCE_COUNT ? resource_table[i] : &audit_log;
        gather(&g);
    }
    arena_fini(&g.arena);
    return !g.full;
}
