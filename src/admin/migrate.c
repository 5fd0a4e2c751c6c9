/* SPDX-License-Identifier: MIT */
#include "admin/migrate.h"

#include "admin/confirm.h"
#include "admin/migrate_show.h"
#include "base/memory.h"
#include "database/session.h"
#include "database/target.h"

#include <stdio.h>

enum { WAIT_S = 60, STATUS_MS = 10000, STATUS_BYTES_MAX = 16 << 20 };

struct command {
    const struct migrate_options *options;
    struct migration_set *set;
    struct target *target;
    struct report report;
    struct migrate_progress progress;
    struct migration_options engine;
    struct refusal why;
};

/* --- verbs -----------------------------------------------------------------
 */

static int go_up(struct connection *connection, struct command *command,
                 const char *to, struct diag *diag)
{
    command->progress.done = "applied";
    return migrations_up(connection, command->set, to, &command->engine, diag);
}

static int go_down(struct connection *connection, struct command *command,
                   struct migration_goal goal, struct diag *diag)
{
    command->progress.done = "undone";
    return migrations_down(connection, command->set, goal, &command->engine,
                           diag);
}

static int run_up(struct connection *connection, struct command *command,
                  struct diag *diag)
{
    return go_up(connection, command, command->options->to, diag);
}

static int run_down(struct connection *connection, struct command *command,
                    struct diag *diag)
{
    struct migration_goal goal = {
        .to = command->options->to,
        .count = command->options->count ? command->options->count : 1,
    };

    return go_down(connection, command, goal, diag);
}

static int run_seed(struct connection *connection, struct command *command,
                    struct diag *diag)
{
    command->progress.done = "run";
    return migrations_seed(connection, command->set, &command->engine, diag);
}

static int read_report(struct connection *connection,
                       const struct command *command,
                       struct migration_report *ret_report, struct diag *diag)
{
    return migrations_status(connection, command->set,
                             deadline_after(clock_monotonic_ns(), STATUS_MS),
                             ret_report, diag);
}

/* Is it applied, or would it have to be? */
static int is_applied(struct connection *connection,
                      const struct command *command, bool *ret_applied,
                      struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    const char *to = command->options->to;
    const struct migration *wanted =
        to ? migration_find(command->set, text_of(to)) : NULL;
    int r;

    if (!wanted)
        return FAIL(diag, ERR_NOT_FOUND, "there is no migration named %s",
                    to ? to : "nothing");
    r = read_report(connection, command, &report, diag);
    *ret_applied = false;
    for (unsigned i = 0; r == 0 && i < report.count; i++)
        if (report.lines[i].migration == wanted)
            *ret_applied = report.lines[i].record != NULL;
    return r;
}

static int run_to(struct connection *connection, struct command *command,
                  struct diag *diag)
{
    struct migration_goal goal = { .to = command->options->to };
    bool applied = false;
    int r = is_applied(connection, command, &applied, diag);

    if (r < 0)
        return r;
    return applied ? go_down(connection, command, goal, diag)
                   : go_up(connection, command, goal.to, diag);
}

/* The name of what was applied last, to be freed; NULL: nothing was. */
static int last_applied(struct connection *connection,
                        const struct command *command, char **ret_name,
                        struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    const struct migration_record *last;
    int r = read_report(connection, command, &report, diag);

    *ret_name = NULL;
    if (r < 0 || report.record_count == 0)
        return r;
    last = &report.records[report.record_count - 1];
    *ret_name =
        memory_format("%.*s/%04u", TEXT_ARG(last->domain), last->number);
    return 0;
}

static int run_redo(struct connection *connection, struct command *command,
                    struct diag *diag)
{
    CLEANUP(memory_free) char *name = NULL;
    struct migration_goal one = { .count = 1 };
    int r = last_applied(connection, command, &name, diag);

    if (r == 0 && name)
        r = go_down(connection, command, one, diag);
    if (r == 0 && name)
        r = go_up(connection, command, name, diag);
    return r;
}

static int run_status(struct connection *connection, struct command *command,
                      struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    CLEANUP(buffer_fini) struct buffer out;
    int r;

    buffer_init(&out, STATUS_BYTES_MAX);
    r = read_report(connection, command, &report, diag);
    if (r < 0)
        return r;
    if (command->options->json)
        migrate_show_json(&report, &out);
    else
        migrate_show_table(&report, &out);
    if (buffer_overflown(&out) ||
        fwrite(out.at, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        return FAIL(diag, ERR_INTERNAL, "the status could not be written");
    return 0;
}

/* What is said when there was nothing to do. */
static const struct {
    const char *name;
    int (*run)(struct connection *connection, struct command *command,
               struct diag *diag);
    const char *nothing;
} verbs[] = {
    [MIGRATE_UP] = { "migrate up", run_up,
                     "nothing to apply: the schema is up to date" },
    [MIGRATE_DOWN] = { "migrate down", run_down, "nothing to undo" },
    [MIGRATE_TO] = { "migrate to", run_to, "the schema is there already" },
    [MIGRATE_REDO] = { "migrate redo", run_redo, "nothing to undo" },
    [MIGRATE_STATUS] = { "migrate status", run_status, NULL },
    [MIGRATE_SEED] = { "seed", run_seed, "there are no seeds" },
};

/* --- the command -----------------------------------------------------------
 */

static bool is_confirmed(const struct migration_line *const *plan,
                         unsigned count, void *arg)
{
    struct command *command = CONTAINER_OF(arg, struct command, progress);

    if (command->options->yes)
        return true;
    migrate_show_plan(plan, count);
    return confirm_database(target_name(command->target),
                            "What their tables and columns hold is lost.",
                            false, &command->why) == 0;
}

static int run_verb(struct connection *connection, void *arg, struct diag *diag)
{
    struct command *command = arg;

    return verbs[command->options->verb].run(connection, command, diag);
}

/* Errors that have another status here than elsewhere; the rest is the
 * migrations' fault. */
static const struct {
    int error;
    enum exit_status status;
} statuses[] = {
    { ERR_NOT_FOUND, EXIT_USAGE },
    { ERR_INVALID_PARAMETER, EXIT_CONFIG },
    { ERR_CANCELLED, EXIT_FAILED },
};

static enum exit_status status_of(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (statuses[i].error == -code)
            return statuses[i].status;
    return exit_of_error(code) == EXIT_UNREACHABLE ? EXIT_UNREACHABLE
                                                   : EXIT_MIGRATION;
}

static void tell_failure(struct refusal *why, int r, const struct diag *diag)
{
    const char *hint = strcmp(diag->sqlstate, "42501") == 0
                           ? "; connect as the database's owner"
                           : "";

    refuse(why, status_of(r), "%s%s%s%s", diag->detail,
           diag->cause[0] ? ": " : "", diag->cause, hint);
}

static void run(struct command *command)
{
    const struct migrate_options *options = command->options;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = target_parse(text_of(options->url), &command->target, &diag);
    if (r == 0)
        r = migration_set_new(options->files, &command->set, &diag);
    if (r == 0)
        r = database_session(options->driver, text_of(options->url), run_verb,
                             command, &diag);
    if (r < 0)
        tell_failure(&command->why, r, &diag);
    else if (command->progress.count == 0 && verbs[options->verb].nothing)
        say("%s", verbs[options->verb].nothing);
}

int migrate_command(const struct migrate_options *options)
{
    struct command command = {
        .options = options,
        .progress = { .report = &command.report },
        .engine = { .wait_ms =
                        (options->wait_s ? options->wait_s : WAIT_S) * 1000,
                    .on_step = migrate_show_step,
                    .confirm = is_confirmed,
                    .arg = &command.progress },
    };

    report_begin(&command.report, verbs[options->verb].name,
                 options->json && options->verb != MIGRATE_STATUS);
    run(&command);
    migration_set_free(&command.set);
    target_free(&command.target);
    return report_end(&command.report, &command.why);
}
