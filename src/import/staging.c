/* SPDX-License-Identifier: MIT */
#include "import/staging.h"

#include "base/check.h"

#include <stdio.h>

enum {
    BATCH_BYTES = 1 << 20,       /* sent when a batch is that long */
    BATCH_LIMIT_BYTES = 1 << 27, /* the last record comes on top */
    /*
     * Lines merged by one statement: it keeps its foreign keys' checks in
     * memory until it ends, some 10 for each bill.
     */
    SLICE_LINES = 10000,
};

void staging_init(struct staging *staging, const struct staging_kind *kind,
                  struct connection *connection,
                  const struct import_watcher *watcher)
{
    *staging = (struct staging){ .kind = kind,
                                 .connection = connection,
                                 .watcher = *watcher };
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_init(&staging->rows[i], BATCH_LIMIT_BYTES);
}

void staging_fini(struct staging *staging)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_fini(&staging->rows[i]);
}

static YIELDS int script(struct staging *staging, const char *sql,
                         struct diag *diag)
{
    return connection_script(staging->connection, text_of(sql), DEADLINE_NEVER,
                             diag);
}

int staging_begin(struct staging *staging, struct diag *diag)
{
    return script(staging, staging->kind->begin, diag);
}

/* --- in ------------------------------------------------------------------- */

static YIELDS int copy(struct staging *staging, const char *sql,
                       struct text rows, struct diag *diag)
{
    struct connection *connection = staging->connection;
    int r, end;

    r = copy_in_start(connection, text_of(sql), DEADLINE_NEVER, diag);
    if (r < 0)
        return r;
    r = copy_in_data(connection, rows, DEADLINE_NEVER, diag);
    end = copy_in_end(connection, r < 0 ? "given up" : NULL, DEADLINE_NEVER,
                      NULL, diag);
    return r < 0 ? r : end;
}

static YIELDS int send_batch(struct staging *staging, struct diag *diag)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++) {
        struct buffer *rows = &staging->rows[i];
        int r = 0;

        CHECK(!buffer_overflown(rows));
        if (rows->len > 0)
            r = copy(staging, staging->kind->copies[i], buffer_text(rows),
                     diag);
        if (r < 0)
            return r;
        buffer_clear(rows);
    }
    return 0;
}

int staging_added(struct staging *staging, uint64_t line, struct diag *diag)
{
    size_t bytes = 0;

    CHECK(line > staging->last_line);
    staging->last_line = line;
    staging->counts.received++;
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        bytes += staging->rows[i].len;
    return bytes < BATCH_BYTES ? 0 : send_batch(staging, diag);
}

static void tell(struct staging *staging, const struct import_fault *fault)
{
    staging->counts.failed++;
    staging->watcher.fault(staging->watcher.arg, fault);
}

void staging_refuse(struct staging *staging, const struct import_fault *fault)
{
    staging->counts.received++;
    tell(staging, fault);
}

/* --- out ------------------------------------------------------------------ */

struct slice {
    uint64_t done; /* lines before it */
    char first[24], last[24];
    struct text params[2];
};

static YIELDS int ask(struct staging *staging,
                      const struct statement *statement,
                      const struct slice *slice, struct rows **ret_rows,
                      struct diag *diag)
{
    return connection_query(staging->connection, statement,
                            slice ? slice->params : NULL, slice ? 2 : 0,
                            DEADLINE_NEVER, ret_rows, diag);
}

static uint64_t number(const struct rows *rows, unsigned row, unsigned column)
{
    int64_t value;

    CHECK(text_to_int64(rows_get(rows, row, column), &value) && value >= 0);
    return (uint64_t)value;
}

static YIELDS int check_slice(struct staging *staging,
                              const struct slice *slice, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(staging, &staging->kind->check, slice, &rows, diag);

    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        tell(staging, &(struct import_fault){
                          .line = number(rows, i, 0),
                          .code = rows_get(rows, i, 1).at,
                          .detail = rows_get(rows, i, 2).at,
                      });
    return r;
}

static YIELDS int take_step(struct staging *staging,
                            const struct merge_step *step,
                            const struct slice *slice, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r =
        ask(staging, &step->statement, step->whole ? NULL : slice, &rows, diag);

    if (r < 0 || rows_count(rows) == 0)
        return r;
    staging->counts.created += number(rows, 0, 0);
    staging->counts.updated += number(rows, 0, 1);
    return 0;
}

static YIELDS int merge_slice(struct staging *staging,
                              const struct slice *slice, struct diag *diag)
{
    const struct merge_step *step = staging->kind->steps;
    int r = 0;

    if (staging->watcher.merged)
        staging->watcher.merged(staging->watcher.arg, slice->done,
                                staging->last_line);
    for (; r == 0 && step->statement.sql; step++)
        r = take_step(staging, step, slice, diag);
    return r;
}

static void slice_init(struct slice *slice, uint64_t done)
{
    slice->done = done;
    snprintf(slice->first, sizeof(slice->first), "%llu",
             (unsigned long long)done + 1);
    snprintf(slice->last, sizeof(slice->last), "%llu",
             (unsigned long long)done + SLICE_LINES);
    slice->params[0] = text_of(slice->first);
    slice->params[1] = text_of(slice->last);
}

typedef int slice_fn(struct staging *staging, const struct slice *slice,
                     struct diag *diag);

static YIELDS int each_slice(struct staging *staging, slice_fn *fn,
                             struct diag *diag)
{
    int r = 0;

    for (uint64_t done = 0; r == 0 && done < staging->last_line;
         done += SLICE_LINES) {
        struct slice slice;

        slice_init(&slice, done);
        r = fn(staging, &slice, diag);
    }
    return r;
}

static YIELDS int supersede(struct staging *staging, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(staging, &staging->kind->supersede, NULL, &rows, diag);

    if (r == 0)
        staging->counts.superseded = rows_affected(rows);
    return r;
}

int staging_merge(struct staging *staging, struct diag *diag)
{
    struct import_counts *counts = &staging->counts;
    int r = send_batch(staging, diag);

    if (r == 0)
        r = script(staging, staging->kind->ready, diag);
    if (r == 0 && staging->kind->check.sql)
        r = each_slice(staging, check_slice, diag);
    if (r == 0)
        r = supersede(staging, diag);
    if (r == 0)
        r = each_slice(staging, merge_slice, diag);
    if (r < 0)
        return r;
    counts->unchanged = counts->received - counts->failed - counts->superseded -
                        counts->created - counts->updated;
    return 0;
}
