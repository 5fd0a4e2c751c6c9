/* SPDX-License-Identifier: MIT */
#include "store/export.h"

#include "base/check.h"
#include "database/transaction.h"
#include "store/scope.h"
#include "store/sql_list.h"
#include "json/csv.h"

#include <stdio.h>

enum {
    /*
     * Bytes of a batch, more or less: as few as keep the database busy, which
     * stops when the socket is full. Rows follow from the size of the last.
     */
    BATCH_BYTES = 128 * 1024,
    BATCH_ROWS = 50, /* the first one, before anything is known */
    BATCH_ROWS_MAX = 1000,
    RUN_LIMIT_BYTES = 1 << 30, /* of a batch of the longest rows */
    FETCH_BYTES = 48,
};

/* A batch that was asked for. */
struct fetch {
    char sql[FETCH_BYTES];
    struct statement statement;
    unsigned rows;
    struct call *call;
};

struct export
{
    struct store *store;
    const struct listing *listing;
    const struct selection *selection;
    enum export_format format;
    export_fn *fn;
    void *arg;
    struct transaction *transaction;
    struct fetch fetches[2]; /* one on its way, one being written */
    unsigned batch_rows;
    struct buffer run;
};

/* --- writing -------------------------------------------------------------- */

static void add_line(const struct selection *selection,
                     const struct text *columns, struct buffer *run)
{
    shape_encode(selection, columns, run);
    buffer_add_byte(run, '\n');
}

static void add_nothing(const struct selection *selection, struct buffer *run)
{
    (void)selection, (void)run;
}

static const struct {
    void (*begin)(const struct selection *selection, struct buffer *run);
    void (*row)(const struct selection *selection, const struct text *columns,
                struct buffer *run);
} formats[EXPORT_FORMATS] = {
    [EXPORT_NDJSON] = { add_nothing, add_line },
    [EXPORT_CSV] = { csv_encode_names, csv_encode },
};

static void add_rows(struct export *export, const struct rows *rows)
{
    const struct selection *selection = export->selection;
    struct text columns[SHAPE_FIELDS_MAX];

    for (unsigned row = 0; row < rows_count(rows); row++) {
        rows_get_first(rows, row, (unsigned)selection->count, columns);
        formats[export->format].row(selection, columns, &export->run);
    }
}

/* Small rows come many at a time; a batch may double, but shrinks at once. */
static void learn(struct export *export, size_t bytes, unsigned rows)
{
    size_t wanted = rows > 0 ? BATCH_BYTES / (bytes / rows + 1) + 1 : 1;
    size_t most = 2 * (size_t) export->batch_rows;

    if (most > BATCH_ROWS_MAX)
        most = BATCH_ROWS_MAX;
    export->batch_rows = (unsigned)(wanted < most ? wanted : most);
}

static YIELDS int write_rows(struct export *export, const struct rows *rows)
{
    size_t before = export->run.len;
    int r;

    add_rows(export, rows);
    learn(export, export->run.len - before, rows_count(rows));
    r = store_written(&export->run, transaction_diag(export->transaction));
    if (r == 0)
        r = export->fn(export->arg, buffer_text(&export->run));
    buffer_clear(&export->run);
    return r;
}

/* --- reading -------------------------------------------------------------- */

static void submit(struct export *export, struct fetch *fetch)
{
    snprintf(fetch->sql, sizeof(fetch->sql), "FETCH FORWARD %u FROM exported",
             export->batch_rows);
    fetch->rows = export->batch_rows;
    fetch->statement = (struct statement){
        .name = "export_fetch",
        .sql = fetch->sql,
        .collection = export->listing->resource->table,
        .planned_anew = true, /* its columns are the cursor's */
    };
    fetch->call =
        transaction_submit(export->transaction, &fetch->statement, NULL, 0);
}

static int declare(struct export *export, struct call **ret_call,
                   struct statement *statement)
{
    struct buffer *sql = &export->store->stock->sql;
    const struct params *params = &export->listing->params;

    buffer_clear(sql);
    sql_export(sql, export->listing);
    *statement = (struct statement){
        .name = "export_declare",
        .sql = arena_copy(export->listing->arena, buffer_text(sql)),
        .collection = export->listing->resource->table,
        .planned_anew = true,
    };
    if (buffer_overflown(sql) || !statement->sql)
        return FAIL(transaction_diag(export->transaction), ERR_TOO_LARGE,
                    "the query is too large");
    *ret_call = transaction_submit(export->transaction, statement,
                                   params->items, params->count);
    return 0;
}

/* Where the rows end, the batch asked for behind them is given up. */
static YIELDS int next_rows(struct export *export, struct fetch *fetch,
                            bool *ret_more)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = transaction_wait(export->transaction, &fetch->call, &rows);

    if (r < 0)
        return r;
    *ret_more = rows_count(rows) == fetch->rows;
    if (*ret_more)
        submit(export, fetch);
    return write_rows(export, rows);
}

static YIELDS int each_batch(struct export *export)
{
    bool more = true;
    int r = 0;

    for (unsigned i = 0; r == 0 && more; i ^= 1)
        r = next_rows(export, &export->fetches[i], &more);
    return r;
}

/* It leaves in one write: BEGIN, the cursor, and the first two batches. */
static YIELDS int export_all(struct transaction *transaction, void *arg)
{
    struct export *export = arg;
    CLEANUP(call_abandon) struct call *call = NULL;
    struct statement statement;
    int r;

    export->transaction = transaction;
    r = declare(export, &call, &statement);
    if (r < 0)
        return r;
    submit(export, &export->fetches[0]);
    submit(export, &export->fetches[1]);
    r = transaction_wait(transaction, &call, NULL);
    if (r == 0)
        r = each_batch(export);
    call_abandon(&export->fetches[0].call);
    call_abandon(&export->fetches[1].call);
    return r;
}

static void export_end(struct export *export)
{
    buffer_fini(&export->run);
}

int store_export(struct store *store, const struct listing *listing,
                 enum export_format format, export_fn *fn, void *arg,
                 struct deadline until, struct diag *diag)
{
    static const struct transaction_options options = {
        .isolation = ISOLATION_REPEATABLE_READ, /* one snapshot */
        .read_only = true,
        .once = true,
    };
    CLEANUP(export_end)
    struct export export = {
        .store = store,
        .listing = listing,
        .selection = &listing->view.selection,
        .format = format,
        .fn = fn,
        .arg = arg,
        .batch_rows = BATCH_ROWS,
    };

    CHECK(format < EXPORT_FORMATS);
    buffer_init(&export.run, RUN_LIMIT_BYTES);
    formats[format].begin(export.selection, &export.run);
    return scope_run(store, &options, export_all, &export, until, NULL, diag);
}
