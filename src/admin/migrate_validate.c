/* SPDX-License-Identifier: MIT */
#include "admin/migrate_validate.h"

#include "admin/report.h"
#include "admin/schema_shape.h"
#include "admin/url.h"
#include "base/id.h"
#include "base/memory.h"
#include "database/migration.h"
#include "database/session.h"
#include "json/encode.h"

#include <stdio.h>
#include <string.h>

enum { READ_MS = 60000, NAME_BYTES = 40 };

struct validation {
    const struct migrate_validate_options *options;
    struct migration_set *set;
    struct report report;
    struct rows *live, *wanted;
    struct buffer *findings; /* the document's list */
    unsigned found, pending;
    char scratch[NAME_BYTES];
    struct refusal why;
};

static struct deadline soon(void)
{
    return deadline_after(clock_monotonic_ns(), READ_MS);
}

/* --- findings -------------------------------------------------------------
 */

static void tell(struct validation *v, const char *what, struct text name,
                 struct text wanted, struct text found)
{
    struct buffer *out = v->findings;

    buffer_add_string(out, v->found++ > 0 ? ",{\"finding\":" : "{\"finding\":");
    encode_text(out, text_of(what));
    buffer_add_string(out, ",\"object\":");
    encode_text(out, name);
    buffer_add_string(out, ",\"wanted\":");
    encode_text(out, wanted);
    buffer_add_string(out, ",\"found\":");
    encode_text(out, found);
    buffer_add_byte(out, '}');
    if (v->options->json)
        return;
    printf("%s: %.*s\n", what, TEXT_ARG(name));
    if (wanted.len > 0 && found.len > 0)
        printf("    wanted: %.*s\n    found:  %.*s\n", TEXT_ARG(wanted),
               TEXT_ARG(found));
}

/* --- files ----------------------------------------------------------------
 */

static void tell_line(struct validation *v, const struct migration_line *line)
{
    switch (line->state) {
    case MIGRATION_CHANGED:
        tell(v, "changed after it was applied", line->migration->label,
             line->record->sha256, text_of(line->migration->up->sha256));
        break;
    case MIGRATION_MISSING:
        tell(v, "applied, but this program has no file for it",
             line->record->domain, line->record->name, TEXT_NULL);
        break;
    case MIGRATION_PENDING:
        tell(v, "pending", line->migration->label, TEXT_NULL, TEXT_NULL);
        v->pending++;
        break;
    case MIGRATION_APPLIED:
    case MIGRATION_STATES:
        break;
    }
}

static int read_live(struct connection *connection, void *arg,
                     struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    struct validation *v = arg;
    int r;

    report_step(&v->report, "files against the ledger");
    r = migrations_status(connection, v->set, soon(), &report, diag);
    for (unsigned i = 0; r == 0 && i < report.count; i++)
        tell_line(v, &report.lines[i]);
    if (r < 0)
        return r;
    report_done(&v->report, "%u applied, %u findings", report.record_count,
                v->found);
    return v->pending ? 0
                      : schema_shape_read(connection, soon(), &v->live, diag);
}

/* --- the scratch database -------------------------------------------------
 */

static int run_script(struct connection *connection, void *arg,
                      struct diag *diag)
{
    return connection_script(connection, text_of(arg), soon(), diag);
}

static int beside(struct validation *v, const char *sql, struct diag *diag)
{
    CLEANUP(memory_free) char *script = memory_format(sql, v->scratch);

    return database_session(v->options->driver, text_of(v->options->url),
                            run_script, script, diag);
}

static int make_scratch(struct validation *v, struct diag *diag)
{
    unsigned char random[4];
    char hex[9];
    int r;

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), hex);
    snprintf(v->scratch, sizeof(v->scratch), "portcullis_scratch_%s", hex);
    report_step(&v->report, "a scratch database");
    r = beside(v,
               "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' "
               "LOCALE 'C.UTF-8'",
               diag);
    if (r == 0) {
        report_done(&v->report, "made");
        return 0;
    }
    v->scratch[0] = '\0';
    if (strcmp(diag->sqlstate, "42501") != 0)
        return r;
    refuse(&v->why, EXIT_FAILED,
           "this role may not make a database to migrate from zero: give "
           "--scratch the URL of an empty one, or let it (ALTER ROLE … "
           "CREATEDB)");
    return r;
}

static void drop_scratch(struct validation *v)
{
    struct diag diag;

    if (!v->scratch[0])
        return;
    diag_init(&diag, NULL);
    if (beside(v, "DROP DATABASE %s WITH (FORCE)", &diag) < 0)
        say("the database %s could not be dropped (%s): drop it by hand",
            v->scratch, diag.detail);
}

static int migrate_from_zero(struct connection *connection, void *arg,
                             struct diag *diag)
{
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    struct validation *v = arg;
    int r = migrations_status(connection, v->set, soon(), &report, diag);

    if (r == 0 && report.record_count > 0)
        return refuse(&v->why, EXIT_CONFIG,
                      "the scratch database is not empty");
    report_step(&v->report, "migrating it from zero");
    if (r == 0)
        r = migrations_up(connection, v->set, NULL, NULL, diag);
    return r == 0 ? schema_shape_read(connection, soon(), &v->wanted, diag) : r;
}

static int make_wanted(struct validation *v, struct diag *diag)
{
    CLEANUP(memory_free) char *beside_url = NULL;
    const char *url = v->options->scratch;
    int r = 0;

    if (!url) {
        r = make_scratch(v, diag);
        if (r < 0)
            return r;
        url = beside_url = url_with_database(v->options->url, v->scratch);
    }
    return database_session(v->options->driver, text_of(url), migrate_from_zero,
                            v, diag);
}

/* --- both -----------------------------------------------------------------
 */

static void on_difference(enum shape_kind kind, struct text name,
                          struct text wanted, struct text found, void *arg)
{
    static const char *const words[] = {
        [SHAPE_MISSING] = "missing",
        [SHAPE_UNKNOWN] = "made by no migration",
        [SHAPE_DIFFERENT] = "not as the migrations make it",
    };

    tell(arg, words[kind], name, wanted, found);
}

static int compare(struct validation *v, struct diag *diag)
{
    unsigned before = v->found;
    int r = make_wanted(v, diag);

    drop_scratch(v);
    if (r < 0)
        return r;
    report_step(&v->report, "the live schema against it");
    schema_shape_compare(v->wanted, v->live, on_difference, v);
    report_done(&v->report, "%u objects, %u findings", rows_count(v->wanted),
                v->found - before);
    return 0;
}

static int validate(struct validation *v, struct diag *diag)
{
    const struct migrate_validate_options *options = v->options;
    int r = migration_set_new(options->files, &v->set, diag);

    if (r == 0)
        r = database_session(options->driver, text_of(options->url), read_live,
                             v, diag);
    if (r == 0 && v->pending)
        say("the schema was not looked at: apply what is pending first");
    else if (r == 0)
        r = compare(v, diag);
    return r;
}

static void refuse_by(struct validation *v, int r, const struct diag *diag)
{
    enum exit_status status =
        r == -ERR_INVALID_PARAMETER ? EXIT_CONFIG : exit_of_error(r);

    refuse(&v->why, status == EXIT_FAILED ? EXIT_MIGRATION : status, "%s%s%s",
           diag->detail, diag->cause[0] ? ": " : "", diag->cause);
}

int migrate_validate(const struct migrate_validate_options *options)
{
    struct validation v = { .options = options };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    report_begin(&v.report, "migrate validate", options->json);
    v.findings = report_member(&v.report, "findings");
    buffer_add_byte(v.findings, '[');
    r = validate(&v, &diag);
    buffer_add_byte(v.findings, ']');
    if (r < 0)
        refuse_by(&v, r, &diag);
    else if (v.found > 0)
        refuse(&v.why, EXIT_FOUND, "%u finding%s", v.found,
               v.found == 1 ? "" : "s");
    rows_unref(&v.live);
    rows_unref(&v.wanted);
    migration_set_free(&v.set);
    fflush(stdout);
    return report_end(&v.report, &v.why);
}
