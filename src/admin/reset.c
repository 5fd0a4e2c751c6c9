/* SPDX-License-Identifier: MIT */
#include "admin/cluster.h"
#include "admin/confirm.h"
#include "admin/setup.h"
#include "admin/setup_parts.h"
#include "database/session.h"
#include "database/target.h"

enum { ASK_MS = 10000 };

/* What is in other schemas is not ours. */
static const char script[] =
    "SET lock_timeout = '5s'; DROP SCHEMA public CASCADE; "
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner; "
    "GRANT USAGE ON SCHEMA public TO PUBLIC";

struct reset {
    const struct reset_options *options;
    struct report report;
    struct refusal why;
};

/* Where the service is at work, it would be answering 500 from now on. */
static int look(struct connection *connection, void *arg, struct diag *diag)
{
    static const struct statement statement = {
        .name = "reset_connected",
        .sql = "SELECT count(*), min(client_addr::text) FROM pg_stat_activity"
               " WHERE datname = current_database() AND usename = "
               "'" CLUSTER_SERVICE "'",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct reset *reset = arg;
    int r = connection_query(connection, &statement, NULL, 0,
                             deadline_after(clock_monotonic_ns(), ASK_MS),
                             &rows, diag);

    if (r < 0 || text_is(rows_get(rows, 0, 0), "0"))
        return r;
    return refuse(&reset->why, EXIT_RUNNING,
                  "the service is connected to this database (%.*s sessions "
                  "of " CLUSTER_SERVICE "): stop it first, or say --force",
                  TEXT_ARG(rows_get(rows, 0, 0)));
}

static int ask(struct reset *reset, struct diag *diag)
{
    CLEANUP(target_free) struct target *target = NULL;
    const struct reset_options *options = reset->options;
    int r = target_parse(text_of(options->url), &target, diag);

    if (r == 0 && !options->force)
        r = database_session(options->driver, text_of(options->url), look,
                             reset, diag);
    return r == 0 ? confirm_database(target_name(target),
                                     "This throws away everything in it.",
                                     options->yes, &reset->why)
                  : r;
}

static int work(struct reset *reset, struct diag *diag)
{
    const struct reset_options *options = reset->options;
    const struct setup_schema schema = { .driver = options->driver,
                                         .files = options->files,
                                         .url = options->url,
                                         .seed = options->seed,
                                         .report = &reset->report };
    int r = ask(reset, diag);

    if (r < 0)
        return r;
    report_step(&reset->report, "throwing away what is there");
    r = setup__script(options->driver, options->url, script, diag);
    return r == 0 ? setup__schema(&schema, diag) : r;
}

int reset_command(const struct reset_options *options)
{
    struct reset reset = { .options = options };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    report_begin(&reset.report, "reset", options->json);
    r = work(&reset, &diag);
    if (r < 0)
        setup__refuse(r, &diag, &reset.why);
    return report_end(&reset.report, &reset.why);
}
