/* SPDX-License-Identifier: MIT */
/* What the files of the migration engine share; for them only. */
#pragma once

#include "database/migration.h"
#include "database/migration_sql.h"

/* One call of the engine. */
struct migration_job {
    struct connection *connection;
    const struct migration_sql *sql;
    const struct migration_set *set;
    const struct migration_options *options;
    unsigned index, count; /* where it is in its plan */
};

/* One file to run. */
struct migration_task {
    const struct embedded_file *file;
    const struct migration *migration; /* NULL: a seed, not recorded */
    bool undo;
};

/* Tells on_step(), if there is one. */
void migration_tell(const struct migration_job *job, enum migration_event event,
                    const char *file, unsigned took_ms);

/* --- migration_lock.c ------------------------------------------------------
 */

/*
 * Takes the lock that one program at a time holds; ended by migration_unlock()
 * or with the session. -ERR_LOCK_TIMEOUT.
 */
YIELDS int migration_lock(struct migration_job *job, struct diag *diag)
    MUST_CHECK;
YIELDS void migration_unlock(struct migration_job *job);

/* --- migration_ledger.c ----------------------------------------------------
 */

YIELDS int migration_ledger_make(struct migration_job *job, struct diag *diag)
    MUST_CHECK;

/* What it holds, against the set; no ledger is an empty one. */
YIELDS int migration_ledger_read(struct connection *connection,
                                 const struct migration_set *set,
                                 struct deadline until,
                                 struct migration_report *ret_report,
                                 struct diag *diag) MUST_CHECK;

/* Adds the task's migration, or takes it off when it was undone. */
YIELDS int migration_ledger_write(struct migration_job *job,
                                  const struct migration_task *task,
                                  unsigned took_ms, struct diag *diag)
    MUST_CHECK;

/* --- migration_run.c -------------------------------------------------------
 */

/* Runs the file and writes the ledger, as migration.h says. */
YIELDS int migration_run(struct migration_job *job,
                         const struct migration_task *task, struct diag *diag)
    MUST_CHECK;
