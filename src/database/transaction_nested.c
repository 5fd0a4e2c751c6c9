/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/transaction_impl.h"
#include "resilience/retry.h"

/* One name for all: the newest of a name hides those before it (SQL:1999). */
static const struct statement savepoint = { .name = "savepoint",
                                            .sql = "SAVEPOINT nested" };
static const struct statement undo = { .name = "rollback_to",
                                       .sql = "ROLLBACK TO SAVEPOINT nested" };
static const struct statement release = { .name = "release",
                                          .sql = "RELEASE SAVEPOINT nested" };

/* What the whole transaction is done again for is not undone in part. */
static bool is_of_all(const struct transaction *t, int r)
{
    return connection_is_dead(t->connection) ||
           retry_verdict(RETRY_INSIDE, r) != RETRY_NEVER;
}

/* Both leave together; afterwards the name is that of the one before again. */
static YIELDS int go_back(struct transaction *t)
{
    struct call *undone = transaction_submit(t, &undo, NULL, 0);
    struct call *released = transaction_submit(t, &release, NULL, 0);
    int r = transaction_wait(t, &undone, NULL);

    if (r == 0)
        r = transaction_wait(t, &released, NULL);
    call_abandon(&released);
    return r;
}

int transaction_nested(struct transaction *t, transaction_fn *body, void *arg,
                       int *ret_result, struct diag *why)
{
    struct call *begun;
    int r;

    OBJ_CHECK(t, TRANSACTION_MAGIC);
    begun = transaction_submit(t, &savepoint, NULL, 0);
    r = body(t, arg);
    if (r == 0)
        r = transaction_wait(t, &begun, NULL);
    call_abandon(&begun);
    *ret_result = r;
    if (r == 0)
        return transaction_query(t, &release, NULL, 0, NULL);
    if (is_of_all(t, r))
        return r;
    diag_move(why, t->diag);
    diag_clear(t->diag); /* what COMMIT says is told from it */
    return go_back(t);
}
