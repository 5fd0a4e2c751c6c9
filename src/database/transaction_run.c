/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/pool_impl.h"
#include "database/transaction_impl.h"

static void init(struct transaction *t, struct pool *pool,
                 const struct transaction_options *options,
                 struct deadline until, struct diag *diag)
{
    static const struct transaction_options none = { 0 };

    *t = (struct transaction){ .magic = TRANSACTION_MAGIC,
                               .pool = pool,
                               .options = options ? options : &none,
                               .until = until,
                               .diag = diag };
}

/* The sentence changes, what the database said stays for the log. */
static int tell_unknown(struct diag *diag, const struct diag *why)
{
    diag->code = 0;
    return FAIL(diag, ERR_OUTCOME_UNKNOWN, "%s",
                why->code == -ERR_OUTCOME_UNKNOWN
                    ? why->detail
                    : "it is not known whether the change was made");
}

/* What was found out is the attempt's result: it was rolled back, or not. */
static int resolve(struct transaction *t, struct rows **ret_rows)
{
    struct diag why;
    int r;

    diag_init(&why, NULL);
    fiber_shield_briefly();
    r = transaction__resolve(t, ret_rows, &why);
    fiber_unshield_briefly();
    t->phase = RETRY_INSIDE;
    if (r == -ERR_OUTCOME_UNKNOWN)
        return tell_unknown(t->diag, &why);
    if (r == 0)
        diag_clear(t->diag);
    return r;
}

/* --- one attempt of a body ----------------------------------------------- */

struct body {
    transaction_fn *fn;
    void *arg;
};

static int commit(struct transaction *t)
{
    struct commit_calls calls = transaction__submit_commit(t);
    int r;

    fiber_shield_briefly();
    r = transaction__wait_commit(t, &calls);
    fiber_unshield_briefly();
    return r;
}

static int attempt_body(struct transaction *t, const struct body *body)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    int r, settled;

    r = pool_get(t->pool, t->until, &connection, t->diag);
    if (r < 0)
        return r;
    transaction__take(t, connection);
    transaction__begin(t, true);
    r = body->fn(t, body->arg);
    settled = r == 0 ? transaction__settle(t) : 0;
    transaction__end(t);
    if (r == 0 && settled == 0)
        return commit(t);
    return r < 0 ? r : settled;
}

static int run_body(struct transaction *t, const void *arg)
{
    int r = attempt_body(t, arg);

    return retry_verdict(t->phase, r) == RETRY_RESOLVE ? resolve(t, NULL) : r;
}

/* --- one attempt of a single statement ----------------------------------- */

struct single {
    const struct statement *statement;
    const struct text *params;
    unsigned count;
    struct rows **ret_rows;
};

/* What comes of lost links a pooler may have said, who knows no more. */
static bool is_of_database(const char *sqlstate)
{
    return sqlstate[0] != '\0' && strncmp(sqlstate, "08", 2) != 0;
}

/*
 * COMMIT left together with it: without a word of the database's about the
 * statement itself nobody knows what became of both.
 */
static int wait_single(struct transaction *t, struct call **call,
                       struct rows **ret_rows, struct commit_calls *calls)
{
    bool sent = false;
    int r;

    r = transaction__settle(t);
    if (r == 0)
        r = call_wait_sent(call, t->until, ret_rows, &sent, t->diag);
    if (r == 0)
        return transaction__wait_commit(t, calls);
    if (calls->commit->sent && !is_of_database(t->diag->sqlstate) &&
        (r == -ERR_LINK_LOST || r == -ERR_DEADLINE || r == -ERR_CANCELLED))
        t->phase = RETRY_COMMIT;
    return r;
}

/* Nobody asks for its id, which would cost a round trip more. */
static int attempt_single(struct transaction *t, const struct single *single,
                          struct rows **ret_rows)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    struct commit_calls calls;
    struct call *call;
    int r;

    r = pool_get(t->pool, t->until, &connection, t->diag);
    if (r < 0)
        return r;
    transaction__take(t, connection);
    transaction__begin(t, false);
    call =
        transaction_submit(t, single->statement, single->params, single->count);
    calls = transaction__submit_commit(t);
    fiber_shield_briefly();
    r = wait_single(t, &call, ret_rows, &calls);
    fiber_unshield_briefly();
    call_abandon(&call);
    call_abandon(&calls.commit);
    call_abandon(&calls.position);
    transaction__end(t);
    return r;
}

static int run_single(struct transaction *t, const void *arg)
{
    const struct single *single = arg;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = attempt_single(t, single, &rows);

    if (retry_verdict(t->phase, r) == RETRY_RESOLVE) {
        rows_unref(&rows);
        r = resolve(t, &rows);
    }
    if (r == 0 && single->ret_rows) {
        *single->ret_rows = rows;
        rows = NULL;
    }
    return r;
}

/* --- attempts ------------------------------------------------------------ */

typedef int attempt_fn(struct transaction *t, const void *arg);

/* What can be had only once may still not have begun. */
static bool may_go_on(struct transaction *t, int r, unsigned attempts)
{
    if (t->options->once && t->phase != RETRY_BEGIN)
        return false;
    return pool_tries_again(t->pool, t->phase, r, attempts, t->until, t->diag);
}

static int run(struct transaction *t, attempt_fn *fn, const void *arg,
               struct commit *ret_commit)
{
    unsigned attempts = 1;
    int r;

    for (;; attempts++) {
        t->phase = RETRY_BEGIN;
        t->transaction_id[0] = t->session[0] = '\0';
        r = fn(t, arg);
        pool__note_lent(t->pool, r, t->diag->sqlstate);
        if (r == 0 || !may_go_on(t, r, attempts))
            break;
    }
    if (ret_commit)
        *ret_commit =
            (struct commit){ .point = t->point, .attempts = attempts };
    return r;
}

int transaction_run(struct pool *pool,
                    const struct transaction_options *options,
                    transaction_fn *fn, void *arg, struct deadline until,
                    struct commit *ret_commit, struct diag *diag)
{
    struct body body = { fn, arg };
    struct transaction t;
    struct diag own;

    diag_init(&own, NULL);
    init(&t, pool, options, until, diag ? diag : &own);
    return run(&t, run_body, &body, ret_commit);
}

int transaction_once(struct pool *pool,
                     const struct transaction_options *options,
                     const struct statement *statement,
                     const struct text *params, unsigned count,
                     struct deadline until, struct rows **ret_rows,
                     struct commit *ret_commit, struct diag *diag)
{
    struct single single = { statement, params, count, ret_rows };
    struct transaction t;
    struct diag own;

    diag_init(&own, NULL);
    init(&t, pool, options, until, diag ? diag : &own);
    return run(&t, run_single, &single, ret_commit);
}
