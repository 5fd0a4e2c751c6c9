/* SPDX-License-Identifier: MIT */
#include "admin/hypothetical.h"

#include "base/buffer.h"
#include "json/document.h"

enum { SQL_BYTES_MAX = 16 * 1024 };

int hypothetical_is_there(struct connection *connection, bool *ret,
                          struct diag *diag)
{
    static const struct statement question = {
        .name = "hypothetical_is_there",
        .sql = "SELECT coalesce(has_function_privilege("
               "to_regprocedure('hypopg_create_index(text)'), 'EXECUTE'),"
               " false)",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &question, NULL, 0, DEADLINE_NEVER,
                             &rows, diag);

    *ret = r == 0 && text_is(rows_get(rows, 0, 0), "t");
    return r;
}

static double number_of(const struct node *node)
{
    if (!node)
        return 0;
    return node_type(node) == NODE_REAL ? node_real(node)
                                        : (double)node_integer(node);
}

/* [{"Plan": {"Total Cost": 8.44, … */
static int read_cost(struct text plan, double *ret, struct diag *diag)
{
    CLEANUP(document_free) struct document *document = NULL;
    const struct node *first, *cost;
    int r = document_parse(plan, diag, &document);

    if (r < 0)
        return r;
    first = node_count(document_root(document)) > 0
                ? node_item(document_root(document), 0)
                : NULL;
    cost = first ? node_member(node_member(first, "Plan"), "Total Cost") : NULL;
    *ret = number_of(cost);
    return 0;
}

static YIELDS int plan(struct connection *connection, struct text query,
                       double *ret, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer sql = { .limit = SQL_BYTES_MAX };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement explain = { .name = "hypothetical_plan" };
    int r;

    buffer_add_format(&sql, "EXPLAIN (FORMAT JSON) %.*s", TEXT_ARG(query));
    buffer_add_byte(&sql, '\0');
    if (buffer_overflown(&sql))
        return FAIL(diag, ERR_TOO_LARGE, "the query is too long to be planned");
    explain.sql = sql.at;
    r = connection_query(connection, &explain, NULL, 0, DEADLINE_NEVER, &rows,
                         diag);
    return r < 0 ? r : read_cost(rows_get(rows, 0, 0), ret, diag);
}

/* It knows no CONCURRENTLY, as it makes nothing. */
static YIELDS int create(struct connection *connection, struct text index,
                         struct diag *diag)
{
    static const struct statement statement = {
        .name = "hypothetical_create",
        .sql = "SELECT count(*) FROM hypopg_create_index("
               "replace($1, 'CONCURRENTLY IF NOT EXISTS ', ''))",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;

    return connection_query(connection, &statement, &index, 1, DEADLINE_NEVER,
                            &rows, diag);
}

int hypothetical_weigh(struct connection *connection, struct text index,
                       struct text query, struct weighed *ret,
                       struct diag *diag)
{
    int r = connection_script(connection, TEXT("BEGIN"), DEADLINE_NEVER, diag);

    if (r == 0)
        r = plan(connection, query, &ret->before, diag);
    if (r == 0)
        r = create(connection, index, diag);
    if (r == 0)
        r = plan(connection, query, &ret->after, diag);
    if (r < 0)
        return r; /* the session's end forgets */
    return connection_script(connection,
                             TEXT("SELECT hypopg_reset(); ROLLBACK"),
                             DEADLINE_NEVER, diag);
}
