/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"
#include "base/id.h"
#include "base/memory.h"
#include "postgres/link.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLAN_LINE_BYTES = 160, PLAN_NAME_BYTES = 40 };

/*
 * The plan for any values, as EXPLAIN (GENERIC_PLAN) gives it from PostgreSQL
 * 16 on: with force_generic_plan nobody looks at the NULLs. It is planned, not
 * run.
 */
struct explaining {
    struct connection *connection;
    struct deadline until;
    struct diag *diag;
    char name[PLAN_NAME_BYTES]; /* a session may be somebody else's next */
};

static YIELDS int ask(struct explaining *e, const char *sql,
                      struct rows **ret_rows)
{
    struct statement statement = { .name = "explain",
                                   .sql = sql,
                                   .planned_anew = true };

    return connection_query(e->connection, &statement, NULL, 0, e->until,
                            ret_rows, e->diag);
}

/* No plan is worth a wait for a lock, which others would wait behind. */
static YIELDS int prepare(struct explaining *e, const char *sql)
{
    static const char *const settings[] = {
        "SET LOCAL plan_cache_mode = force_generic_plan",
        "SET LOCAL lock_timeout = 100",
        "SET LOCAL statement_timeout = 2000",
    };
    CLEANUP(memory_free)
    char *text = memory_format("PREPARE %s AS %s", e->name, sql);
    int r;

    r = ask(e, "BEGIN", NULL);
    for (size_t i = 0; i < ARRAY_LEN(settings) && r == 0; i++)
        r = ask(e, settings[i], NULL);
    return r == 0 ? ask(e, text, NULL) : r;
}

static YIELDS int count_parameters(struct explaining *e, unsigned long *ret)
{
    CLEANUP(memory_free)
    char *text = memory_format("SELECT cardinality(parameter_types) FROM "
                               "pg_prepared_statements WHERE name = '%s'",
                               e->name);
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(e, text, &rows);

    if (r == 0 && rows_count(rows) != 1)
        return FAIL(e->diag, ERR_QUERY_FAILED, "it was not prepared");
    if (r == 0)
        *ret = strtoul(rows_get(rows, 0, 0).at, NULL, 10);
    return r;
}

static YIELDS int plan(struct explaining *e, unsigned long parameters,
                       struct rows **ret_rows)
{
    CLEANUP(buffer_fini) struct buffer text = { 0 };

    buffer_init(&text, 8192);
    buffer_add_format(&text, "EXPLAIN EXECUTE %s", e->name);
    for (unsigned long i = 0; i < parameters; i++)
        buffer_add_string(&text, i == 0 ? "(NULL" : ", NULL");
    buffer_add(&text, ")", parameters > 0 ? 1 : 0);
    buffer_add_byte(&text, '\0');
    return ask(e, text.at, ret_rows);
}

/* Policies make some lines very long. */
static void add_lines(struct buffer *out, const struct rows *rows)
{
    for (unsigned i = 0; i < rows_count(rows); i++) {
        struct text line = rows_get(rows, i, 0);
        size_t len = line.len < PLAN_LINE_BYTES ? line.len : PLAN_LINE_BYTES;

        while (len < line.len && len > 0 && (line.at[len] & 0xC0) == 0x80)
            len--;
        if (out->len + len + 5 > out->limit)
            return;
        buffer_add_string(out, i > 0 ? "\n" : "");
        buffer_add(out, line.at, len);
        buffer_add_string(out, len < line.len ? "…" : "");
    }
}

/*
 * Behind a pooler only the transaction is in the session where it was prepared;
 * one that has failed cannot forget it, and nobody asks for that name again.
 */
static YIELDS void clear(struct explaining *e)
{
    CLEANUP(memory_free)
    char *text = memory_format("DEALLOCATE %s", e->name);

    e->diag = NULL;
    if (ask(e, text, NULL) < 0 && ask(e, "ROLLBACK", NULL) == 0)
        (void)!ask(e, text, NULL);
    else
        (void)!ask(e, "ROLLBACK", NULL);
}

int postgres__explain(struct connection *connection, const char *sql,
                      struct deadline until, struct buffer *out,
                      struct diag *diag)
{
    struct explaining e = { .connection = connection,
                            .until = until,
                            .diag = diag };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    unsigned char chance[8];
    unsigned long parameters = 0;
    char hex[17];
    int r;

    random_bytes(chance, sizeof(chance));
    hex_format(chance, sizeof(chance), hex);
    snprintf(e.name, sizeof(e.name), "explained_%s", hex);
    r = prepare(&e, sql);
    if (r == 0)
        r = count_parameters(&e, &parameters);
    if (r == 0)
        r = plan(&e, parameters, &rows);
    if (r == 0)
        add_lines(out, rows);
    clear(&e);
    return r;
}
