/* SPDX-License-Identifier: MIT */
#include "store/sql_list.h"

#include "store/sql.h"
#include "store/sql_parts.h"

#include <stdlib.h>

/* Page sizes that have a statement of their own, whose plan is then kept. */
static const unsigned usual_limits[] = { 10, 20, 25, 50, 100, 200 };

unsigned sql_usual_limit(unsigned limit)
{
    for (size_t i = 0; i < ARRAY_LEN(usual_limits); i++)
        if (usual_limits[i] == limit)
            return limit;
    return 0;
}

static void add_extras(struct buffer *sql, const struct listing *listing)
{
    for (unsigned i = 0; i < listing->extra_count; i++) {
        buffer_add_string(sql, ", ");
        if (listing->extras[i])
            sql_column(sql, "", listing->extras[i]);
        else
            sql_rank(sql, listing);
    }
}

/* A null has no parameter: nothing would tell the database its type. */
static void add_params(struct paging *p, struct params *params)
{
    const struct cursor *cursor = p->cursor;

    for (unsigned i = 0; cursor && i < cursor->count; i++)
        if (!text_is_null(cursor->values[i].text))
            p->values[i] = params_add(params, cursor->values[i].text);
    if (sql_usual_limit(p->listing->limit) == 0)
        p->limit = params_add_number(params, (int64_t)p->listing->limit + 1);
    if (p->listing->offset > 0)
        p->offset = params_add_number(params, p->listing->offset);
}

void sql_page_params(const struct listing *listing, const struct cursor *cursor,
                     struct params *params)
{
    struct paging p = { .listing = listing, .cursor = cursor };

    add_params(&p, params);
}

void sql_page(struct buffer *sql, const struct listing *listing,
              const struct cursor *cursor, struct params *params)
{
    struct paging p = { .sql = sql, .listing = listing, .cursor = cursor };

    add_params(&p, params);
    buffer_add_string(sql, "SELECT ");
    sql_columns(sql, "", &listing->view.selection);
    add_extras(sql, listing);
    sql_source(&p);
    sql_order_and_limit(&p);
    if (p.offset)
        buffer_add_format(sql, " OFFSET $%u::bigint", p.offset);
}

void sql_export(struct buffer *sql, const struct listing *listing)
{
    buffer_add_string(sql, "DECLARE exported NO SCROLL CURSOR FOR SELECT ");
    sql_columns(sql, "", &listing->view.selection);
    buffer_add_format(sql, " FROM %s", listing->resource->table);
    sql_clauses(sql, listing);
    sql_order(sql, listing, false);
}

/* --- about all pages --------------------------------------------------------
 */

void sql_count(struct buffer *sql, const struct listing *listing)
{
    buffer_add_format(sql, "SELECT count(*) FROM %s", listing->resource->table);
    sql_clauses(sql, listing);
}

void sql_estimate(struct buffer *sql, const struct listing *listing)
{
    buffer_add_format(sql, "EXPLAIN (FORMAT JSON) SELECT FROM %s",
                      listing->resource->table);
    sql_clauses(sql, listing);
}

int64_t sql_estimate_read(struct text plan)
{
    static const char mark[] = "\"Plan Rows\": ";
    const char *at = memmem(plan.at, plan.len, mark, sizeof(mark) - 1);

    return at ? strtoll(at + sizeof(mark) - 1, NULL, 10) : 0;
}

void sql_query(struct buffer *sql, const struct listing *listing)
{
    buffer_add_string(sql, listing->resource->table);
    sql_clauses(sql, listing);
    sql_order(sql, listing, false);
}
