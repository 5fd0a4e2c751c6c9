/* SPDX-License-Identifier: MIT */
#include "database/migration.h"

#include "base/memory.h"
#include "database/migration_job.h"

/* Lines in the order in which they are worked off. */
struct plan {
    const struct migration_line **lines;
    unsigned count;
};

static void plan_fini(struct plan *plan)
{
    memory_free(&plan->lines);
}

static void plan_init(struct plan *plan, const struct migration_report *report)
{
    plan->lines = memory_new_array(report->count + 1, sizeof(*plan->lines));
    plan->count = 0;
}

void migration_tell(const struct migration_job *job, enum migration_event event,
                    const char *file, unsigned took_ms)
{
    const struct migration_step step = {
        .event = event,
        .file = file,
        .index = job->index,
        .count = job->count,
        .took_ms = took_ms,
    };

    if (job->options->on_step)
        job->options->on_step(&step, job->options->arg);
}

static int make_job(struct migration_job *job, struct connection *connection,
                    const struct migration_set *set,
                    const struct migration_options *options, struct diag *diag)
{
    static const struct migration_options defaults = { 0 };

    *job = (struct migration_job){
        .connection = connection,
        .set = set,
        .options = options ? options : &defaults,
    };
    return migration_sql_find(connection, &job->sql, diag);
}

static int read_checked(struct migration_job *job,
                        struct migration_report *report, struct diag *diag)
{
    int r = migration_ledger_read(job->connection, job->set, DEADLINE_NEVER,
                                  report, diag);

    return r < 0 ? r : migration_report_check(report, diag);
}

static int find_goal(const struct migration_set *set, const char *to,
                     const struct migration **ret, struct diag *diag)
{
    *ret = to ? migration_find(set, text_of(to)) : NULL;
    return !to || *ret ? 0
                       : FAIL(diag, ERR_NOT_FOUND,
                              "there is no migration named %s", to);
}

static int work_off(struct migration_job *job, const struct plan *plan,
                    bool undo, struct diag *diag)
{
    int r = 0;

    job->count = plan->count;
    for (unsigned i = 0; i < plan->count && r == 0; i++) {
        const struct migration *migration = plan->lines[i]->migration;
        struct migration_task task = {
            .file = undo ? migration->down : migration->up,
            .migration = migration,
            .undo = undo,
        };

        job->index = i + 1;
        r = migration_run(job, &task, diag);
    }
    return r;
}

/* --- up ---------------------------------------------------------------------
 */

static void plan_up(struct plan *plan, const struct migration_report *report,
                    const struct migration *last)
{
    plan_init(plan, report);
    for (unsigned i = 0; i < report->count; i++) {
        const struct migration_line *line = &report->lines[i];

        if (line->state == MIGRATION_PENDING)
            plan->lines[plan->count++] = line;
        if (last && line->migration == last)
            break;
    }
}

/* Most programs start with nothing to do, and then need no lock. */
static int has_work(struct migration_job *job, const struct migration *last,
                    bool *ret_has, struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    CLEANUP(plan_fini) struct plan plan = { 0 };
    int r = read_checked(job, &report, diag);

    if (r < 0)
        return r;
    plan_up(&plan, &report, last);
    *ret_has = plan.count > 0;
    return 0;
}

static int up_locked(struct migration_job *job, const struct migration *last,
                     struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    CLEANUP(plan_fini) struct plan plan = { 0 };
    int r = migration_ledger_make(job, diag);

    if (r == 0)
        r = read_checked(job, &report, diag);
    if (r < 0)
        return r;
    plan_up(&plan, &report, last);
    return work_off(job, &plan, false, diag);
}

int migrations_up(struct connection *connection,
                  const struct migration_set *set, const char *to,
                  const struct migration_options *options, struct diag *diag)
{
    const struct migration *last;
    struct migration_job job;
    bool has = false;
    int r;

    r = make_job(&job, connection, set, options, diag);
    if (r == 0)
        r = find_goal(set, to, &last, diag);
    if (r == 0)
        r = has_work(&job, last, &has, diag);
    if (r < 0 || !has)
        return r;
    r = migration_lock(&job, diag);
    if (r < 0)
        return r;
    r = up_locked(&job, last, diag);
    migration_unlock(&job);
    return r;
}

/* --- down -------------------------------------------------------------------
 */

/*
 * By the order of application, not the set's: what came later may lean on
 * what was there, never the other way round.
 */
static int plan_down(struct plan *plan, const struct migration_report *report,
                     struct migration_goal goal, const struct migration *stays,
                     struct diag *diag)
{
    bool found = false;

    plan_init(plan, report);
    for (unsigned i = report->record_count; i > 0 && !found; i--) {
        const struct migration_line *line =
            migration_report_line(report, &report->records[i - 1]);

        found = goal.to ? line->migration == stays : plan->count == goal.count;
        if (!found)
            plan->lines[plan->count++] = line;
    }
    return found || !goal.to
               ? 0
               : FAIL(diag, ERR_NOT_FOUND, "%s is not applied", goal.to);
}

static bool is_confirmed(const struct migration_job *job,
                         const struct plan *plan)
{
    return plan->count == 0 || !job->options->confirm ||
           job->options->confirm(plan->lines, plan->count, job->options->arg);
}

static int down_locked(struct migration_job *job, struct migration_goal goal,
                       struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    CLEANUP(plan_fini) struct plan plan = { 0 };
    const struct migration *stays;
    int r;

    r = find_goal(job->set, goal.to, &stays, diag);
    if (r == 0)
        r = read_checked(job, &report, diag);
    if (r == 0)
        r = plan_down(&plan, &report, goal, stays, diag);
    if (r < 0)
        return r;
    if (!is_confirmed(job, &plan))
        return FAIL(diag, ERR_CANCELLED, "nothing was undone");
    return work_off(job, &plan, true, diag);
}

int migrations_down(struct connection *connection,
                    const struct migration_set *set, struct migration_goal goal,
                    const struct migration_options *options, struct diag *diag)
{
    struct migration_job job;
    int r;

    r = make_job(&job, connection, set, options, diag);
    if (r == 0)
        r = migration_lock(&job, diag);
    if (r < 0)
        return r;
    r = down_locked(&job, goal, diag);
    migration_unlock(&job);
    return r;
}

/* --- the rest ---------------------------------------------------------------
 */

static int seed_locked(struct migration_job *job, struct diag *diag)
{
    int r = 0;

    job->count = job->set->seed_count;
    for (unsigned i = 0; i < job->count && r == 0; i++) {
        struct migration_task task = { .file = job->set->seeds[i] };

        job->index = i + 1;
        r = migration_run(job, &task, diag);
    }
    return r;
}

int migrations_seed(struct connection *connection,
                    const struct migration_set *set,
                    const struct migration_options *options, struct diag *diag)
{
    struct migration_job job;
    int r;

    r = make_job(&job, connection, set, options, diag);
    if (r == 0)
        r = migration_lock(&job, diag);
    if (r < 0)
        return r;
    r = seed_locked(&job, diag);
    migration_unlock(&job);
    return r;
}

int migrations_status(struct connection *connection,
                      const struct migration_set *set, struct deadline until,
                      struct migration_report *ret_report, struct diag *diag)
{
    return migration_ledger_read(connection, set, until, ret_report, diag);
}

int migrations_pending(struct connection *connection,
                       const struct migration_set *set, struct deadline until,
                       unsigned *ret_count, struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    int r = migration_ledger_read(connection, set, until, &report, diag);

    *ret_count = report.pending;
    return r;
}
