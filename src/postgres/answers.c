/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/fault.h"
#include "base/memory.h"
#include "postgres/link.h"

/* --- steps --------------------------------------------------------------- */

static void grow(struct steps *steps)
{
    unsigned capacity = steps->capacity ? 2 * steps->capacity : 64;
    struct step *at = memory_new_array(capacity, sizeof(*at));

    for (unsigned i = 0; i < steps->count; i++)
        at[i] = steps->at[(steps->first + i) & (steps->capacity - 1)];
    memory_free(&steps->at);
    steps->at = at;
    steps->first = 0;
    steps->capacity = capacity;
}

void postgres__push_step(struct steps *steps, struct step step)
{
    if (steps->count == steps->capacity)
        grow(steps);
    steps->at[(steps->first + steps->count++) & (steps->capacity - 1)] = step;
}

static void pop(struct steps *steps)
{
    steps->first = (steps->first + 1) & (steps->capacity - 1);
    steps->count--;
}

/* --- one answer ---------------------------------------------------------- */

static void answer(struct postgres *pg, struct query *query, int result,
                   struct rows *rows)
{
    list_push_back(&pg->answered, &query->link);
    call_answer(&query->base, result, rows);
}

static void answer_failed(struct postgres *pg, struct query *query)
{
    answer(pg, query, query->base.failure->code, NULL);
}

static bool may_send_again(const struct query *query, bool was)
{
    return query->flags & CALL_AGAIN && !was && !query->base.abandoned;
}

static void on_failed_query(struct postgres *pg, const struct step *step,
                            const PGresult *result)
{
    struct query *query = step->query;
    struct failure *failure = call_failure(&query->base);

    failure_from_result(failure, result);
    if (failure->code == -ERR_PLAN_CHANGED && step->prepared >= 0) {
        prepared_drop(&pg->prepared, step->prepared, step->generation);
        if (may_send_again(query, query->anew)) {
            query->anew = true;
            memory_free(&query->base.failure);
            postgres__send_again(pg, query);
            return;
        }
    }
    answer_failed(pg, query);
}

/* Skipped: the Parse that it needs has failed, or something before it. */
static void on_skipped_query(struct postgres *pg, struct query *query)
{
    if (query->base.failure)
        answer_failed(pg, query);
    else if (may_send_again(query, query->alone))
        postgres__send_again(pg, query);
    else
        answer(pg, query, -ERR_ABORTED, NULL);
}

static void on_prepared(struct postgres *pg, const struct step *step,
                        PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_FATAL_ERROR)
        failure_from_result(call_failure(&step->query->base), result);
    if (status != PGRES_COMMAND_OK)
        prepared_drop(&pg->prepared, step->prepared, step->generation);
    PQclear(result);
}

/*
 * What comes with a scope's settings is of no use. Where they fail, so does
 * the query that needs them, and those behind it are sent again.
 */
static void on_scope(struct postgres *pg, const struct step *step,
                     PGresult *result)
{
    struct failure failure;

    if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
        failure_from_result(&failure, result);
        if (failure.code == -ERR_PLAN_CHANGED && step->prepared >= 0)
            prepared_drop(&pg->prepared, step->prepared, step->generation);
        else
            *call_failure(&step->query->base) = failure;
    }
    PQclear(result);
}

/* Takes the result over. */
static bool on_query(struct postgres *pg, const struct step *step,
                     PGresult *result)
{
    struct query *query = step->query;

    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        answer(pg, query, 0,
               rows_new(pg->base.driver, result, (unsigned)PQntuples(result),
                        (unsigned)PQnfields(result)));
        return true;
    case PGRES_PIPELINE_ABORTED:
        on_skipped_query(pg, query);
        break;
    case PGRES_FATAL_ERROR:
        on_failed_query(pg, step, result);
        break;
    default: /* a COPY in a pipeline: libpq cannot go on behind it */
        failure_of(call_failure(&query->base), -ERR_QUERY_FAILED,
                   "the statement cannot be run in this way");
        answer_failed(pg, query);
        PQclear(result);
        return false;
    }
    PQclear(result);
    return true;
}

/* What the server says last is kept: libpq only knows that the link is gone. */
static void note_last_words(struct postgres *pg, const PGresult *result)
{
    if (pg->fatal.code == 0 && result_is_fatal(result))
        failure_from_result(&pg->fatal, result);
}

/* --- reading ------------------------------------------------------------- */

/* libpq's own way to say that the link is gone. */
static bool is_link_error(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_FATAL_ERROR &&
           !PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

/* NULL ends the results of one command. */
static bool take_end(struct postgres *pg, const struct step *step)
{
    if (step->kind == STEP_SYNC || !step->seen)
        return false;
    pop(&pg->steps);
    return true;
}

static bool take_sync(struct postgres *pg, PGresult *result)
{
    bool is_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;

    PQclear(result);
    if (is_sync)
        pop(&pg->steps);
    return is_sync;
}

/* A command's result, taken over. Only the first one of a command counts. */
static bool take_result(struct postgres *pg, struct step *front,
                        PGresult *result)
{
    struct step step = *front; /* answering may make the ring grow */

    front->seen = true;
    if (step.seen)
        PQclear(result);
    else if (step.kind == STEP_QUERY)
        return on_query(pg, &step, result);
    else if (step.kind == STEP_SCOPE)
        on_scope(pg, &step, result);
    else if (step.kind == STEP_PREPARE)
        on_prepared(pg, &step, result);
    else
        PQclear(result);
    return true;
}

static bool take(struct postgres *pg, PGresult *result)
{
    struct step *front = &pg->steps.at[pg->steps.first];

    if (!result)
        return take_end(pg, front);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        note_last_words(pg, result);
    if (is_link_error(result)) {
        PQclear(result);
        return false;
    }
    return front->kind == STEP_SYNC ? take_sync(pg, result)
                                    : take_result(pg, front, result);
}

/* What was said does not matter, only that something was. */
static void take_notifications(struct postgres *pg)
{
    PGnotify *said;
    bool any = false;

    while ((said = PQnotifies(pg->link))) {
        PQfreemem(said);
        any = true;
    }
    if (any && pg->base.notified)
        pg->base.notified(pg->base.notified_arg);
}

/*
 * PQisBusy() also takes in what comes while nothing is asked. The server's
 * last words end the link, though the socket may close a little later.
 */
bool postgres__take_answers(struct postgres *pg)
{
    while (!PQisBusy(pg->link) && pg->steps.count > 0)
        if (!take(pg, PQgetResult(pg->link)))
            return false;
    take_notifications(pg);
    return pg->fatal.code == 0 && PQstatus(pg->link) != CONNECTION_BAD;
}

/* --- the socket ---------------------------------------------------------- */

static bool flush_rest(struct postgres *pg)
{
    int left = PQflush(pg->link);

    watch_change(pg->watch, left > 0 ? WATCH_READ | WATCH_WRITE : WATCH_READ);
    return left >= 0;
}

static bool read_some(struct postgres *pg)
{
    bool alive = !fault_hit(FAULT_LINK) && PQconsumeInput(pg->link);

    if (!alive && PQstatus(pg->link) != CONNECTION_BAD)
        return false;
    /* What came before the end of the link still counts. */
    return postgres__take_answers(pg) && alive;
}

static bool all_answered(const struct postgres *pg)
{
    return pg->steps.count == 0 && list_is_empty(&pg->queued);
}

void postgres__on_ready(void *arg, int events)
{
    struct postgres *pg = arg;
    bool alive = true;

    if (pg->base.driven) {
        watch_change(pg->watch, 0);
        pg->events = events;
        fiber_wake(pg->driving);
        return;
    }
    if (events & WATCH_WRITE)
        alive = flush_rest(pg);
    if (alive && events & ~WATCH_WRITE)
        alive = read_some(pg);
    if (pg->driving && all_answered(pg))
        fiber_wake(pg->driving);
    if (!alive)
        postgres__lose(pg, NULL);
}

/* --- a lost link --------------------------------------------------------- */

static void fail(struct postgres *pg, struct query *query)
{
    struct failure *failure = call_failure(&query->base);

    *failure = pg->base.loss;
    answer(pg, query, failure->code, NULL);
}

void postgres__fail_sent(struct postgres *pg)
{
    while (pg->steps.count > 0) {
        struct step step = pg->steps.at[pg->steps.first];

        pop(&pg->steps);
        if (step.kind == STEP_QUERY && !step.seen)
            fail(pg, step.query);
    }
}

/* Those queued by whoever gets an answer here are failed at the turn's end. */
void postgres__fail_queued(struct postgres *pg)
{
    struct list queries;
    struct query *query;

    list_init(&queries);
    list_append_all(&queries, &pg->queued);
    while ((query = list_first(&queries, struct query, link)) != NULL) {
        list_remove(&query->link);
        fail(pg, query);
    }
}
