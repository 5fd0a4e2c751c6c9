/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/fault.h"
#include "base/memory.h"
#include "postgres/keywords.h"
#include "postgres/link.h"
#include "postgres/postgres.h"
#include "telemetry/log.h"

/* --- connecting ---------------------------------------------------------- */

static void on_connect_event(void *arg, int events)
{
    struct postgres *pg = arg;

    watch_change(pg->watch, 0);
    pg->events = events;
    fiber_wake(pg->driving);
}

/* libpq may close the socket and open another at each step: watch anew. */
static int wait_for(struct postgres *pg, int events, struct deadline until)
{
    int r = watch_new(pg->base.loop, PQsocket(pg->link), events,
                      on_connect_event, pg, &pg->watch);

    if (r < 0)
        return r;
    pg->events = 0;
    pg->driving = fiber_self();
    while (pg->events == 0 && r == 0)
        r = fiber_wait(until);
    pg->driving = NULL;
    watch_free(&pg->watch);
    return pg->events ? 0 : r;
}

static int fail_to_connect(const struct postgres *pg, struct diag *diag)
{
    struct failure failure;

    failure_from_connect(&failure, pg->link);
    return failure_tell(&failure, diag);
}

static int connect_link(struct postgres *pg, struct deadline until,
                        struct diag *diag)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    int r = 0;

    if (PQstatus(pg->link) == CONNECTION_BAD || fault_hit(FAULT_CONNECT))
        return fail_to_connect(pg, diag);
    PQsetErrorVerbosity(pg->link, PQERRORS_VERBOSE); /* for the SQLSTATE */
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED && r == 0) {
        r = wait_for(pg,
                     next == PGRES_POLLING_READING ? WATCH_READ : WATCH_WRITE,
                     until);
        if (r == 0)
            next = PQconnectPoll(pg->link);
    }
    if (r == -ERR_DEADLINE)
        return FAIL(diag, ERR_CONNECT_FAILED,
                    "the database did not take the connection in time");
    if (r < 0)
        return r;
    return next == PGRES_POLLING_OK ? 0 : fail_to_connect(pg, diag);
}

static void log_notice(const PGresult *result)
{
    struct failure notice;
    struct event ev;

    failure_from_result(&notice, result);
    event_begin(&ev, LOG_DEBUG, "database_notice");
    event_string(&ev, "sqlstate", notice.sqlstate);
    event_string(&ev, "message", notice.cause);
    event_end(&ev);
}

/* A FATAL that comes while nothing is asked reaches us as a notice, too. */
static void on_notice(void *arg, const PGresult *result)
{
    struct postgres *pg = arg;

    if (pg->fatal.code == 0 && result_is_fatal(result))
        failure_from_result(&pg->fatal, result);
    if (log_wants(LOG_DEBUG))
        log_notice(result);
}

static int begin_pipeline(struct postgres *pg, struct diag *diag)
{
    PQsetErrorVerbosity(pg->link, PQERRORS_DEFAULT);
    PQsetNoticeReceiver(pg->link, on_notice, pg);
    if (PQsetnonblocking(pg->link, 1) != 0 || !PQenterPipelineMode(pg->link))
        return fail_to_connect(pg, diag);
    return watch_new(pg->base.loop, PQsocket(pg->link), WATCH_READ,
                     postgres__on_ready, pg, &pg->watch);
}

static struct postgres *make(struct loop *loop)
{
    struct postgres *pg = NEW(struct postgres);

    pg->base.magic = CONNECTION_MAGIC;
    pg->base.driver = &postgres_driver;
    pg->base.loop = loop;
    list_init(&pg->queued);
    list_init(&pg->answered);
    list_init(&pg->spare);
    turn_hook_init(&pg->flush, TURN_FLUSH, postgres__flush, pg);
    return pg;
}

static void free_postgres(struct postgres **pg_at)
{
    struct postgres *pg = *pg_at;

    if (!pg)
        return;
    turn_hook_cancel(&pg->flush);
    watch_free(&pg->watch);
    PQfinish(pg->link);
    PQfreemem(pg->copied_row);
    postgres__orphan_queries(pg);
    prepared_fini(&pg->prepared);
    memory_free(&pg->steps.at);
    pg->base.magic = 0;
    memory_free(pg_at);
}

int postgres__open(struct loop *loop, const struct target *target,
                   const struct open_options *options, struct deadline until,
                   struct connection **ret, struct diag *diag)
{
    CLEANUP(free_postgres) struct postgres *pg = make(loop);
    CLEANUP(keywords_fini) struct keywords keywords = { 0 };
    int r;

    until = deadline_earlier(
        until, deadline_after(loop_now_ns(loop), options->connect_timeout_ms));
    r = keywords_make(&keywords, target, options, diag);
    if (r < 0)
        return r;
    pg->pooled = options->pooled;
    pg->link = PQconnectStartParams(keywords.names, keywords.values, 0);
    CHECK(pg->link != NULL);
    r = connect_link(pg, until, diag);
    if (r == 0)
        r = begin_pipeline(pg, diag);
    if (r < 0)
        return r;
    *ret = &pg->base;
    pg = NULL;
    return 0;
}

/* --- ending -------------------------------------------------------------- */

static void die(struct postgres *pg, const struct failure *why)
{
    pg->base.dead = true;
    pg->base.loss = *why;
    watch_free(&pg->watch);
    postgres__fail_sent(pg);
    postgres__fail_queued(pg);
    if (pg->driving)
        fiber_wake(pg->driving);
}

void postgres__lose(struct postgres *pg, const struct failure *why)
{
    struct failure failure;

    if (pg->base.dead)
        return;
    failure_from_link(&failure, pg->link);
    if (pg->fatal.code == -ERR_LINK_LOST)
        failure = pg->fatal;
    die(pg, why ? why : &failure);
    if (pg->base.lost)
        pg->base.lost(&pg->base);
}

void postgres__cut(struct connection *connection)
{
    struct failure failure = { 0 };

    failure_of(&failure, -ERR_LINK_LOST,
               "the connection to the database was closed");
    if (!connection->dead)
        die(postgres_of(connection), &failure);
}

void postgres__close(struct connection *connection)
{
    struct postgres *pg = postgres_of(connection);

    CHECK(pg->driving == NULL);
    postgres__cut(connection);
    postgres__fail_queued(pg);
    free_postgres(&pg);
}

int postgres__tell_loss(const struct postgres *pg, struct diag *diag)
{
    return failure_tell(&pg->base.loss, diag);
}

/* --- cancelling ---------------------------------------------------------- */

static void cancel(void *arg)
{
    char why[256];

    (void)!PQcancel(arg, why, sizeof(why));
}

/* libpq connects anew for it and waits: not on the loop. */
void postgres__cancel(struct connection *connection)
{
    PGcancel *how = PQgetCancel(postgres_of(connection)->link);

    if (!how)
        return;
    work_run(cancel, how);
    PQfreeCancel(how);
}
