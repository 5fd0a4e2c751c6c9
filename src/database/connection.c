/* SPDX-License-Identifier: MIT */
#include "database/connection.h"

#include "base/check.h"
#include "base/feature.h"
#include "base/memory.h"
#include "database/driver.h"
#include "database/slow_log.h"
#include "telemetry/metrics.h"

#include <stdio.h>

/* --- life ---------------------------------------------------------------- */

static YIELDS int ask_name(struct connection *connection, struct deadline until,
                           struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    char key[SESSION_KEY_BYTES];
    struct text param;
    int r;

    connection->driver->session_key(connection, key);
    param = text_of(key);
    r = connection_query(connection, &connection->driver->dialect->session_name,
                         &param, 1, until, &rows, diag);
    if (r == 0 && rows_count(rows) > 0)
        snprintf(connection->session, sizeof(connection->session), "%.*s",
                 TEXT_ARG(rows_get(rows, 0, 0)));
    return r;
}

/* What is asked first of all. */
static YIELDS int greet(struct connection *connection,
                        const struct open_options *options,
                        struct deadline until, struct diag *diag)
{
    until =
        deadline_earlier(until, deadline_after(loop_now_ns(connection->loop),
                                               options->connect_timeout_ms));
    if (options->pooled)
        return connection_query(connection,
                                &connection->driver->dialect->pooled_session,
                                NULL, 0, until, NULL, diag);
    return options->named ? ask_name(connection, until, diag) : 0;
}

int connection_open(const struct driver *driver, struct loop *loop,
                    const struct target *target,
                    const struct open_options *options, struct deadline until,
                    struct connection **ret, struct diag *diag)
{
    int r;

    *ret = NULL;
    r = driver->open(loop, target, options, until, ret, diag);
    if (r < 0)
        return r;
    OBJ_CHECK(*ret, CONNECTION_MAGIC);
    (*ret)->opened_ns = loop_now_ns(loop);
    (*ret)->statement_timeout_ms = options->statement_timeout_ms;
    list_init(&(*ret)->line);
    r = greet(*ret, options, until, diag);
    if (r < 0)
        connection_close(ret);
    return r;
}

void connection_close(struct connection **connection_at)
{
    struct connection *connection = *connection_at;

    *connection_at = NULL;
    if (!connection)
        return;
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    connection->driver->close(connection);
}

bool connection_is_dead(const struct connection *connection)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->dead;
}

bool connection_is_clean(const struct connection *connection)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return !connection->dead && connection->outstanding == 0 &&
           !connection->driver->is_occupied(connection);
}

unsigned connection_outstanding(const struct connection *connection)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->outstanding;
}

struct loop *connection_loop(const struct connection *connection)
{
    return connection->loop;
}

const struct driver *connection_driver(const struct connection *connection)
{
    return connection->driver;
}

/* --- failures ------------------------------------------------------------ */

int failure_tell(const struct failure *failure, struct diag *diag)
{
    int code = -failure->code;

    if (!diag || diag->code != 0)
        return failure->code;
    (void)FAIL(diag, code, "%s", failure->detail);
    memcpy(diag->sqlstate, failure->sqlstate, sizeof(diag->sqlstate));
    memcpy(diag->constraint, failure->constraint, sizeof(diag->constraint));
    snprintf(diag->cause, sizeof(diag->cause), "%s", failure->cause);
    return failure->code;
}

struct failure *call_failure(struct call *call)
{
    OBJ_CHECK(call, CALL_MAGIC);
    if (!call->failure)
        call->failure = NEW(struct failure);
    return call->failure;
}

/* --- calls --------------------------------------------------------------- */

static struct call *submit(struct connection *connection,
                           const struct scope *scope,
                           const struct statement *statement,
                           const struct text *params, unsigned count,
                           unsigned flags)
{
    struct call *call;

    OBJ_CHECK(connection, CONNECTION_MAGIC);
    CHECK(count <= STATEMENT_PARAMETERS_MAX);
    call = connection->driver->submit(connection, scope, statement, params,
                                      count, flags);
    OBJ_CHECK(call, CALL_MAGIC);
    call->name = statement->name;
    call->collection = statement->collection;
    call->sql = statement->sql;
    list_push_back(&connection->line, &call->line);
    return call;
}

struct call *connection_submit(struct connection *connection,
                               const struct statement *statement,
                               const struct text *params, unsigned count,
                               unsigned flags)
{
    return submit(connection, NULL, statement, params, count, flags);
}

struct call *connection_submit_as(struct connection *connection,
                                  const struct scope *scope,
                                  const struct statement *statement,
                                  const struct text *params, unsigned count,
                                  unsigned flags)
{
    return submit(connection, scope, statement, params, count, flags);
}

struct call *connection_submit_for(struct connection *connection,
                                   const struct scope *scope,
                                   const struct statement *statement,
                                   const struct text *params, unsigned count,
                                   unsigned flags,
                                   void (*done)(struct call *, void *),
                                   void *arg)
{
    struct call *call =
        submit(connection, scope, statement, params, count, flags);

    CHECK(call->state != CALL_ANSWERED);
    call->done = done;
    call->arg = arg;
    return call;
}

/* Statements are done one after the other: what it waited is not its own. */
static uint64_t own_ns(const struct call *call, uint64_t now_ns)
{
    uint64_t before_ns = call->connection->answered_ns;

    return now_ns - (before_ns > call->sent_ns ? before_ns : call->sent_ns);
}

static bool is_first_in_line(const struct call *call)
{
    return call->line.prev == &call->connection->line;
}

static void note_if_slow(struct call *call, int result)
{
    struct slow_log *log = call->connection->slow_log;
    uint64_t took_ns = own_ns(call, loop_now_ns(call->connection->loop));

    if (!call->sent || call->noted ||
        !feature_is_on(FEATURE_PERFORMANCE_TRACKING) ||
        !slow_log_wants(slow_log_threshold_ns(log), took_ns))
        return;
    call->noted = true;
    slow_log_note(log, &(struct slow_call){
                           .name = call->name,
                           .collection = call->collection,
                           .sql = call->sql,
                           .took_ns = took_ns,
                           .rows = call->rows ? rows_count(call->rows) : 0,
                           .result = result,
                       });
}

/* One event per call: its histogram tells number, time and errors at once. */
static void observe(const struct call *call, int result)
{
    uint64_t took_ns = loop_now_ns(call->connection->loop) - call->sent_ns;
    const char *labels[] = {
        call->name,
        call->collection ? call->collection : "",
        result < 0 ? error_info(result)->code : "",
    };

    if (feature_is_on(FEATURE_PERFORMANCE_TRACKING))
        series_observe(metric_series(METRIC_DB_DURATION, labels),
                       (double)took_ns / NS_PER_S);
    if (call->rows)
        call->rows->took_ns = took_ns;
}

void call_answer(struct call *call, int result, struct rows *rows)
{
    OBJ_CHECK(call, CALL_MAGIC);
    CHECK(call->state != CALL_ANSWERED);
    call->state = CALL_ANSWERED;
    call->result = result;
    call->rows = rows;
    note_if_slow(call, result);
    list_remove(&call->line);
    call->connection->outstanding--;
    call->connection->answered++;
    call->connection->answered_ns = loop_now_ns(call->connection->loop);
    if (call->sent)
        observe(call, result);
    if (call->done)
        call->done(call, call->arg);
    if (call->done || call->abandoned)
        call->driver->release(call);
    else if (call->waiter)
        fiber_wake(call->waiter);
}

static int take_answer(struct call *call, struct rows **ret_rows,
                       struct diag *diag)
{
    if (call->result < 0 && call->failure)
        return failure_tell(call->failure, diag);
    if (call->result < 0)
        return FAIL(diag, -call->result, "%s", error_info(call->result)->title);
    if (ret_rows) {
        *ret_rows = call->rows;
        call->rows = NULL;
    }
    return 0;
}

int call_wait_sent(struct call **call_at, struct deadline until,
                   struct rows **ret_rows, bool *ret_sent, struct diag *diag)
{
    struct call *call = *call_at;
    int r = 0;

    OBJ_CHECK(call, CALL_MAGIC);
    call->waiter = fiber_self();
    while (call->state != CALL_ANSWERED && !call->displaced && r == 0)
        r = fiber_wait(until);
    call->waiter = NULL;
    *ret_sent = call->sent;
    if (call->state == CALL_ANSWERED)
        r = take_answer(call, ret_rows, diag);
    else if (call->displaced)
        r = -ERR_ABORTED;
    else if (r == -ERR_DEADLINE)
        r = FAIL(diag, ERR_DEADLINE, "the database did not answer in time");
    call_abandon(call_at);
    return r;
}

int call_wait(struct call **call, struct deadline until, struct rows **ret_rows,
              struct diag *diag)
{
    bool sent;

    return call_wait_sent(call, until, ret_rows, &sent, diag);
}

void call_abandon(struct call **call_at)
{
    struct call *call = *call_at;

    *call_at = NULL;
    if (!call)
        return;
    OBJ_CHECK(call, CALL_MAGIC);
    if (call->state == CALL_SENT) {
        if (is_first_in_line(call))
            note_if_slow(call, -ERR_CANCELLED);
        call->sql = NULL;
    }
    call->driver->release(call);
}

void call_displace(struct call *call)
{
    OBJ_CHECK(call, CALL_MAGIC);
    CHECK(call->state != CALL_ANSWERED);
    if (call->done) {
        call->result = -ERR_ABORTED;
        call->done(call, call->arg);
        call->driver->release(call);
    } else {
        call->displaced = true;
        if (call->waiter)
            fiber_wake(call->waiter);
    }
}

int connection_query(struct connection *connection,
                     const struct statement *statement,
                     const struct text *params, unsigned count,
                     struct deadline until, struct rows **ret_rows,
                     struct diag *diag)
{
    struct call *call =
        connection_submit(connection, statement, params, count, 0);

    return call_wait(&call, until, ret_rows, diag);
}

/* --- scripts and COPY ---------------------------------------------------- */

int connection_script(struct connection *connection, struct text sql,
                      struct deadline until, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->script(connection, sql, until, diag);
}

int connection_describe(struct connection *connection,
                        const struct statement *const *statements,
                        unsigned count, description_fn *fn, void *arg,
                        struct deadline until, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->describe(connection, statements, count, fn, arg,
                                        until, diag);
}

int copy_in_start(struct connection *connection, struct text sql,
                  struct deadline until, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->copy_in_start(connection, sql, until, diag);
}

int copy_in_data(struct connection *connection, struct text bytes,
                 struct deadline until, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->copy_in_data(connection, bytes, until, diag);
}

int copy_in_end(struct connection *connection, const char *give_up_why,
                struct deadline until, uint64_t *ret_rows, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->copy_in_end(connection, give_up_why, until,
                                           ret_rows, diag);
}

int copy_out_start(struct connection *connection, struct text sql,
                   struct deadline until, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->copy_out_start(connection, sql, until, diag);
}

int copy_out_next(struct connection *connection, struct deadline until,
                  struct text *ret_row, struct diag *diag)
{
    OBJ_CHECK(connection, CONNECTION_MAGIC);
    return connection->driver->copy_out_next(connection, until, ret_row, diag);
}
