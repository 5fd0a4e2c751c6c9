/* SPDX-License-Identifier: MIT */
#include "base/fault.h"
#include "base/id.h"
#include "database/migration_job.h"
#include "database/migration_script.h"
#include "resilience/backoff.h"
#include "runtime/fiber.h"

#include <signal.h>
#include <stdio.h>

enum { ATTEMPTS_MAX = 5, LOCK_TIMEOUT_MS = 5000, ROLLBACK_MS = 5000 };

static const struct backoff between_attempts = { .base_ms = 200,
                                                 .cap_ms = 2000 };

/* --- errors ----------------------------------------------------------------
 */

static int script(struct migration_job *job, const char *sql, struct diag *diag)
{
    if (fault_hit(FAULT_MIGRATION_KILL))
        raise(SIGKILL);
    return connection_script(job->connection, text_of(sql), DEADLINE_NEVER,
                             diag);
}

static const char *hint(const struct migration_job *job,
                        const struct migration_task *task, const char *sqlstate)
{
    if (!migration_script_is_transaction(task->file))
        return "; what ran before it in this file stays";
    if (strcmp(sqlstate, job->sql->needs_no_transaction) == 0)
        return "; begin the file with the line "
               "\"-- portcullis: no-transaction\"";
    return "";
}

/* The detail is for clients of the service; an operator wants the cause. */
static int tell(const struct migration_job *job,
                const struct migration_task *task, const char *place,
                const struct diag *failure, struct diag *diag)
{
    const char *what = *failure->cause ? failure->cause : failure->detail;
    char state[sizeof(failure->sqlstate) + sizeof(" (SQLSTATE )")] = "";
    int r;

    if (*failure->sqlstate)
        snprintf(state, sizeof(state), " (SQLSTATE %s)", failure->sqlstate);
    r = FAIL(diag, -failure->code, "%s%s: %s%s%s", task->file->name, place,
             what, state, hint(job, task, failure->sqlstate));
    memcpy(diag->sqlstate, failure->sqlstate, sizeof(diag->sqlstate));
    return r;
}

/* --- one attempt -----------------------------------------------------------
 */

/* Building an index concurrently leaves it behind, invalid, when it fails. */
static int drop_broken_index(struct migration_job *job, struct text sql,
                             struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct text name = migration_script_index(sql);
    int r;

    if (text_is_null(name))
        return 0;
    r = connection_query(job->connection, &job->sql->broken_index, &name, 1,
                         DEADLINE_NEVER, &rows, diag);
    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        r = connection_script(job->connection, rows_get(rows, i, 0),
                              DEADLINE_NEVER, diag);
    return r;
}

static int run_statement(struct migration_job *job,
                         const struct migration_task *task,
                         const struct sql_statement *statement,
                         struct diag *diag)
{
    char place[16];
    struct diag failure;
    int r = 0;

    if (fault_hit(FAULT_MIGRATION_KILL))
        raise(SIGKILL);
    diag_init(&failure, NULL);
    if (!migration_script_is_transaction(task->file))
        r = drop_broken_index(job, statement->sql, &failure);
    if (r == 0)
        r = connection_script(job->connection, statement->sql, DEADLINE_NEVER,
                              &failure);
    if (r == 0 || failure.code == 0)
        return r;
    snprintf(place, sizeof(place), ":%u", statement->line);
    return tell(job, task, place, &failure, diag);
}

static int run_statements(struct migration_job *job,
                          const struct migration_task *task, struct diag *diag)
{
    struct sql_statement statement;
    struct sql_split split;
    int r;

    sql_split_init(&split, embedded_text(task->file));
    do {
        r = migration_script_next(&split, task->file, &statement, diag);
        if (r == 0 && !text_is_null(statement.sql))
            r = run_statement(job, task, &statement, diag);
    } while (r == 0 && !text_is_null(statement.sql));
    if (r == 0 && fault_hit(FAULT_MIGRATION_STEP))
        r = FAIL(diag, ERR_QUERY_FAILED, "%s: %s", task->file->name,
                 fault_what(FAULT_MIGRATION_STEP));
    return r;
}

/* No file may see what another one has set, nor meet a lock queue for long. */
static int begin(struct migration_job *job, bool transaction, struct diag *diag)
{
    unsigned ms = job->options->lock_timeout_ms;
    char text[16];
    struct text param;
    int r;

    snprintf(text, sizeof(text), "%u", ms ? ms : LOCK_TIMEOUT_MS);
    param = text_of(text);
    r = script(job, job->sql->reset, diag);
    if (r == 0)
        r = connection_query(job->connection, &job->sql->set_lock_timeout,
                             &param, 1, DEADLINE_NEVER, NULL, diag);
    if (r == 0 && transaction)
        r = script(job, job->sql->begin, diag);
    return r;
}

/* The file may have left us another role. */
static int end(struct migration_job *job, const struct migration_task *task,
               bool transaction, unsigned took_ms, struct diag *diag)
{
    struct diag failure;
    int r;

    diag_init(&failure, NULL);
    r = script(job, job->sql->reset, &failure);
    if (r == 0 && task->migration)
        r = migration_ledger_write(job, task, took_ms, &failure);
    if (r == 0 && transaction)
        r = script(job, job->sql->commit, &failure);
    if (r == 0 && fault_hit(FAULT_MIGRATION_KILL))
        raise(SIGKILL);
    if (r == 0 || failure.code == 0)
        return r;
    return tell(job, task, " at its end", &failure, diag);
}

static void roll_back(struct migration_job *job)
{
    struct deadline until = deadline_after(clock_monotonic_ns(), ROLLBACK_MS);
    int r;

    if (connection_is_dead(job->connection))
        return;
    r = connection_script(job->connection, text_of(job->sql->rollback), until,
                          NULL);
    (void)r; /* else the link was cut, which does it too */
}

static int attempt(struct migration_job *job, const struct migration_task *task,
                   unsigned *ret_ms, struct diag *diag)
{
    bool transaction = migration_script_is_transaction(task->file);
    uint64_t started_ns = clock_monotonic_ns();
    int r;

    r = begin(job, transaction, diag);
    if (r == 0)
        r = run_statements(job, task, diag);
    *ret_ms = (unsigned)((clock_monotonic_ns() - started_ns) / NS_PER_MS);
    if (r == 0)
        r = end(job, task, transaction, *ret_ms, diag);
    if (r < 0 && transaction)
        roll_back(job);
    return r;
}

/* --- until it works --------------------------------------------------------
 */

static int pause_before(unsigned attempt_number)
{
    uint64_t now = clock_monotonic_ns();
    uint32_t chance;

    random_bytes(&chance, sizeof(chance));
    return fiber_sleep(deadline_after(
        now, backoff_ms(between_attempts, attempt_number, chance)));
}

static void hand_over(const struct diag *from, struct diag *to)
{
    if (!to || to->code != 0 || from->code == 0)
        return;
    (void)FAIL(to, -from->code, "%s", from->detail);
    memcpy(to->sqlstate, from->sqlstate, sizeof(to->sqlstate));
}

int migration_run(struct migration_job *job, const struct migration_task *task,
                  struct diag *diag)
{
    struct diag failure;
    unsigned took_ms;
    int r;

    migration_tell(job, MIGRATION_STARTED, task->file->name, 0);
    for (unsigned i = 0;; i++) {
        diag_init(&failure, NULL);
        r = attempt(job, task, &took_ms, &failure);
        if ((r != -ERR_LOCK_TIMEOUT && r != -ERR_DEADLOCK) ||
            i + 1 == ATTEMPTS_MAX)
            break;
        migration_tell(job, MIGRATION_RETRIED, task->file->name, took_ms);
        r = pause_before(i);
        if (r < 0)
            break;
    }
    hand_over(&failure, diag);
    if (r == 0)
        migration_tell(job, MIGRATION_DONE, task->file->name, took_ms);
    return r;
}
