/* SPDX-License-Identifier: MIT */
/*
 * The migration engine. What was applied stands in the table
 * public.schema_migrations, the ledger, which the engine makes for itself.
 *
 * A file and its row in the ledger are one transaction, so that it is applied
 * whole or not at all; files that say "no-transaction" (migration_script.h)
 * run statement by statement, are recorded after the last one, and may after a
 * failure run again from the first: their statements must bear that. An index
 * that was left behind half-built is dropped before it is built again.
 *
 * Domains are streams of their own: a new file in an early domain is applied
 * although later domains went on, within a domain the order is strict. Any
 * number of programs may start at once; one works, the others wait for it.
 *
 * Errors (all functions): those of connection.h, -ERR_NOT_IMPLEMENTED for a
 * driver without migrations. Where a file fails, the detail names it, the line
 * of the statement, the database's message and its SQLSTATE.
 */
#pragma once

#include "database/connection.h"
#include "database/migration_report.h"

enum migration_event {
    MIGRATION_WAITING, /* another program migrates; told once */
    MIGRATION_STARTED,
    MIGRATION_RETRIED, /* a lock could not be had; it is tried again */
    MIGRATION_DONE,
};

/* For progress. */
struct migration_step {
    enum migration_event event;
    const char *file;      /* "bills/0003-history.up.sql"; NULL: waiting */
    unsigned index, count; /* this is the index-th of count, from 1 */
    unsigned took_ms;      /* when it is done */
};

struct migration_options {
    unsigned wait_ms;         /* for another program that migrates; 0: not */
    unsigned lock_timeout_ms; /* for each lock a statement takes; 0: 5 s */
    void (*on_step)(const struct migration_step *step, void *arg);
    /* Shall these be undone? Asked once, before the first; NULL: yes. */
    bool (*confirm)(const struct migration_line *const *plan, unsigned count,
                    void *arg);
    void *arg;
};

/* How far to go back. */
struct migration_goal {
    const char *to; /* undo what was applied after it; NULL: by count */
    unsigned count; /* the last so many */
};

#define MIGRATIONS_ALL ((struct migration_goal){ NULL, UINT32_MAX })

/*
 * Applies what is pending, in the set's order, up to and with `to` (NULL: all
 * of it). Options may be NULL here and below. -ERR_PRECONDITION_FAILED when
 * ledger and set disagree (migration_report_check()), -ERR_NOT_FOUND for a
 * `to` that does not exist, -ERR_LOCK_TIMEOUT when another program still
 * migrates after wait_ms or a table's lock could not be had.
 */
YIELDS int migrations_up(struct connection *connection,
                         const struct migration_set *set, const char *to,
                         const struct migration_options *options,
                         struct diag *diag) MUST_CHECK;

/*
 * Undoes, the last applied first. Errors as above, and -ERR_CANCELLED when
 * confirm() said no.
 */
YIELDS int migrations_down(struct connection *connection,
                           const struct migration_set *set,
                           struct migration_goal goal,
                           const struct migration_options *options,
                           struct diag *diag) MUST_CHECK;

/* Runs the set's seeds, each in a transaction; they may run any time, again. */
YIELDS int migrations_seed(struct connection *connection,
                           const struct migration_set *set,
                           const struct migration_options *options,
                           struct diag *diag) MUST_CHECK;

/* What is applied and what is not. End it by migration_report_fini(). */
YIELDS int migrations_status(struct connection *connection,
                             const struct migration_set *set,
                             struct deadline until,
                             struct migration_report *ret_report,
                             struct diag *diag) MUST_CHECK;

/*
 * How many are pending; the service's role may ask. A program that is older
 * than its database has none pending: it may go on while a newer one starts.
 */
YIELDS int migrations_pending(struct connection *connection,
                              const struct migration_set *set,
                              struct deadline until, unsigned *ret_count,
                              struct diag *diag) MUST_CHECK;
