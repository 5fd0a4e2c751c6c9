/* SPDX-License-Identifier: MIT */
#include "admin/backup.h"

#include "admin/archive_tool.h"
#include "admin/backup_home.h"
#include "admin/backup_sql.h"
#include "admin/manifest.h"
#include "admin/programs.h"
#include "base/memory.h"
#include "database/session.h"
#include "json/encode.h"

#include <stdio.h>

enum { OPTION_BYTES = 64 };

struct backup {
    const struct backup_options *options;
    struct report *report;
    struct refusal *why;
    struct supervisor supervisor;
    struct target *target;
    struct backup_home home;
    struct manifest manifest;
    char name[BACKUP_NAME_BYTES];
    char *partial;
};

/* --- in the snapshot --------------------------------------------------------
 */

static YIELDS int note_origin(struct connection *connection,
                              struct backup *backup, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_script(connection, text_of(backup_begin), DEADLINE_NEVER,
                              diag);

    if (r == 0)
        r = connection_query(connection, &backup_origin, NULL, 0,
                             DEADLINE_NEVER, &rows, diag);
    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        if (!facts_add(&backup->manifest.about,
                       (struct fact){ rows_get(rows, i, 0),
                                      rows_get(rows, i, 1),
                                      rows_get(rows, i, 2) }))
            r = FAIL(diag, ERR_TOO_LARGE, "too many roles to be noted");
    return r;
}

/*
 * Whom policies bind says so, and has every right: else pg_dump would refuse.
 * The others are not bound.
 */
static int run_pg_dump(struct backup *backup)
{
    const struct manifest *manifest = &backup->manifest;
    bool bound = strcmp(manifest_about(manifest, "bound"), "true") == 0;
    CLEANUP(memory_free)
    char *file = memory_format("--file=%s/" BACKUP_ARCHIVE, backup->partial);
    CLEANUP(memory_free) char *program = NULL;
    char snapshot[OPTION_BYTES];
    static const char *const marks[] = { "dumping contents of table ", NULL };
    const char *const options[] = {
        "--format=custom",
        "--compress=1",
        "--no-unlogged-table-data",
        "--lock-wait-timeout=60s",
        snapshot,
        file,
        bound ? "--enable-row-security" : NULL,
        NULL,
    };
    struct archive_tool tool = { .options = options,
                                 .target = backup->target,
                                 .report = backup->report,
                                 .noun = "table",
                                 .marks = marks };
    int64_t tables;
    int major, r;

    snprintf(snapshot, sizeof(snapshot), "--snapshot=%s",
             manifest_about(manifest, "snapshot"));
    r = client_program_find("pg_dump", manifest_major(manifest), &program,
                            &major, backup->why);
    tool.program = program;
    if (text_to_int64(text_of(manifest_about(manifest, "tables")), &tables))
        tool.count = (uint64_t)tables;
    return r < 0 ? r
                 : archive_tool_run(&tool, &backup->supervisor, backup->why);
}

/* The session waits with its snapshot until pg_dump, which shares it, ends. */
static YIELDS int copy(struct connection *connection, void *arg,
                       struct diag *diag)
{
    struct backup *backup = arg;
    int r = note_origin(connection, backup, diag);

    if (r < 0)
        return r;
    report_step(backup->report, "dump");
    if (run_pg_dump(backup) < 0)
        return FAIL(diag, ERR_CANCELLED, "refused");
    report_step(backup->report, "rows and checksums");
    return facts_read(connection, &backup->manifest.facts,
                      report_progress(backup->report), diag);
}

static int copy_all(struct backup *backup)
{
    const struct backup_options *options = backup->options;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(options->driver, text_of(options->url), copy, backup,
                         &diag);
    return r == 0 ? 0
                  : refuse(backup->why, exit_of_error(r), "%s%s%s", diag.detail,
                           diag.cause[0] ? ": " : "", diag.cause);
}

/* --- around it --------------------------------------------------------------
 */

/* What programs want to know of it. */
static void tell(struct backup *backup, const char *path)
{
    const struct facts *facts = &backup->manifest.facts;
    unsigned long long all = 0, tables = 0;
    int64_t rows;

    for (unsigned i = 0; i < facts->count; i++) {
        if (!text_is(facts->list[i].kind, "rows") ||
            !text_to_int64(facts->list[i].value, &rows))
            continue;
        all += (unsigned long long)rows;
        tables++;
    }
    report_done(backup->report, "%llu rows of %llu tables", all, tables);
    encode_text(report_member(backup->report, "backup"), text_of(path));
    buffer_add_format(report_member(backup->report, "rows"), "%llu", all);
    buffer_add_format(report_member(backup->report, "tables"), "%llu", tables);
    buffer_add_string(report_member(backup->report, "archive_bytes"),
                      manifest_about(&backup->manifest, "archive_bytes"));
}

static int make_partial(struct backup *backup)
{
    struct text database = text_of(target_name(backup->target));

    backup_home_name(database, backup->name);
    return backup_home_begin(&backup->home, backup->name, &backup->partial,
                             backup->why);
}

static int publish(struct backup *backup, char **ret_path)
{
    int r;

    report_step(backup->report, "sums and manifest");
    r = manifest_write(&backup->manifest, backup->partial,
                       report_progress(backup->report), backup->why);
    if (r == 0)
        report_step(backup->report, "publication");
    if (r == 0)
        r = backup_home_publish(&backup->home, backup->name, backup->why);
    if (r < 0)
        return r;
    *ret_path = memory_format("%s/%s", backup->home.path, backup->name);
    tell(backup, *ret_path);
    return 0;
}

static int thin(struct backup *backup)
{
    unsigned removed;
    int r;

    if (backup->options->keep == 0)
        return 0;
    report_step(backup->report, "old backups");
    r = backup_home_thin(&backup->home, text_of(target_name(backup->target)),
                         backup->options->keep, &removed, backup->why);
    report_done(backup->report, "%u thrown away", removed);
    return r;
}

static int find_target(struct backup *backup)
{
    struct diag diag;
    int r;

    if (!backup->options->home || !*backup->options->home)
        return refuse(backup->why, EXIT_USAGE,
                      "say where to: a directory of backups");
    diag_init(&diag, NULL);
    r = target_parse(text_of(backup->options->url), &backup->target, &diag);
    if (r < 0)
        return refuse(backup->why, EXIT_CONFIG, "%s", diag.detail);
    if (!*target_name(backup->target))
        return refuse(backup->why, EXIT_CONFIG,
                      "the database's URL names no database");
    return 0;
}

static int make(struct backup *backup, char **ret_path)
{
    int r = find_target(backup);

    if (r == 0)
        r = backup_home_open(&backup->home, backup->options->home, backup->why);
    if (r == 0)
        r = make_partial(backup);
    if (r == 0)
        r = copy_all(backup);
    if (r == 0)
        r = publish(backup, ret_path);
    if (r < 0 && backup->partial && !*ret_path)
        backup_home_drop(&backup->home, backup->name);
    return r < 0 ? r : thin(backup);
}

int backup_make(const struct backup_options *options, struct report *report,
                char **ret_path, struct refusal *why)
{
    struct backup backup = {
        .options = options,
        .report = report,
        .why = why,
        .home = { .lock_fd = -1 },
    };
    int r;

    *ret_path = NULL;
    manifest_init(&backup.manifest);
    r = supervisor_init(&backup.supervisor, why);
    report_step(report, "snapshot");
    if (r == 0)
        r = make(&backup, ret_path);
    supervisor_fini(&backup.supervisor);
    backup_home_close(&backup.home);
    manifest_fini(&backup.manifest);
    target_free(&backup.target);
    memory_free(&backup.partial);
    return r;
}

int backup_main(const struct backup_options *options)
{
    CLEANUP(memory_free) char *path = NULL;
    struct refusal why = { 0 };
    struct report report;
    int r;

    report_begin(&report, "backup", options->json);
    r = backup_make(options, &report, &path, &why);
    if (r == 0 && !options->json)
        printf("%s\n", path);
    fflush(stdout);
    return report_end(&report, &why);
}
