/* SPDX-License-Identifier: MIT */
#include "admin/migrate.h"

#include "admin/exit.h"
#include "admin/migrate_show.h"
#include "database/session.h"

#include <stdio.h>
#include <unistd.h>

enum { WAIT_S = 60, STATUS_MS = 10000, STATUS_BYTES_MAX = 16 << 20 };

struct command {
    const struct migrate_options *options;
    struct migration_set *set;
    struct migrate_progress progress;
    struct migration_options engine;
};

/* --- verbs -----------------------------------------------------------------
 */

static int run_up(struct connection *connection, struct command *command,
                  struct diag *diag)
{
    return migrations_up(connection, command->set, command->options->to,
                         &command->engine, diag);
}

static int run_down(struct connection *connection, struct command *command,
                    struct diag *diag)
{
    struct migration_goal goal = {
        .to = command->options->to,
        .count = command->options->count ? command->options->count : 1,
    };

    return migrations_down(connection, command->set, goal, &command->engine,
                           diag);
}

static int run_seed(struct connection *connection, struct command *command,
                    struct diag *diag)
{
    return migrations_seed(connection, command->set, &command->engine, diag);
}

static int run_status(struct connection *connection, struct command *command,
                      struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    CLEANUP(buffer_fini) struct buffer out;
    int r;

    buffer_init(&out, STATUS_BYTES_MAX);
    r = migrations_status(connection, command->set,
                          deadline_after(clock_monotonic_ns(), STATUS_MS),
                          &report, diag);
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

/* What is said when it went well: how many, or that there was nothing. */
static const struct {
    int (*run)(struct connection *connection, struct command *command,
               struct diag *diag);
    const char *done, *nothing;
} verbs[] = {
    [MIGRATE_UP] = { run_up, "applied",
                     "nothing to apply: the schema is up to date" },
    [MIGRATE_DOWN] = { run_down, "undone", "nothing to undo" },
    [MIGRATE_STATUS] = { run_status, NULL, NULL },
    [MIGRATE_SEED] = { run_seed, "run", "there are no seeds" },
};

/* --- the command -----------------------------------------------------------
 */

static bool is_confirmed(const struct migration_line *const *plan,
                         unsigned count, void *arg)
{
    (void)arg;
    return migrate_ask(plan, count);
}

static int run_verb(struct connection *connection, void *arg, struct diag *diag)
{
    struct command *command = arg;

    return verbs[command->options->verb].run(connection, command, diag);
}

static void say_result(const struct command *command)
{
    enum migrate_verb verb = command->options->verb;

    if (!verbs[verb].done)
        return;
    if (command->progress.done == 0)
        say("%s", verbs[verb].nothing);
    else
        say("%u %s", command->progress.done, verbs[verb].done);
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

static void say_failure(const struct diag *diag)
{
    const char *hint = strcmp(diag->sqlstate, "42501") == 0
                           ? "; connect as the database's owner"
                           : "";

    if (*diag->cause)
        say("%s: %s%s", diag->detail, diag->cause, hint);
    else
        say("%s%s", diag->detail, hint);
}

static int run(struct command *command)
{
    const struct migrate_options *options = command->options;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = migration_set_new(options->files, &command->set, &diag);
    if (r == 0)
        r = database_session(options->driver, text_of(options->url), run_verb,
                             command, &diag);
    migrate_show_end(&command->progress);
    if (r == 0) {
        say_result(command);
        return EXIT_OK;
    }
    say_failure(&diag);
    return (int)status_of(r);
}

int migrate_command(const struct migrate_options *options)
{
    bool asks = options->verb == MIGRATE_DOWN && !options->yes;
    struct command command = {
        .options = options,
        .engine = { .wait_ms =
                        (options->wait_s ? options->wait_s : WAIT_S) * 1000,
                    .on_step = migrate_show_step,
                    .confirm = asks ? is_confirmed : NULL },
    };
    int status;

    if (asks && !isatty(STDIN_FILENO)) {
        say("going down loses data and there is no terminal to ask: "
            "say --yes if you mean it");
        return EXIT_USAGE;
    }
    command.engine.arg = &command.progress;
    status = run(&command);
    migration_set_free(&command.set);
    return status;
}
