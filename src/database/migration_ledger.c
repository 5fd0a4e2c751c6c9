/* SPDX-License-Identifier: MIT */
#include "base/memory.h"
#include "database/migration_job.h"

#include <stdio.h>

int migration_ledger_make(struct migration_job *job, struct diag *diag)
{
    return connection_script(job->connection, text_of(job->sql->make_ledger),
                             DEADLINE_NEVER, diag);
}

static uint64_t to_count(struct text t)
{
    int64_t value = 0;

    return text_to_int64(t, &value) && value > 0 ? (uint64_t)value : 0;
}

static void read_record(const struct rows *rows, unsigned row,
                        struct migration_record *ret)
{
    *ret = (struct migration_record){
        .domain = rows_get(rows, row, RECORD_DOMAIN),
        .number = (unsigned)to_count(rows_get(rows, row, RECORD_NUMBER)),
        .name = rows_get(rows, row, RECORD_NAME),
        .sha256 = rows_get(rows, row, RECORD_SHA256),
        .applied_at = rows_get(rows, row, RECORD_APPLIED_AT),
        .applied_by = rows_get(rows, row, RECORD_APPLIED_BY),
        .took_ms = to_count(rows_get(rows, row, RECORD_TOOK_MS)),
    };
}

/* *ret_rows stays NULL when there is no ledger. */
static int read_rows(struct connection *connection, struct deadline until,
                     struct rows **ret_rows, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *has = NULL;
    const struct migration_sql *sql;
    int r;

    r = migration_sql_find(connection, &sql, diag);
    if (r == 0)
        r = connection_query(connection, &sql->has_ledger, NULL, 0, until, &has,
                             diag);
    if (r < 0 || !text_is(rows_get(has, 0, 0), "t"))
        return r;
    return connection_query(connection, &sql->records, NULL, 0, until, ret_rows,
                            diag);
}

int migration_ledger_read(struct connection *connection,
                          const struct migration_set *set,
                          struct deadline until,
                          struct migration_report *ret_report,
                          struct diag *diag)
{
    struct migration_record *records;
    struct rows *rows = NULL;
    unsigned count;
    int r;

    r = read_rows(connection, until, &rows, diag);
    if (r < 0)
        return r;
    count = rows ? rows_count(rows) : 0;
    records = memory_new_array(count + 1, sizeof(*records));
    for (unsigned i = 0; i < count; i++)
        read_record(rows, i, &records[i]);
    migration_report_make(ret_report, set, records, count);
    ret_report->rows = rows;
    return 0;
}

int migration_ledger_write(struct migration_job *job,
                           const struct migration_task *task, unsigned took_ms,
                           struct diag *diag)
{
    enum { KEY = 2, ALL = 5 };
    const struct migration *migration = task->migration;
    char number[16], ms[16];

    snprintf(number, sizeof(number), "%u", migration->number);
    snprintf(ms, sizeof(ms), "%u", took_ms);
    const struct text params[ALL] = {
        migration->domain, text_of(number),
        migration->name,   text_of(migration->up->sha256),
        text_of(ms),
    };
    return connection_query(
        job->connection, task->undo ? &job->sql->forget : &job->sql->record,
        params, task->undo ? KEY : ALL, DEADLINE_NEVER, NULL, diag);
}
