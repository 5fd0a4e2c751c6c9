/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/fault.h"
#include "postgres/link.h"

enum { PIECE_BYTES = 64 * 1024 };

/* --- starting either way ------------------------------------------------- */

/* The answer to the command must be that the COPY begins. */
static int expect(struct postgres *pg, ExecStatusType wanted,
                  struct deadline until, struct diag *diag)
{
    struct failure failure = { 0 };
    PGresult *result = NULL;
    ExecStatusType status;
    int r;

    r = postgres__drive_result(pg, until, &result, diag);
    if (r < 0)
        return r;
    status = PQresultStatus(result);
    if (status == wanted) {
        PQclear(result);
        return 0;
    }
    failure_of(&failure, -ERR_QUERY_FAILED, "the statement is no COPY");
    if (status == PGRES_FATAL_ERROR)
        failure_from_result(&failure, result);
    PQclear(result);
    r = postgres__drive_to_end(pg, until, NULL, NULL);
    (void)r; /* what failed first is told */
    return failure_tell(&failure, diag);
}

static int start(struct connection *connection, struct text sql,
                 ExecStatusType wanted, struct deadline until,
                 struct diag *diag)
{
    struct postgres *pg = postgres_of(connection);
    int r;

    r = postgres__drive_begin(pg, until, diag);
    if (r < 0)
        return r;
    r = postgres__drive_send(pg, sql, until, diag);
    if (r == 0)
        r = expect(pg, wanted, until, diag);
    if (r < 0)
        postgres__drive_end(pg);
    return r;
}

int postgres__copy_in_start(struct connection *connection, struct text sql,
                            struct deadline until, struct diag *diag)
{
    return start(connection, sql, PGRES_COPY_IN, until, diag);
}

int postgres__copy_out_start(struct connection *connection, struct text sql,
                             struct deadline until, struct diag *diag)
{
    return start(connection, sql, PGRES_COPY_OUT, until, diag);
}

/* --- in ------------------------------------------------------------------ */

/* libpq would take any amount: pushing back is our part. */
int postgres__copy_in_data(struct connection *connection, struct text bytes,
                           struct deadline until, struct diag *diag)
{
    struct postgres *pg = postgres_of(connection);
    int r = 0;

    CHECK(pg->base.driven);
    if (fault_hit(FAULT_COPY_SEND))
        postgres__cut(connection);
    if (pg->base.dead)
        return postgres__tell_loss(pg, diag);
    while (bytes.len > 0 && r == 0) {
        size_t len = bytes.len < PIECE_BYTES ? bytes.len : PIECE_BYTES;

        if (PQputCopyData(pg->link, bytes.at, (int)len) != 1)
            watch_free(&pg->watch);
        r = postgres__drive_out(pg, until, diag);
        bytes = text_skip(bytes, len);
    }
    return r;
}

static int end_in(struct postgres *pg, const char *give_up_why,
                  struct deadline until, uint64_t *ret_rows, struct diag *diag)
{
    int r;

    if (pg->base.dead)
        return postgres__tell_loss(pg, diag);
    if (PQputCopyEnd(pg->link, give_up_why) != 1)
        watch_free(&pg->watch);
    r = postgres__drive_out(pg, until, diag);
    if (r < 0)
        return r;
    if (!give_up_why)
        return postgres__drive_to_end(pg, until, ret_rows, diag);
    /* 57014 is how the server says that it did as told */
    r = postgres__drive_to_end(pg, until, NULL, NULL);
    return r == -ERR_DEADLINE && !pg->base.dead ? 0 : r;
}

int postgres__copy_in_end(struct connection *connection,
                          const char *give_up_why, struct deadline until,
                          uint64_t *ret_rows, struct diag *diag)
{
    struct postgres *pg = postgres_of(connection);
    int r;

    CHECK(pg->base.driven);
    r = end_in(pg, give_up_why, until, ret_rows, diag);
    postgres__drive_end(pg);
    return r;
}

/* --- out ----------------------------------------------------------------- */

/* The row's length; 0: none is left; or -ERR_x. */
static int next_row(struct postgres *pg, struct deadline until,
                    struct diag *diag)
{
    int len, r = 0;

    while ((len = PQgetCopyData(pg->link, &pg->copied_row, 1)) == 0 && r == 0) {
        if (!pg->watch) /* the link has ended in the middle of a row */
            break;
        r = postgres__drive_in(pg, until, diag);
    }
    if (r < 0)
        return r;
    return len > 0 ? len : postgres__drive_to_end(pg, until, NULL, diag);
}

int postgres__copy_out_next(struct connection *connection,
                            struct deadline until, struct text *ret_row,
                            struct diag *diag)
{
    struct postgres *pg = postgres_of(connection);
    int len;

    *ret_row = TEXT_NULL;
    if (pg->base.dead)
        return postgres__tell_loss(pg, diag);
    CHECK(pg->base.driven);
    PQfreemem(pg->copied_row);
    pg->copied_row = NULL;
    len = next_row(pg, until, diag);
    if (len > 0) {
        *ret_row = text_from(pg->copied_row, (size_t)len);
        return 0;
    }
    postgres__drive_end(pg);
    return len;
}
