/* SPDX-License-Identifier: MIT */
/*
 * Transactions in one call. What may be done again is (pool_tries_again(): at
 * most 3 attempts, full jitter, never past the deadline, out of a budget). A
 * transaction whose COMMIT was sent and not answered is looked up, on a new
 * connection and after its session was ended; only when that fails too is the
 * answer -ERR_OUTCOME_UNKNOWN.
 */
#pragma once

#include "database/consistency.h"
#include "database/pool.h"
#include "database/scope.h"

struct transaction;

enum isolation {
    ISOLATION_READ_COMMITTED,
    ISOLATION_REPEATABLE_READ,
    ISOLATION_SERIALIZABLE,
    ISOLATION_COUNT
};

/*
 * How a single statement is found again whose answer was lost together with
 * COMMIT's. Asked when its session can do nothing any more; it yields.
 *   0                       it was committed; the rows are those that it gave
 *   -ERR_NOT_FOUND          it was not, or has changed nothing
 *   -ERR_OUTCOME_UNKNOWN    nobody can tell; the diag may say more
 *   another                 it could not be asked
 */
struct recall {
    int (*fn)(void *arg, struct pool *pool, struct deadline until,
              struct rows **ret_rows, struct diag *diag);
    void *arg;
};

struct transaction_options {
    enum isolation isolation;
    bool read_only;
    const struct transaction_setting *settings;
    unsigned setting_count;
    const struct recall *recall; /* of transaction_once(); or NULL */
    bool once; /* what the body takes or gives cannot be had again: no retry */
};

/* Where in the database's log the commit is, for consistency tokens. */
struct commit {
    struct log_point point; /* nowhere: not known, or nothing was written */
    unsigned attempts;
};

/*
 * The body: straight-line code that asks by transaction_query() and returns 0
 * to commit or -ERR_x to roll back. It may run more than once, so it must not
 * do anything a rollback does not undo. Errors it gets it hands on.
 */
typedef int transaction_fn(struct transaction *transaction, void *arg);

/*
 * Runs the body in a transaction. Options may be NULL; ret_commit too.
 * -ERR_x of the body or of the database, or -ERR_OUTCOME_UNKNOWN.
 */
YIELDS int transaction_run(struct pool *pool,
                           const struct transaction_options *options,
                           transaction_fn *body, void *arg,
                           struct deadline until, struct commit *ret_commit,
                           struct diag *diag) MUST_CHECK;

/*
 * One statement as a transaction, in a single round trip: BEGIN, settings and
 * timeouts, the statement, COMMIT, log position. The transaction's id would
 * come back with the answer to COMMIT, not before, so that it is looked up by
 * its recall when that is lost; without one -ERR_OUTCOME_UNKNOWN.
 */
YIELDS int transaction_once(struct pool *pool,
                            const struct transaction_options *options,
                            const struct statement *statement,
                            const struct text *params, unsigned count,
                            struct deadline until, struct rows **ret_rows,
                            struct commit *ret_commit, struct diag *diag)
    MUST_CHECK;

/* --- inside the body ----------------------------------------------------- */

/* Asks and waits, until the transaction's deadline. ret_rows may be NULL. */
YIELDS int transaction_query(struct transaction *transaction,
                             const struct statement *statement,
                             const struct text *params, unsigned count,
                             struct rows **ret_rows) MUST_CHECK;

/*
 * Queues a statement behind the others without waiting: several that do not
 * depend on each other cost one round trip. End it by transaction_wait() or
 * call_abandon().
 */
struct call *transaction_submit(struct transaction *transaction,
                                const struct statement *statement,
                                const struct text *params, unsigned count)
    MUST_CHECK;
YIELDS int transaction_wait(struct transaction *transaction, struct call **call,
                            struct rows **ret_rows) MUST_CHECK;

/* Waits until it stands, before its connection is used for a script or COPY. */
YIELDS int transaction_stands(struct transaction *transaction) MUST_CHECK;

/*
 * Runs a body at a savepoint: when it fails, what it did is undone, and what
 * was done before stays. Nests. *ret_result is the body's, `why` (may be NULL)
 * what it failed of. 0: the transaction goes on, whatever came of the body.
 * -ERR_x, to be handed on: it does not, since the link was lost or all of it
 * has to be done again (a serialization failure, a deadlock).
 */
YIELDS int transaction_nested(struct transaction *transaction,
                              transaction_fn *body, void *arg, int *ret_result,
                              struct diag *why) MUST_CHECK;

/*
 * Rolls back at once, which else is done behind the caller's back: what the
 * transaction held is free when the body, which asks nothing more, returns its
 * error.
 */
YIELDS void transaction_give_up(struct transaction *transaction);

struct diag *transaction_diag(struct transaction *transaction);
struct deadline transaction_deadline(const struct transaction *transaction);
struct connection *transaction_connection(struct transaction *transaction);
