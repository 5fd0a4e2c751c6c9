/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/transaction_impl.h"

#include <inttypes.h>
#include <stdio.h>

/* --- beginning ----------------------------------------------------------- */

void transaction__take(struct transaction *t, struct connection *connection)
{
    t->connection = connection;
    memcpy(t->session, connection->session, sizeof(t->session));
    t->phase = RETRY_INSIDE;
}

/* Settings come as pairs; a statement takes some of them at once. */
struct pairs {
    struct text params[2 * SETTINGS_AT_ONCE_MAX];
    unsigned count;
};

static void submit_pairs(struct transaction *t, struct pairs *pairs)
{
    const struct dialect *dialect = connection_driver(t->connection)->dialect;

    if (pairs->count == 0)
        return;
    CHECK(t->setting_calls < SETTING_CALLS_MAX);
    t->settings[t->setting_calls++] =
        connection_submit(t->connection, &dialect->settings[pairs->count],
                          pairs->params, 2 * pairs->count, 0);
    pairs->count = 0;
}

static void add_pair(struct transaction *t, struct pairs *pairs,
                     const char *name, struct text value)
{
    pairs->params[2 * pairs->count] = text_of(name);
    pairs->params[2 * pairs->count + 1] = value;
    if (++pairs->count == SETTINGS_AT_ONCE_MAX)
        submit_pairs(t, pairs);
}

/*
 * The database gives up a little before we do, so that its answer tells what
 * happened; and locks are given up early enough to try once more.
 */
static void submit_settings(struct transaction *t)
{
    const struct dialect *dialect = connection_driver(t->connection)->dialect;
    uint64_t now = loop_now_ns(pool_loop(t->pool));
    uint64_t left_ms = deadline_left_ns(t->until, now) / NS_PER_MS;
    uint64_t statement_ms = left_ms - left_ms / 10;
    bool limited = t->until.at_ns != UINT64_MAX;
    char statement[24] = "0", lock[24] = "0";
    struct pairs pairs = { .count = 0 };

    if (limited) {
        snprintf(statement, sizeof(statement), "%" PRIu64, statement_ms + 1);
        snprintf(lock, sizeof(lock), "%" PRIu64, left_ms / 2 + 1);
    }
    add_pair(t, &pairs, dialect->statement_timeout, text_of(statement));
    add_pair(t, &pairs, dialect->lock_timeout, text_of(lock));
    for (unsigned i = 0; i < t->options->setting_count; i++)
        add_pair(t, &pairs, t->options->settings[i].name,
                 t->options->settings[i].value);
    submit_pairs(t, &pairs);
}

void transaction__begin(struct transaction *t, bool wants_id)
{
    const struct dialect *dialect = connection_driver(t->connection)->dialect;

    CHECK(t->options->isolation < ISOLATION_COUNT);
    t->begin = connection_submit(
        t->connection,
        &dialect->begin[t->options->isolation][t->options->read_only], NULL, 0,
        0);
    submit_settings(t);
    if (wants_id && !t->options->read_only)
        t->id = connection_submit(t->connection, &dialect->transaction_id, NULL,
                                  0, 0);
}

void transaction__end(struct transaction *t)
{
    call_abandon(&t->begin);
    while (t->setting_calls > 0)
        call_abandon(&t->settings[--t->setting_calls]);
    call_abandon(&t->id);
}

static int take(struct transaction *t, struct call **call,
                struct rows **ret_rows)
{
    return *call ? call_wait(call, t->until, ret_rows, t->diag) : 0;
}

int transaction__settle(struct transaction *t)
{
    CLEANUP(rows_unref) struct rows *id = NULL;
    int r = take(t, &t->begin, NULL);

    for (unsigned i = 0; i < t->setting_calls && r == 0; i++)
        r = take(t, &t->settings[i], NULL);
    if (r == 0)
        r = take(t, &t->id, &id);
    if (id)
        snprintf(t->transaction_id, sizeof(t->transaction_id), "%.*s",
                 TEXT_ARG(rows_get(id, 0, 0)));
    return r;
}

/* --- inside -------------------------------------------------------------- */

struct call *transaction_submit(struct transaction *t,
                                const struct statement *statement,
                                const struct text *params, unsigned count)
{
    OBJ_CHECK(t, TRANSACTION_MAGIC);
    return connection_submit(t->connection, statement, params, count, 0);
}

int transaction_wait(struct transaction *t, struct call **call,
                     struct rows **ret_rows)
{
    int r;

    OBJ_CHECK(t, TRANSACTION_MAGIC);
    r = transaction__settle(t);
    if (r < 0) {
        call_abandon(call);
        return r;
    }
    return call_wait(call, t->until, ret_rows, t->diag);
}

int transaction_query(struct transaction *t, const struct statement *statement,
                      const struct text *params, unsigned count,
                      struct rows **ret_rows)
{
    struct call *call = transaction_submit(t, statement, params, count);

    return transaction_wait(t, &call, ret_rows);
}

int transaction_stands(struct transaction *t)
{
    OBJ_CHECK(t, TRANSACTION_MAGIC);
    return transaction__settle(t);
}

/* Where it fails, whoever gets the connection back rolls back or closes it. */
void transaction_give_up(struct transaction *t)
{
    static const struct statement rollback = { .name = "rollback",
                                               .sql = "ROLLBACK" };
    struct call *call;

    OBJ_CHECK(t, TRANSACTION_MAGIC);
    if (connection_is_dead(t->connection) || connection_is_clean(t->connection))
        return;
    call = connection_submit(t->connection, &rollback, NULL, 0, 0);
    if (call_wait(&call, t->until, NULL, NULL) < 0)
        return;
}

struct diag *transaction_diag(struct transaction *t)
{
    return t->diag;
}

struct deadline transaction_deadline(const struct transaction *t)
{
    return t->until;
}

struct connection *transaction_connection(struct transaction *t)
{
    return t->connection;
}

/* --- ending -------------------------------------------------------------- */

struct commit_calls transaction__submit_commit(struct transaction *t)
{
    static const struct statement commit = { .name = "commit",
                                             .sql = "COMMIT" };
    const struct dialect *dialect = connection_driver(t->connection)->dialect;
    struct commit_calls calls = {
        .commit = connection_submit(t->connection, &commit, NULL, 0, 0),
    };

    if (!t->options->read_only)
        calls.position = connection_submit(t->connection,
                                           &dialect->log_position, NULL, 0, 0);
    return calls;
}

void transaction__note_position(struct transaction *t, const struct rows *rows)
{
    int64_t position, timeline;

    if (text_to_int64(rows_get(rows, 0, 0), &position) &&
        text_to_int64(rows_get(rows, 0, 1), &timeline))
        t->point = (struct log_point){ (uint64_t)position, (uint32_t)timeline };
}

/* It is committed already: without a position the caller knows a bit less. */
static void take_position(struct transaction *t, struct call **call)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;

    if (*call && call_wait(call, t->until, &rows, NULL) == 0)
        transaction__note_position(t, rows);
}

/*
 * Was the COMMIT answered? A lost link is no answer, whatever the server said
 * with its last breath, and neither is our own deadline. One that the database
 * says was cancelled is rolled back: once its record is being written it cannot
 * be cancelled any more.
 */
static bool is_answered(const struct transaction *t, int r)
{
    return r != -ERR_LINK_LOST && r != -ERR_OUTCOME_UNKNOWN &&
           t->diag->sqlstate[0] != '\0';
}

int transaction__wait_commit(struct transaction *t, struct commit_calls *calls)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    bool sent;
    int r = call_wait_sent(&calls->commit, t->until, &rows, &sent, t->diag);

    if (r < 0 && sent && !is_answered(t, r))
        t->phase = RETRY_COMMIT;
    if (r == 0 && strcmp(rows_tag(rows), "ROLLBACK") == 0)
        r = FAIL(t->diag, ERR_QUERY_FAILED, "the transaction was rolled back");
    if (r == 0)
        take_position(t, &calls->position);
    call_abandon(&calls->position);
    return r;
}
