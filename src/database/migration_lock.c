/* SPDX-License-Identifier: MIT */
#include "database/migration_job.h"
#include "runtime/fiber.h"

enum { POLL_MS = 100 };

static int try_lock(struct migration_job *job, bool *ret_have,
                    struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(job->connection, &job->sql->try_lock, NULL, 0,
                             DEADLINE_NEVER, &rows, diag);

    *ret_have = r == 0 && text_is(rows_get(rows, 0, 0), "t");
    return r;
}

/*
 * Asked again and again: a session that waits inside the database for the lock
 * holds a snapshot, and CREATE INDEX CONCURRENTLY waits for all of those.
 */
int migration_lock(struct migration_job *job, struct diag *diag)
{
    uint64_t now = clock_monotonic_ns();
    struct deadline until = deadline_after(now, job->options->wait_ms);
    bool have, waited = false;
    int r = try_lock(job, &have, diag);

    while (r == 0 && !have) {
        if (!waited)
            migration_tell(job, MIGRATION_WAITING, NULL, 0);
        waited = true;
        now = clock_monotonic_ns();
        if (deadline_left_ns(until, now) == 0)
            return FAIL(diag, ERR_LOCK_TIMEOUT,
                        "another program has been migrating this database for "
                        "%u ms",
                        job->options->wait_ms);
        r = fiber_sleep(deadline_after(now, POLL_MS));
        if (r == 0)
            r = try_lock(job, &have, diag);
    }
    return r;
}

/* When that fails the session has ended, and the lock with it. */
void migration_unlock(struct migration_job *job)
{
    int r;

    if (connection_is_dead(job->connection))
        return;
    r = connection_script(job->connection, text_of(job->sql->reset),
                          DEADLINE_NEVER, NULL);
    if (r == 0)
        r = connection_query(job->connection, &job->sql->unlock, NULL, 0,
                             DEADLINE_NEVER, NULL, NULL);
    (void)r;
}
