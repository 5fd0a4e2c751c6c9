/* SPDX-License-Identifier: MIT */
#include "admin/setup_parts.h"

#include "database/migration.h"
#include "database/session.h"

enum { WAIT_MS = 60000 };

struct work {
    const struct setup_schema *schema;
    struct migration_set *set;
    unsigned done;
};

static void on_step(const struct migration_step *step, void *arg)
{
    struct work *work = arg;

    if (step->event == MIGRATION_STARTED)
        report_step(work->schema->report, "%s", step->file);
    if (step->event == MIGRATION_DONE) {
        report_done(work->schema->report, "done");
        work->done++;
    }
}

static int bring_up(struct connection *connection, void *arg, struct diag *diag)
{
    struct work *work = arg;
    const struct migration_options options = { .wait_ms = WAIT_MS,
                                               .on_step = on_step,
                                               .arg = work };
    int r = migrations_up(connection, work->set, NULL, &options, diag);

    if (r == 0 && work->done == 0) {
        report_step(work->schema->report, "migrations");
        report_done(work->schema->report, "there already");
    }
    if (r == 0 && work->schema->seed)
        r = migrations_seed(connection, work->set, &options, diag);
    return r;
}

int setup__schema(const struct setup_schema *schema, struct diag *diag)
{
    struct work work = { .schema = schema };
    int r = migration_set_new(schema->files, &work.set, diag);

    if (r == 0)
        r = database_session(schema->driver, text_of(schema->url), bring_up,
                             &work, diag);
    migration_set_free(&work.set);
    return r;
}

static int run_script(struct connection *connection, void *arg,
                      struct diag *diag)
{
    return connection_script(connection, text_of(arg), DEADLINE_NEVER, diag);
}

int setup__script(const struct driver *driver, const char *url, const char *sql,
                  struct diag *diag)
{
    return database_session(driver, text_of(url), run_script,
                            (void *)(uintptr_t)sql, diag);
}

void setup__refuse(int r, const struct diag *diag, struct refusal *why)
{
    enum exit_status status = exit_of_error(r);

    if (r == -ERR_INVALID_PARAMETER)
        status = EXIT_CONFIG;
    if (r == -ERR_VALIDATION || r == -ERR_PRECONDITION_FAILED)
        status = EXIT_MIGRATION;
    refuse(why, status, "%s%s%s", diag->detail, diag->cause[0] ? ": " : "",
           diag->cause);
}
