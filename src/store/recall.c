/* SPDX-License-Identifier: MIT */
#include "store/recall.h"

#include "store/sql_fixed.h"

#include <stdio.h>

/*
 * A table that nobody watches leaves no record, and that there is none tells
 * nothing. For the day PostgreSQL looks into one month, or two.
 */
const struct statement sql_recall = {
    .name = "recall",
    .collection = "audit",
    .sql = "SELECT a.resource_id, a.after->>'version',"
           " EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass($3)"
           " AND tgname = $3 || '_audit_update' AND tgenabled IN ('O', 'A'))"
           " FROM (SELECT) AS one LEFT JOIN (SELECT * FROM audit"
           " WHERE resource_id = $1::uuid AND at > now() - interval '1 day'"
           " AND mark = $2::uuid) AS a ON true",
};

/* Its own answer would have shown all that is read here to whoever wrote it. */
static const struct scope everything = { 1, { { SCOPE_RIGHTS, TEXT("*:*") } } };

/* The object as it is now, which may be of a later version. */
static YIELDS int read_object(const struct writing *w, struct pool *pool,
                              struct text version, struct deadline until,
                              struct rows **ret_rows, struct diag *diag)
{
    char list[UUID_TEXT_BYTES + 2];
    struct text ids;
    int r;

    snprintf(list, sizeof(list), "{%.*s}", TEXT_ARG(w->params[0]));
    ids = text_of(list);
    r = pool_read(pool, &everything, &w->entry->by_id, &ids, 1, until, ret_rows,
                  diag);
    if (r < 0)
        return r;
    if (rows_count(*ret_rows) == 1 &&
        text_equal(rows_get(*ret_rows, 0, 1), version))
        return 0;
    rows_unref(ret_rows);
    return FAIL(diag, ERR_OUTCOME_UNKNOWN,
                "the change was made, and the object has changed since");
}

static YIELDS int recall(void *arg, struct pool *pool, struct deadline until,
                         struct rows **ret_rows, struct diag *diag)
{
    const struct recalling *recalling = arg;
    const struct writing *w = recalling->writing;
    const struct text params[] = { w->params[0], text_of(recalling->mark),
                                   text_of(w->entry->resource->table) };
    CLEANUP(rows_unref) struct rows *record = NULL;
    int r = pool_read(pool, &everything, &sql_recall, params, 3, until, &record,
                      diag);

    if (r < 0)
        return r;
    if (text_is_null(rows_get(record, 0, 0)))
        return text_is(rows_get(record, 0, 2), "t") ? -ERR_NOT_FOUND
                                                    : -ERR_OUTCOME_UNKNOWN;
    if (w->whole)
        return read_object(w, pool, rows_get(record, 0, 1), until, ret_rows,
                           diag);
    *ret_rows = rows_ref(record); /* id and version */
    return 0;
}

void recalling_init(struct recalling *recalling, const struct writing *writing)
{
    uuid_format(uuid_v7(), recalling->mark);
    recalling->writing = writing;
    recalling->recall = (struct recall){ recall, recalling };
}
