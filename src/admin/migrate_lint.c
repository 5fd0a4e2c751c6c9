/* SPDX-License-Identifier: MIT */
#include "admin/exit.h"
#include "admin/lint.h"
#include "admin/migrate_files.h"
#include "base/file.h"
#include "base/memory.h"
#include "database/migration.h"
#include "database/session.h"

#include <stdio.h>
#include <string.h>

enum { FILE_BYTES_MAX = 4 << 20, OUT_BYTES_MAX = 1 << 20, ASK_MS = 10000 };

struct linter {
    const struct migrate_lint_options *options;
    struct migration_set *set;
    struct lint_findings findings;
    unsigned files;
};

static int lint_path(struct linter *linter, const char *path,
                     struct refusal *why)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    struct embedded_file file = { .name = path, .sha256 = "" };
    struct diag diag;
    int error;

    buffer_init(&sql, FILE_BYTES_MAX);
    error = file_read(path, &sql);
    if (error)
        return refuse(why, EXIT_CONFIG, "%s: %s", path, strerror(error));
    file.begin = buffer_text(&sql).at;
    file.end = file.begin + sql.len;
    linter->files++;
    diag_init(&diag, NULL);
    if (lint_file(&file, &linter->findings, &diag) < 0)
        return refuse(why, EXIT_MIGRATION, "%s", diag.detail);
    return 0;
}

static int lint_pending(struct connection *connection, void *arg,
                        struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    struct linter *linter = arg;
    int r = migrations_status(connection, linter->set,
                              deadline_after(clock_monotonic_ns(), ASK_MS),
                              &report, diag);

    for (unsigned i = 0; r == 0 && i < report.count; i++) {
        if (report.lines[i].state != MIGRATION_PENDING)
            continue;
        linter->files++;
        r = lint_file(report.lines[i].migration->up, &linter->findings, diag);
    }
    return r;
}

static int lint_database(struct linter *linter, struct refusal *why)
{
    const struct migrate_lint_options *options = linter->options;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = migration_set_new(options->files, &linter->set, &diag);
    if (r == 0)
        r = database_session(options->driver, text_of(options->url),
                             lint_pending, linter, &diag);
    migration_set_free(&linter->set);
    if (r == 0)
        return 0;
    return refuse(why, r == -ERR_VALIDATION ? EXIT_MIGRATION : exit_of_error(r),
                  "%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
}

static int show(const struct linter *linter)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, OUT_BYTES_MAX);
    if (linter->options->json)
        lint_show_json(&linter->findings, &out);
    else
        lint_show_lines(&linter->findings, &out);
    if (out.len > 0)
        fwrite(out.at, 1, out.len, stdout);
    say("%u file%s, %u finding%s", linter->files, linter->files == 1 ? "" : "s",
        linter->findings.count, linter->findings.count == 1 ? "" : "s");
    if (fflush(stdout) != 0)
        return EXIT_FAILED;
    return linter->findings.count ? EXIT_FOUND : EXIT_OK;
}

int migrate_lint(const struct migrate_lint_options *options)
{
    struct linter linter = { .options = options };
    struct refusal why = { 0 };
    int r = 0;

    for (char *const *path = options->paths; r == 0 && *path; path++)
        r = lint_path(&linter, *path, &why);
    if (r == 0 && !options->paths[0])
        r = lint_database(&linter, &why);
    if (r == 0)
        return show(&linter);
    say("%s", why.line);
    return why.status;
}
