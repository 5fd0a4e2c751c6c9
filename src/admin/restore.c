/* SPDX-License-Identifier: MIT */
#include "admin/restore.h"

#include "admin/report.h"
#include "admin/restore_sql.h"
#include "admin/restoring.h"
#include "admin/url.h"
#include "base/check.h"
#include "base/memory.h"
#include "database/session.h"
#include "schema/files.h"
#include "json/encode.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_BYTES = 64, /* NAMEDATALEN */
    SWAPS_MAX = 20,
    SWAP_FIRST_MS = 300,
    SWAP_DOUBLINGS = 6, /* to 19 s */
};

struct restore {
    const struct restore_options *options;
    struct refusal *why;
    struct report report;
    struct supervisor supervisor;
    struct manifest manifest;
    struct target *at; /* the database while it is restored */
    char name[NAME_BYTES], restoring[NAME_BYTES];
    char aside[NAME_BYTES]; /* what the one that was replaced is called now */
    bool replaces, superuser;
};

/* --- asking the server ------------------------------------------------------
 */

static YIELDS int ask(struct connection *connection,
                      const struct statement *statement,
                      const struct text *params, unsigned count,
                      struct rows **ret_rows, struct diag *diag)
{
    return connection_query(connection, statement, params, count,
                            DEADLINE_NEVER, ret_rows, diag);
}

/* Has the server write a script, names well quoted, and runs that. */
static YIELDS int run_written(struct connection *connection,
                              const struct statement *statement,
                              const struct text *params, unsigned count,
                              struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(connection, statement, params, count, &rows, diag);

    return r < 0 ? r
                 : connection_script(connection, rows_get(rows, 0, 0),
                                     DEADLINE_NEVER, diag);
}

static int refused(struct restore *restore, struct diag *diag)
{
    return FAIL(diag, ERR_CANCELLED, "%s", restore->why->line);
}

/* --- may it be? -------------------------------------------------------------
 */

static YIELDS int lock(struct connection *connection, struct restore *restore,
                       struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct text params[] = { text_of(restore->name) };
    int r = ask(connection, &restore_lock, params, 1, &rows, diag);

    if (r < 0 || text_is(rows_get(rows, 0, 0), "t"))
        return r;
    (void)refuse(restore->why, EXIT_RUNNING,
                 "another process restores \"%s\" just now", restore->name);
    return refused(restore, diag);
}

static int judge(struct restore *restore, const struct rows *rows)
{
    const struct restore_options *options = restore->options;
    struct text sessions = rows_get(rows, 0, LOOK_SESSIONS);

    restore->replaces = text_is(rows_get(rows, 0, LOOK_EXISTS), "t");
    restore->superuser = text_is(rows_get(rows, 0, LOOK_SUPERUSER), "t");
    if (restore->replaces && !options->replace)
        return refuse(restore->why, EXIT_USAGE,
                      "there is a database \"%s\": --replace puts this one in "
                      "its place and keeps it under another name, --as NAME "
                      "restores beside it",
                      restore->name);
    if (restore->replaces && !options->disconnect && !text_is(sessions, "0"))
        return refuse(restore->why, EXIT_USAGE,
                      "%.*s sessions are connected to \"%s\": end them, or say "
                      "--disconnect to cut them off",
                      TEXT_ARG(sessions), restore->name);
    return 0;
}

static YIELDS int look(struct connection *connection, struct restore *restore,
                       struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct text params[] = { text_of(restore->name),
                                   text_of(restore->restoring) };
    int r = ask(connection, &restore_look, params, 2, &rows, diag);

    if (r < 0)
        return r;
    if (judge(restore, rows) < 0)
        return refused(restore, diag);
    if (text_is(rows_get(rows, 0, LOOK_LEFTOVER), "t"))
        say("removing \"%s\", which was never finished", restore->restoring);
    return 0;
}

static YIELDS int check_role(struct connection *connection,
                             struct restore *restore, const struct fact *role,
                             struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(connection, &restore_has_role, &role->name, 1, &rows, diag);

    if (r < 0 || text_is(rows_get(rows, 0, 0), "t"))
        return r;
    (void)refuse(restore->why, EXIT_CONFIG,
                 "the backup names the role \"%s\", which this server lacks: "
                 "create it first",
                 role->name.at);
    return refused(restore, diag);
}

static YIELDS int check_roles(struct connection *connection,
                              struct restore *restore, struct diag *diag)
{
    const struct facts *about = &restore->manifest.about;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < about->count; i++)
        if (text_is(about->list[i].kind, "roles"))
            r = check_role(connection, restore, &about->list[i], diag);
    return r;
}

/* --- the new database -------------------------------------------------------
 */

static YIELDS int create(struct connection *connection, struct restore *restore,
                         struct diag *diag)
{
    const struct manifest *m = &restore->manifest;
    const struct text params[] = {
        text_of(restore->restoring),
        text_of(manifest_about(m, "owner")),
        text_of(manifest_about(m, "encoding")),
        text_of(manifest_about(m, "collate")),
        text_of(manifest_about(m, "ctype")),
        text_of(manifest_about(m, "provider")),
        text_of(manifest_about(m, "locale")),
    };
    int r = run_written(connection, &restore_drop, params, 1, diag);

    return r < 0 ? r
                 : run_written(connection, &restore_create, params,
                               ARRAY_LEN(params), diag);
}

/* Nobody but who is granted it now. Rights come as words and commas only. */
static YIELDS int grant(struct connection *connection, struct restore *restore,
                        struct diag *diag)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ, ";
    const struct facts *about = &restore->manifest.about;
    CLEANUP(memory_free)
    char *revoke = memory_format("REVOKE ALL ON DATABASE \"%s\" FROM PUBLIC",
                                 restore->restoring);
    int r =
        connection_script(connection, text_of(revoke), DEADLINE_NEVER, diag);

    for (unsigned i = 0; r == 0 && i < about->count; i++) {
        const struct fact *fact = &about->list[i];
        const struct text params[] = { text_of(restore->restoring), fact->name,
                                       fact->value };

        if (text_is(fact->kind, "grants") &&
            strspn(fact->value.at, letters) == fact->value.len)
            r = run_written(connection, &restore_grant, params, 3, diag);
    }
    return r;
}

/* What only a superuser may do and no archive brings along. */
static YIELDS int set_up(struct restore *restore)
{
    int r = 0;

    for (const struct embedded_file *file = schema_setup;
         restore->superuser && r == 0 && file->name; file++)
        r = restoring_script(restore->options->driver, restore->at,
                             embedded_text(file), restore->why);
    return r;
}

static YIELDS int fill(struct restore *restore)
{
    struct restoring restoring = {
        .driver = restore->options->driver,
        .backup = restore->options->backup,
        .manifest = &restore->manifest,
        .supervisor = &restore->supervisor,
        .target = restore->at,
        .report = &restore->report,
    };
    int r = set_up(restore);

    report_step(&restore->report, "restore");
    if (r == 0)
        r = restoring_load(&restoring, restore->why);
    if (r < 0)
        return r;
    report_step(&restore->report, "comparison");
    r = restoring_compare(&restoring, restore->why);
    if (r < 0)
        return r;
    report_done(&restore->report, "the same in everything");
    report_step(&restore->report, "statistics");
    return restoring_script(restore->options->driver, restore->at,
                            text_of(restore_forget_remembered), restore->why);
}

/* --- its name ---------------------------------------------------------------
 */

static bool may_swap_again(int r)
{
    return r == -ERR_QUERY_FAILED || r == -ERR_DEADLINE;
}

/*
 * Both renames or none. For a session that comes in between the server waits
 * 5 s before it refuses, and nobody gets in meanwhile: to cut it off and try
 * again is quicker. More time each time, as the machine may be slow.
 */
static YIELDS int swap(struct connection *connection, struct restore *restore,
                       struct diag *diag)
{
    char patience_ms[NAME_BYTES];
    struct text params[] = { text_of(restore->restoring),
                             text_of(restore->name), text_of(restore->aside),
                             TEXT_NULL };
    int r = -ERR_QUERY_FAILED;

    if (!restore->replaces)
        return run_written(connection, &restore_name, params, 2, diag);
    for (unsigned i = 0; may_swap_again(r) && i < SWAPS_MAX; i++) {
        unsigned doubled = i < SWAP_DOUBLINGS ? i : SWAP_DOUBLINGS;

        snprintf(patience_ms, sizeof(patience_ms), "%d",
                 SWAP_FIRST_MS << doubled);
        params[3] = text_of(patience_ms);
        diag_clear(diag);
        r = run_written(connection, &restore_swap, params, 4, diag);
    }
    return r;
}

static void name_aside(struct restore *restore)
{
    char time[CLOCK_TEXT_BYTES], *to = restore->aside;
    int len = snprintf(to, NAME_BYTES, "%s_before_", restore->name);

    clock_format(clock_wall_ns(), time);
    to += len;
    for (const char *c = time; *c && *c != '.'; c++)
        if (*c >= '0' && *c <= '9')
            *to++ = *c;
    *to = '\0';
}

static void tell(struct restore *restore)
{
    if (restore->replaces)
        report_done(&restore->report, "what was there is %s now",
                    restore->aside);
    encode_text(report_member(&restore->report, "database"),
                text_of(restore->name));
    encode_text(report_member(&restore->report, "kept_as"),
                restore->replaces ? text_of(restore->aside) : TEXT_NULL);
    if (!restore->superuser)
        say("have a superuser run the files of schema/setup in it: no backup "
            "brings along what they do");
}

static YIELDS int work(struct connection *connection, void *arg,
                       struct diag *diag)
{
    struct restore *restore = arg;
    int r;

    report_step(&restore->report, "new database");
    r = lock(connection, restore, diag);
    if (r == 0)
        r = look(connection, restore, diag);
    if (r == 0)
        r = check_roles(connection, restore, diag);
    if (r == 0)
        r = create(connection, restore, diag);
    if (r == 0 && fill(restore) < 0)
        r = refused(restore, diag);
    if (r < 0)
        return r;
    report_step(&restore->report, "its name");
    r = grant(connection, restore, diag);
    if (r == 0)
        r = swap(connection, restore, diag);
    if (r == 0)
        tell(restore);
    return r;
}

/* --- the command ------------------------------------------------------------
 */

static int find_names(struct restore *restore)
{
    const char *name = restore->options->name;

    if (!name)
        name = manifest_about(&restore->manifest, "database");
    if (!*name || strlen(name) > RESTORE_NAME_MAX || strchr(name, '"'))
        return refuse(restore->why, EXIT_USAGE,
                      "a name for the database must have 1 to %d bytes and no "
                      "quotes",
                      RESTORE_NAME_MAX);
    snprintf(restore->name, NAME_BYTES, "%s", name);
    snprintf(restore->restoring, NAME_BYTES, RESTORING_PREFIX "%s", name);
    name_aside(restore);
    return 0;
}

static int run(struct restore *restore)
{
    const struct restore_options *options = restore->options;
    CLEANUP(memory_free)
    char *at = url_with_database(options->url, restore->restoring);
    CLEANUP(memory_free)
    char *beside = url_with_database(options->url, "postgres");
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = target_parse(text_of(at), &restore->at, &diag);
    if (r == 0)
        r = database_session(options->driver, text_of(beside), work, restore,
                             &diag);
    if (r == 0)
        return 0;
    return refuse(restore->why,
                  r == -ERR_INVALID_PARAMETER ? EXIT_CONFIG : exit_of_error(r),
                  "%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
}

int restore_main(const struct restore_options *options)
{
    struct refusal why = { 0 };
    struct restore restore = { .options = options, .why = &why };
    int r;

    manifest_init(&restore.manifest);
    report_begin(&restore.report, "restore", options->json);
    report_step(&restore.report, "every byte read");
    r = supervisor_init(&restore.supervisor, &why);
    if (r == 0)
        r = manifest_read(&restore.manifest, options->backup,
                          report_progress(&restore.report), &why);
    if (r == 0)
        r = find_names(&restore);
    if (r == 0)
        r = run(&restore);
    supervisor_fini(&restore.supervisor);
    manifest_fini(&restore.manifest);
    target_free(&restore.at);
    CHECK(r == -why.status);
    return report_end(&restore.report, &why);
}
