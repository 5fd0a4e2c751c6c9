/* SPDX-License-Identifier: MIT */
/*
 * One connection to a database, used by one fiber at a time (or, as a lane of
 * the pool, by all of them). Statements are queued; what was queued in one
 * turn of the loop leaves in one write behind one sync. A statement that fails
 * therefore makes the database skip those queued behind it in the same turn:
 * those marked CALL_AGAIN are sent again, each by itself, the others end with
 * -ERR_ABORTED. So do reads of the pool behind a statement that holds them up.
 *
 * Errors (all functions): what driver's table makes of the database's error
 * (-ERR_DUPLICATE, -ERR_REFERENCED, -ERR_VALIDATION, -ERR_SERIALIZATION,
 * -ERR_DEADLOCK, -ERR_LOCK_TIMEOUT, -ERR_PLAN_CHANGED, -ERR_STORAGE_FULL,
 * -ERR_READ_ONLY, -ERR_FORBIDDEN, -ERR_DEADLINE, -ERR_QUERY_FAILED), or
 * -ERR_LINK_LOST, -ERR_ABORTED, and of the waiting itself -ERR_DEADLINE and
 * -ERR_CANCELLED. diag->detail is fit for a client, diag->sqlstate and
 * diag->constraint are set, diag->cause is for the log and holds no values.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "database/rows.h"
#include "database/scope.h"
#include "database/statement.h"

struct connection;
struct call;
struct failure;
struct fiber;

enum call_flags {
    CALL_AGAIN = 1, /* a read: may be sent again when it was skipped */
};

/* --- calls --------------------------------------------------------------- */

/*
 * Queues a statement. Never fails: whatever goes wrong is the call's answer.
 * The caller waits for the call or gives it up, exactly once. Calls of one
 * connection are answered in order, but for those that are sent again.
 */
struct call *connection_submit(struct connection *connection,
                               const struct statement *statement,
                               const struct text *params, unsigned count,
                               unsigned flags) MUST_CHECK;

/*
 * The same in a scope, which is copied, for a statement outside of any
 * transaction; it shares its connection with those of other scopes.
 */
struct call *connection_submit_as(struct connection *connection,
                                  const struct scope *scope,
                                  const struct statement *statement,
                                  const struct text *params, unsigned count,
                                  unsigned flags) MUST_CHECK;

/*
 * Takes the answer, ends the call and makes the pointer NULL. When the wait
 * itself ends (deadline, cancel) the call is given up. ret_rows may be NULL.
 */
YIELDS int call_wait(struct call **call, struct deadline until,
                     struct rows **ret_rows, struct diag *diag) MUST_CHECK;

/*
 * Gives the call up: its answer is dropped when it comes, or it is never sent
 * when it has not left yet. Fits CLEANUP; NULL is taken.
 */
void call_abandon(struct call **call);

/* Submits and waits. */
YIELDS int connection_query(struct connection *connection,
                            const struct statement *statement,
                            const struct text *params, unsigned count,
                            struct deadline until, struct rows **ret_rows,
                            struct diag *diag) MUST_CHECK;

/*
 * Runs SQL text as it is: several statements, nothing prepared, no parameters;
 * unless it says BEGIN itself, all of it is one transaction. For migrations.
 * Nothing else may be submitted meanwhile. When the wait ends before the
 * answer (deadline, cancel) the link is cut, and the database stops by itself.
 */
YIELDS int connection_script(struct connection *connection, struct text sql,
                             struct deadline until, struct diag *diag)
    MUST_CHECK;

/* --- what the database makes of a statement ------------------------------ */

/* Of a value: its type as the database names it ("uuid", "_text"). */
struct described {
    const char *type, *name; /* of a column its name, of a parameter "" */
};

/* Borrowed for the call. */
struct description {
    unsigned index;                /* of the statement */
    const struct failure *failure; /* why it cannot be prepared; or NULL */
    unsigned parameter_count, column_count;
    const struct described *parameters, *columns;
};

typedef void description_fn(const struct description *description, void *arg);

/*
 * Has the database parse and describe all of the statements, many of them in
 * one round trip, and tells of each. Nothing is executed, and nothing stays
 * prepared. A statement that cannot be prepared is told of, and no error.
 * Outside of transactions only, where one failure would be all others'.
 */
YIELDS int connection_describe(struct connection *connection,
                               const struct statement *const *statements,
                               unsigned count, description_fn *fn, void *arg,
                               struct deadline until, struct diag *diag)
    MUST_CHECK;

/* --- COPY ---------------------------------------------------------------- */

/*
 * COPY … FROM STDIN. Until it has ended nothing else may be submitted. When
 * it was started it must be ended, also after an error. As with a script, a
 * wait that ends early cuts the link.
 */
YIELDS int copy_in_start(struct connection *connection, struct text sql,
                         struct deadline until, struct diag *diag) MUST_CHECK;

/* Any run of bytes. Waits while the database does not keep up. */
YIELDS int copy_in_data(struct connection *connection, struct text bytes,
                        struct deadline until, struct diag *diag) MUST_CHECK;

/*
 * Ends it: with a reason the database drops all rows, and the answer is 0 when
 * it did so. ret_rows (may be NULL) is the number of rows copied.
 */
YIELDS int copy_in_end(struct connection *connection, const char *give_up_why,
                       struct deadline until, uint64_t *ret_rows,
                       struct diag *diag) MUST_CHECK;

/*
 * COPY … TO STDOUT: reads from the link only when asked for a row. Whoever
 * stops before the end closes the connection (pool_put() does).
 */
YIELDS int copy_out_start(struct connection *connection, struct text sql,
                          struct deadline until, struct diag *diag) MUST_CHECK;

/*
 * The next row, borrowed until the next call; TEXT_NULL behind the last one,
 * when the connection is free again.
 */
YIELDS int copy_out_next(struct connection *connection, struct deadline until,
                         struct text *ret_row, struct diag *diag) MUST_CHECK;

/* --- what it is ---------------------------------------------------------- */

/* The link is gone; all that is left to do is to close it. */
bool connection_is_dead(const struct connection *connection);

/* Alive, no answer outstanding, no transaction open, no COPY going on. */
bool connection_is_clean(const struct connection *connection);

/* Statements submitted and not yet answered. */
unsigned connection_outstanding(const struct connection *connection);

struct loop *connection_loop(const struct connection *connection);
const struct driver *connection_driver(const struct connection *connection);
