/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/fault.h"
#include "base/memory.h"
#include "postgres/link.h"

/* --- changing sides ------------------------------------------------------ */

static bool is_idle(const struct postgres *pg)
{
    return pg->steps.count == 0 && list_is_empty(&pg->queued);
}

static void die_of_link(struct postgres *pg)
{
    void (*lost)(struct connection * connection) = pg->base.lost;

    pg->base.lost = NULL; /* its holder learns of it from us */
    postgres__lose(pg, NULL);
    pg->base.lost = lost;
}

int postgres__drive_begin(struct postgres *pg, struct deadline until,
                          struct diag *diag)
{
    int r = 0;

    CHECK(!pg->base.driven && pg->driving == NULL);
    pg->driving = fiber_self();
    while (!pg->base.dead && !is_idle(pg) && r == 0)
        r = fiber_wait(until);
    pg->driving = NULL;
    if (pg->base.dead)
        return postgres__tell_loss(pg, diag);
    if (r < 0)
        return r;
    if (!PQexitPipelineMode(pg->link)) {
        die_of_link(pg);
        return postgres__tell_loss(pg, diag);
    }
    pg->base.driven = true;
    watch_change(pg->watch, 0);
    return 0;
}

void postgres__drive_end(struct postgres *pg)
{
    CHECK(pg->base.driven);
    pg->base.driven = false;
    if (pg->base.dead)
        return;
    if (!pg->watch || pg->fatal.code != 0 ||
        PQstatus(pg->link) == CONNECTION_BAD || !PQenterPipelineMode(pg->link))
        die_of_link(pg);
    else
        watch_change(pg->watch, WATCH_READ);
}

/* --- the socket ---------------------------------------------------------- */

/* A wait that ends early leaves an unfinished command: the link is cut. */
static int wait_for(struct postgres *pg, int events, struct deadline until,
                    struct diag *diag)
{
    int r = 0;

    if (pg->base.dead || !pg->watch)
        return FAIL(diag, ERR_LINK_LOST,
                    "the connection to the database was lost");
    pg->events = 0;
    pg->driving = fiber_self();
    watch_change(pg->watch, events);
    while (pg->events == 0 && !pg->base.dead && r == 0)
        r = fiber_wait(until);
    pg->driving = NULL;
    if (pg->base.dead)
        return postgres__tell_loss(pg, diag);
    if (pg->events)
        return 0;
    postgres__cut(&pg->base);
    return r == -ERR_DEADLINE
               ? FAIL(diag, ERR_DEADLINE, "the database did not answer in time")
               : r;
}

/* libpq closes the socket when it fails: it must not be watched any more. */
static void consume(struct postgres *pg)
{
    if (!PQconsumeInput(pg->link) || fault_hit(FAULT_LINK))
        watch_free(&pg->watch);
}

int postgres__drive_in(struct postgres *pg, struct deadline until,
                       struct diag *diag)
{
    int r = wait_for(pg, WATCH_READ, until, diag);

    if (r == 0)
        consume(pg);
    return r;
}

int postgres__drive_out(struct postgres *pg, struct deadline until,
                        struct diag *diag)
{
    int left, r = 0;

    while (r == 0 && (left = PQflush(pg->link)) != 0) {
        if (left < 0)
            watch_free(&pg->watch);
        r = wait_for(pg, WATCH_READ | WATCH_WRITE, until, diag);
        if (r == 0 && pg->events & WATCH_READ)
            consume(pg);
    }
    return r;
}

/* --- commands ------------------------------------------------------------ */

int postgres__drive_send(struct postgres *pg, struct text sql,
                         struct deadline until, struct diag *diag)
{
    CLEANUP(memory_free) char *copy = memory_copy(sql.at, sql.len);

    if (!PQsendQuery(pg->link, copy)) {
        die_of_link(pg);
        return postgres__tell_loss(pg, diag);
    }
    return postgres__drive_out(pg, until, diag);
}

int postgres__drive_result(struct postgres *pg, struct deadline until,
                           PGresult **ret_result, struct diag *diag)
{
    int r = 0;

    while (r == 0 && PQisBusy(pg->link))
        r = postgres__drive_in(pg, until, diag);
    if (r == 0)
        *ret_result = PQgetResult(pg->link);
    return r;
}

static bool wants_copy(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
           status == PGRES_COPY_BOTH;
}

static void take(struct postgres *pg, PGresult *result, struct failure *failure,
                 uint64_t *ret_rows)
{
    bool failed = PQresultStatus(result) == PGRES_FATAL_ERROR;

    if (failed && failure->code == 0)
        failure_from_result(failure, result);
    if (failed && pg->fatal.code == 0 && result_is_fatal(result))
        pg->fatal = *failure;
    if (!failed && ret_rows)
        *ret_rows = pg->base.driver->affected(result);
    PQclear(result);
}

int postgres__drive_to_end(struct postgres *pg, struct deadline until,
                           uint64_t *ret_rows, struct diag *diag)
{
    struct failure failure = { 0 };
    PGresult *result = NULL;
    int r;

    for (;;) {
        r = postgres__drive_result(pg, until, &result, diag);
        if (r < 0 || !result)
            break;
        if (wants_copy(result)) {
            PQclear(result);
            postgres__cut(&pg->base);
            return FAIL(diag, ERR_QUERY_FAILED,
                        "COPY cannot be run in this way");
        }
        take(pg, result, &failure, ret_rows);
    }
    return r < 0 || failure.code == 0 ? r : failure_tell(&failure, diag);
}
