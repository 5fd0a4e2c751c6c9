/* SPDX-License-Identifier: MIT */
#include "admin/profile.h"

#include "admin/profile_names.h"
#include "base/file.h"
#include "database/session.h"
#include "json/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_BYTES_MAX = 4 << 20, METRICS_BYTES_MAX = 16 << 20, TEXT_SHOWN = 72 };

struct profile {
    const struct profile_options *options;
    struct profile_names names;
    struct buffer metrics, out;
    unsigned count;
};

/* --- what the database measured ---------------------------------------------
 */

enum { CALLS, TOTAL_MS, MEAN_MS, ROWS_PER_CALL, PLANS, HIT_SHARE, QUERY };

static const struct statement has_extension = {
    .name = "profile_extension",
    .sql = "SELECT to_regclass('pg_stat_statements') IS NOT NULL",
};

/* Transactions' ends and settings are no queries of anybody's. */
static const struct statement measured = {
    .name = "profile",
    .sql = "SELECT calls, round(total_exec_time::numeric, 1),"
           " round(mean_exec_time::numeric, 3),"
           " round(rows::numeric / greatest(calls, 1), 1), plans,"
           " round(100.0 * shared_blks_hit"
           "       / greatest(shared_blks_hit + shared_blks_read, 1), 1),"
           " query"
           " FROM pg_stat_statements"
           " WHERE dbid = (SELECT oid FROM pg_database"
           "                WHERE datname = current_database())"
           " ORDER BY total_exec_time DESC LIMIT $1::bigint",
};

/* --- what the service measured ----------------------------------------------
 */

/* The sum of all series of this histogram's part with this name. */
static double metric(const struct profile *profile, const char *part,
                     const char *name)
{
    struct text rest = buffer_text(&profile->metrics), line;
    char label[160];
    double sum = 0;

    snprintf(label, sizeof(label), "db_operation_name=\"%s\"", name);
    while (text_cut(&rest, '\n', &line)) {
        const char *value;

        if (!text_starts_with(line, part) ||
            !memmem(line.at, line.len, label, strlen(label)))
            continue;
        value = memrchr(line.at, ' ', line.len);
        sum += value ? strtod(value, NULL) : 0;
    }
    return sum;
}

struct measure {
    double calls, mean_ms;
};

static struct measure service_measured(const struct profile *profile,
                                       const char *name)
{
#define SERIES "db_client_operation_duration_seconds"
    struct measure m = { 0 };
    double seconds;

    if (!name || profile->metrics.len == 0)
        return m;
    m.calls = metric(profile, SERIES "_count{", name);
    seconds = metric(profile, SERIES "_sum{", name);
    m.mean_ms = m.calls > 0 ? seconds * 1000 / m.calls : 0;
    return m;
}

/* --- telling ----------------------------------------------------------------
 */

static void tell_line(struct profile *profile, const struct rows *rows,
                      unsigned row, const char *name, struct measure service)
{
    struct buffer *out = &profile->out;
    struct text query = rows_get(rows, row, QUERY);
    struct text shown = name ? text_of(name) : query;

    if (!name && shown.len > TEXT_SHOWN)
        shown.len = TEXT_SHOWN;
    buffer_add_format(
        out, "%12s %9s %9s %8s %6s%%", rows_get(rows, row, TOTAL_MS).at,
        rows_get(rows, row, CALLS).at, rows_get(rows, row, MEAN_MS).at,
        rows_get(rows, row, ROWS_PER_CALL).at,
        rows_get(rows, row, HIT_SHARE).at);
    if (service.calls > 0)
        buffer_add_format(out, " %9.0f %9.3f", service.calls, service.mean_ms);
    else
        buffer_add_format(out, " %9s %9s", "-", "-");
    buffer_add_format(out, "  %.*s\n", TEXT_ARG(shown));
}

static void tell_json(struct profile *profile, const struct rows *rows,
                      unsigned row, const char *name, struct measure service)
{
    static const char *const members[] = {
        [CALLS] = "calls",     [TOTAL_MS] = "total_ms",
        [MEAN_MS] = "mean_ms", [ROWS_PER_CALL] = "rows_per_call",
        [PLANS] = "plans",     [HIT_SHARE] = "hit_percent",
    };
    struct buffer *out = &profile->out;

    buffer_add_string(out, profile->count > 0 ? ",{\"name\":" : "{\"name\":");
    encode_text(out, text_of(name));
    for (unsigned i = 0; i < ARRAY_LEN(members); i++)
        buffer_add_format(out, ",\"%s\":%s", members[i],
                          rows_get(rows, row, i).at);
    buffer_add_format(out,
                      ",\"service_calls\":%.0f,\"service_mean_ms\":%.3f,"
                      "\"query\":",
                      service.calls, service.mean_ms);
    encode_text(out, rows_get(rows, row, QUERY));
    buffer_add_byte(out, '}');
}

static void tell_all(struct profile *profile, const struct rows *rows)
{
    for (unsigned i = 0; i < rows_count(rows); i++) {
        const char *name =
            profile_names_find(&profile->names, rows_get(rows, i, QUERY));
        struct measure service = service_measured(profile, name);

        if (profile->options->json)
            tell_json(profile, rows, i, name, service);
        else
            tell_line(profile, rows, i, name, service);
        profile->count++;
    }
}

static YIELDS int profile_all(struct connection *connection, void *arg,
                              struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *has = NULL;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct profile *profile = arg;
    char top[24];
    struct text limit;
    int r = connection_query(connection, &has_extension, NULL, 0,
                             DEADLINE_NEVER, &has, diag);

    snprintf(top, sizeof(top), "%u", profile->options->top);
    limit = text_of(top);
    if (r == 0 && !text_is(rows_get(has, 0, 0), "t"))
        r = FAIL(diag, ERR_INVALID_PARAMETER,
                 "pg_stat_statements is not there: name it in "
                 "shared_preload_libraries, restart PostgreSQL, and run "
                 "CREATE EXTENSION pg_stat_statements in this database");
    if (r == 0)
        r = connection_query(connection, &measured, &limit, 1, DEADLINE_NEVER,
                             &rows, diag);
    if (r == 0)
        r = profile_names_init(&profile->names, diag);
    if (r == 0)
        tell_all(profile, rows);
    return r;
}

static void show(const struct profile *profile)
{
    struct text told = buffer_text(&profile->out);

    if (profile->options->json)
        printf("[%.*s]\n", TEXT_ARG(told));
    else
        printf("%12s %9s %9s %8s %7s %9s %9s  %s\n%.*s", "total ms", "calls",
               "mean ms", "rows", "cached", "service", "mean ms", "name",
               TEXT_ARG(told));
    fflush(stdout);
}

static int read_metrics(struct profile *profile)
{
    const char *path = profile->options->metrics;
    int error;

    buffer_init(&profile->metrics, METRICS_BYTES_MAX);
    error = path ? file_read(path, &profile->metrics) : 0;
    if (error)
        say("cannot read %s: %s", path, strerror(error));
    return error ? EXIT_CONFIG : EXIT_OK;
}

static int run(struct profile *profile)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(profile->options->driver,
                         text_of(profile->options->url), profile_all, profile,
                         &diag);
    if (r == 0) {
        show(profile);
        return EXIT_OK;
    }
    say("%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
    return r == -ERR_INVALID_PARAMETER ? EXIT_CONFIG : (int)exit_of_error(r);
}

int profile_main(const struct profile_options *options)
{
    struct profile profile = { .options = options };
    int status = read_metrics(&profile);

    buffer_init(&profile.out, OUT_BYTES_MAX);
    if (status == EXIT_OK)
        status = run(&profile);
    profile_names_fini(&profile.names);
    buffer_fini(&profile.metrics);
    buffer_fini(&profile.out);
    return status;
}
