/* SPDX-License-Identifier: MIT */
/* What only the database can tell. */
#include "app/doctor.h"
#include "app/role_rights.h"
#include "base/clock.h"
#include "database/migration.h"
#include "database/target.h"
#include "schema/files.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASK_MS = 5000, VERSION_MIN = 150000, APART_MS = 1000, FAR_MS = 30000 };

static struct deadline soon(void)
{
    return deadline_after(clock_monotonic_ns(), ASK_MS);
}

/* One row of up to three columns; the verdict when that fails. */
struct answer {
    struct rows *rows;
    struct text at[3];
};

static bool ask(struct patient *patient, const char *sql, struct answer *ret)
{
    const struct statement statement = { .name = "doctor", .sql = sql };
    struct diag diag;

    *ret = (struct answer){ 0 };
    diag_init(&diag, NULL);
    if (connection_query(patient->connection, &statement, NULL, 0, soon(),
                         &ret->rows, &diag) < 0 ||
        rows_count(ret->rows) != 1) {
        seen(patient, VERDICT_BAD, "%s (%s)", diag.detail, diag.cause);
        return false;
    }
    for (unsigned i = 0; i < rows_columns(ret->rows) && i < 3; i++)
        ret->at[i] = rows_get(ret->rows, 0, i);
    return true;
}

static void answer_end(struct answer *answer)
{
    rows_unref(&answer->rows);
}

static int64_t number(struct text t)
{
    int64_t value = 0;

    return text_to_int64(t, &value) ? value : 0;
}

enum verdict look_at_version(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;

    if (!ask(patient,
             "SELECT current_setting('server_version_num'),"
             " current_setting('server_version'),"
             " current_setting('server_encoding')",
             &answer))
        return VERDICT_BAD;
    if (!text_is(answer.at[2], "UTF8"))
        return seen(patient, VERDICT_BAD, "its encoding is %.*s, not UTF8",
                    TEXT_ARG(answer.at[2]));
    return seen(patient,
                number(answer.at[0]) < VERSION_MIN ? VERDICT_BAD : VERDICT_FINE,
                "PostgreSQL %.*s", TEXT_ARG(answer.at[1]));
}

enum verdict look_at_tls(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;

    if (!ask(patient,
             "SELECT s.ssl, coalesce(s.version, ''), a.client_addr IS NULL OR"
             " a.client_addr << '127.0.0.0/8' OR a.client_addr = '::1'"
             " FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)"
             " WHERE pid = pg_backend_pid()",
             &answer))
        return VERDICT_BAD;
    if (text_is(answer.at[0], "t"))
        return seen(patient, VERDICT_FINE, "%.*s", TEXT_ARG(answer.at[1]));
    if (text_is(answer.at[2], "t"))
        return seen(patient, VERDICT_FINE, "not needed on this machine");
    return seen(
        patient,
        settings_bool(patient->settings, SETTING_ALLOW_PLAINTEXT_DATABASE)
            ? VERDICT_DOUBTFUL
            : VERDICT_BAD,
        "the connection leads to another machine unencrypted");
}

enum verdict look_at_role(struct patient *patient)
{
    struct role_rights role;
    struct diag diag;

    diag_init(&diag, NULL);
    if (role_rights_ask(patient->connection, soon(), &role, &diag) < 0)
        return seen(patient, VERDICT_BAD, "%s (%s)", diag.detail, diag.cause);
    if (role.is_superuser || role.bypasses)
        return seen(patient, VERDICT_BAD, "%s goes past row level security",
                    role.name);
    if (role.owns)
        return seen(patient, VERDICT_DOUBTFUL, "%s owns the tables", role.name);
    return seen(patient, VERDICT_FINE, "%s, bound by row level security",
                role.name);
}

enum verdict look_at_migrations(struct patient *patient)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    CLEANUP(migration_report_fini) struct migration_report report = { 0 };
    struct diag diag;

    diag_init(&diag, NULL);
    if (migration_set_new(schema_files, &set, &diag) < 0 ||
        migrations_status(patient->connection, set, soon(), &report, &diag) < 0)
        return seen(patient, VERDICT_BAD, "%s %s", diag.detail, diag.cause);
    if (report.pending > 0)
        return seen(patient, VERDICT_BAD, "%u applied, %u pending",
                    report.record_count, report.pending);
    if (migration_report_check(&report, &diag) < 0)
        return seen(patient, VERDICT_DOUBTFUL, "%s", diag.detail);
    return seen(patient, VERDICT_FINE, "all %u are applied",
                report.record_count);
}

enum verdict look_at_grants(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;

    if (!ask(patient,
             "SELECT count(*), count(*) FILTER (WHERE refused),"
             " min(relname::text) FILTER (WHERE refused) FROM pg_class c,"
             " LATERAL (SELECT NOT (has_table_privilege(c.oid, 'SELECT') AND"
             " has_table_privilege(c.oid, 'INSERT')) AS refused) r"
             " WHERE relnamespace = 'public'::regnamespace AND relname IN"
             " ('users', 'roles', 'permissions', 'people', 'bills', 'audit')",
             &answer))
        return VERDICT_BAD;
    if (number(answer.at[0]) == 0)
        return seen(patient, VERDICT_BAD, "there are no tables");
    return number(answer.at[1]) > 0
               ? seen(patient, VERDICT_BAD, "%.*s may not be read or written",
                      TEXT_ARG(answer.at[2]))
               : seen(patient, VERDICT_FINE, "%.*s tables may be used",
                      TEXT_ARG(answer.at[0]));
}

enum verdict look_at_row_security(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;

    if (!ask(patient,
             "SELECT count(*), count(*) FILTER (WHERE NOT (relrowsecurity AND"
             " relforcerowsecurity)), min(relname::text) FILTER (WHERE NOT"
             " (relrowsecurity AND relforcerowsecurity)) FROM pg_class"
             " WHERE relnamespace = 'public'::regnamespace AND relkind IN"
             " ('r', 'p') AND NOT relispartition AND relname <>"
             " 'schema_migrations'",
             &answer))
        return VERDICT_BAD;
    return number(answer.at[1]) > 0
               ? seen(patient, VERDICT_BAD, "not on %.*s, and %lld more",
                      TEXT_ARG(answer.at[2]),
                      (long long)number(answer.at[1]) - 1)
               : seen(patient, VERDICT_FINE, "on and forced on %.*s tables",
                      TEXT_ARG(answer.at[0]));
}

enum verdict look_at_search(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;

    if (!ask(patient,
             "SELECT bool_and(proleakproof) FROM pg_proc WHERE oid IN"
             " ('pg_catalog.texticlike(text, text)'::regprocedure,"
             " 'pg_catalog.ts_match_vq(tsvector, tsquery)'::regprocedure)",
             &answer))
        return VERDICT_BAD;
    return text_is(answer.at[0], "t")
               ? seen(patient, VERDICT_FINE,
                      "indexes serve full text and _like")
               : seen(patient, VERDICT_DOUBTFUL,
                      "full text and _like are looked for row by row");
}

enum verdict look_at_seeds(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;

    if (!ask(patient, "SELECT count(*) FROM roles WHERE system", &answer))
        return VERDICT_BAD;
    return seen(patient, number(answer.at[0]) > 0 ? VERDICT_FINE : VERDICT_BAD,
                "%lld system roles", (long long)number(answer.at[0]));
}

enum verdict look_at_sessions(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;
    int64_t max = settings_int(patient->settings, SETTING_POOL_MAX);

    if (!ask(patient,
             "SELECT current_setting('max_connections')::int -"
             " current_setting('superuser_reserved_connections')::int,"
             " (SELECT count(*) FROM pg_stat_activity WHERE backend_type ="
             " 'client backend')",
             &answer))
        return VERDICT_BAD;
    return seen(patient,
                max > number(answer.at[0]) ? VERDICT_BAD : VERDICT_FINE,
                "%lld of %lld in use, pool_max is %lld",
                (long long)number(answer.at[1]),
                (long long)number(answer.at[0]), (long long)max);
}

enum verdict look_at_clock(struct patient *patient)
{
    CLEANUP(answer_end) struct answer answer;
    int64_t apart_ms;

    if (!ask(patient,
             "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
             &answer))
        return VERDICT_BAD;
    apart_ms =
        llabs((long long)(clock_wall_ns() / NS_PER_MS) - number(answer.at[0]));
    return seen(patient,
                apart_ms > FAR_MS     ? VERDICT_BAD
                : apart_ms > APART_MS ? VERDICT_DOUBTFUL
                                      : VERDICT_FINE,
                "%lld ms from the database's", (long long)apart_ms);
}
