/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/transaction_impl.h"
#include "resilience/backoff.h"
#include "telemetry/metrics.h"

enum { ATTEMPTS_MAX = 3 };

static const struct backoff between_attempts = { .base_ms = 20, .cap_ms = 250 };

/*
 * What an attempt came to. UNKNOWN never leaves transaction_run(): it resolves.
 */
enum verdict { FINAL, AGAIN, UNKNOWN };

/* Everything is rolled back when one of these is told. */
static const int worth_another_try[] = {
    -ERR_SERIALIZATION, -ERR_DEADLOCK,     -ERR_LINK_LOST,
    -ERR_LOCK_TIMEOUT,  -ERR_PLAN_CHANGED,
};

static enum verdict judge(int r)
{
    for (size_t i = 0; i < ARRAY_LEN(worth_another_try); i++)
        if (r == worth_another_try[i])
            return AGAIN;
    return FINAL;
}

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
static int tell_unknown(struct diag *diag)
{
    diag->code = 0;
    return FAIL(diag, ERR_OUTCOME_UNKNOWN,
                "it is not known whether the change was made");
}

/* --- one attempt of a body ----------------------------------------------- */

struct body {
    transaction_fn *fn;
    void *arg;
};

static int commit(struct transaction *t, enum verdict *ret_verdict)
{
    struct commit_calls calls = transaction__submit_commit(t);
    bool unknown = false;
    int r;

    fiber_shield();
    r = transaction__wait_commit(t, &calls, &unknown);
    fiber_unshield();
    *ret_verdict = unknown ? UNKNOWN : judge(r);
    return r;
}

static int attempt_body(struct transaction *t, const struct body *body,
                        enum verdict *ret_verdict)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    int r, settled;

    *ret_verdict = FINAL;
    r = pool_get(t->pool, t->until, &connection, t->diag);
    if (r < 0)
        return r;
    t->connection = connection;
    transaction__begin(t, true);
    r = body->fn(t, body->arg);
    settled = r == 0 ? transaction__settle(t) : 0;
    transaction__end(t);
    if (r == 0 && settled == 0)
        return commit(t, ret_verdict);
    *ret_verdict = judge(r < 0 ? r : settled);
    return r < 0 ? r : settled;
}

static int run_body(struct transaction *t, const void *arg,
                    enum verdict *ret_verdict)
{
    int r = attempt_body(t, arg, ret_verdict);

    if (*ret_verdict != UNKNOWN)
        return r;
    fiber_shield();
    r = transaction__resolve(t);
    fiber_unshield();
    *ret_verdict = judge(r);
    if (r == -ERR_OUTCOME_UNKNOWN)
        return tell_unknown(t->diag);
    if (r == 0)
        diag_clear(t->diag);
    return r;
}

/* --- one attempt of a single statement ----------------------------------- */

struct single {
    const struct statement *statement;
    const struct text *params;
    unsigned count;
    struct rows **ret_rows;
};

/* COMMIT left together with it: without a word of the database's about the
 * statement itself nobody knows what became of both. */
static int wait_single(struct transaction *t, struct call **call,
                       struct rows **ret_rows, struct commit_calls *calls,
                       bool *ret_unknown)
{
    bool sent = false;
    int r;

    r = transaction__settle(t);
    if (r == 0)
        r = call_wait_sent(call, t->until, ret_rows, &sent, t->diag);
    if (r == 0)
        return transaction__wait_commit(t, calls, ret_unknown);
    *ret_unknown = calls->commit->sent && t->diag->sqlstate[0] == '\0' &&
                   (r == -ERR_LINK_LOST || r == -ERR_DEADLINE);
    return r;
}

static int run_single(struct transaction *t, const void *arg,
                      enum verdict *ret_verdict)
{
    const struct single *single = arg;
    CLEANUP(pool_put) struct connection *connection = NULL;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct commit_calls calls;
    struct call *call;
    bool unknown = false;
    int r;

    *ret_verdict = FINAL;
    r = pool_get(t->pool, t->until, &connection, t->diag);
    if (r < 0)
        return r;
    t->connection = connection;
    transaction__begin(t, false);
    call =
        transaction_submit(t, single->statement, single->params, single->count);
    calls = transaction__submit_commit(t);
    fiber_shield();
    r = wait_single(t, &call, &rows, &calls, &unknown);
    fiber_unshield();
    call_abandon(&call);
    call_abandon(&calls.commit);
    call_abandon(&calls.position);
    transaction__end(t);
    if (r == 0 && single->ret_rows) {
        *single->ret_rows = rows;
        rows = NULL;
    }
    *ret_verdict = unknown ? FINAL : judge(r);
    return unknown ? tell_unknown(t->diag) : r;
}

/* --- attempts ------------------------------------------------------------ */

typedef int attempt_fn(struct transaction *t, const void *arg,
                       enum verdict *ret_verdict);

/* Sleeps before the next one; false when there is no time for it. */
static bool may_go_on(struct transaction *t, unsigned attempt, int code)
{
    uint64_t now = loop_now_ns(pool_loop(t->pool));
    struct deadline at;
    uint32_t chance;

    random_bytes(&chance, sizeof(chance));
    at = deadline_after(now, backoff_ms(between_attempts, attempt, chance));
    if (attempt + 1 >= ATTEMPTS_MAX || at.at_ns >= t->until.at_ns ||
        (code == -ERR_LOCK_TIMEOUT && attempt > 0))
        return false;
    series_add(
        METRIC_SERIES(METRIC_RETRIES, "database", error_info(code)->code), 1);
    return fiber_sleep(at) == 0;
}

static int run(struct transaction *t, attempt_fn *fn, const void *arg,
               struct commit *ret_commit)
{
    enum verdict verdict;
    unsigned attempt = 0;
    int r;

    for (;; attempt++) {
        r = fn(t, arg, &verdict);
        if (r == 0 || verdict == FINAL || t->options->once ||
            !may_go_on(t, attempt, r))
            break;
        diag_clear(t->diag);
        t->transaction_id[0] = '\0';
    }
    if (ret_commit)
        *ret_commit = (struct commit){ .log_position = t->log_position,
                                       .attempts = attempt + 1 };
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
