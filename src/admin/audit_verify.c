/* SPDX-License-Identifier: MIT */
#include "admin/audit.h"

#include "admin/audit_sql.h"
#include "admin/audit_walk.h"
#include "admin/exit.h"
#include "database/session.h"

#include <stdio.h>

enum { OUT_BYTES_MAX = 1 << 20 };

struct verifying {
    struct audit_walk walk;
    struct findings findings;
};

/*
 * One snapshot of all. While the chain is walked each row is found by its key,
 * so that nothing is gathered, neither here nor in the database.
 */
static const char to_walk[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    "SELECT set_config('app.rights', 'audit:read', true);"
    "SET LOCAL enable_hashjoin = off;"
    "SET LOCAL enable_mergejoin = off;"
    "SET LOCAL enable_sort = off;"
    "SET LOCAL jit = off";
static const char to_compare[] = "SET LOCAL enable_hashjoin = on;"
                                 "SET LOCAL enable_sort = on";

/* --- what is in no seal ------------------------------------------------------
 */

enum { AT, ID, WHAT, WAS_OVER, IS_OLD };

/* clang-format off */

/*
 * The sealer takes each row a moment after its commit, so what was over when
 * the last seal was made will never be sealed.
 */
static const struct statement find_unsealed = {
    .name = "audit_unsealed",
    .collection = "audit",
    .sql =
        "SELECT " SQL_TIME("a.at") ", a.id,"
        "       a.resource_type || ' ' || a.action,"
        "       coalesce(pg_visible_in_snapshot(a.xact, last.snapshot), false),"
        "       a.at < now() - interval '10 seconds'"
        "  FROM public.audit AS a"
        "  LEFT JOIN (SELECT snapshot FROM public.audit_seals"
        "              ORDER BY number DESC LIMIT 1) AS last ON true"
        " WHERE NOT EXISTS (SELECT FROM public.audit_seals AS s,"
        "                        unnest(s.ats, s.ids) AS e (at, id)"
        "                   WHERE e.at = a.at AND e.id = a.id)"
        " ORDER BY a.at, a.id LIMIT 100000",
};

/* clang-format on */

static void judge(struct findings *findings, const struct rows *rows,
                  unsigned i)
{
    bool was_over = text_is(rows_get(rows, i, WAS_OVER), "t");
    bool is_old = text_is(rows_get(rows, i, IS_OLD), "t");
    struct finding finding = { .kind =
                                   was_over ? FOUND_INSERTED : FOUND_UNSEALED };

    if (!was_over && !is_old) {
        findings->pending++;
        return;
    }
    snprintf(finding.at, sizeof(finding.at), "%s", rows_get(rows, i, AT).at);
    snprintf(finding.id, sizeof(finding.id), "%s", rows_get(rows, i, ID).at);
    snprintf(finding.detail, sizeof(finding.detail), "%s",
             rows_get(rows, i, WHAT).at);
    findings_add(findings, &finding);
}

static YIELDS int look_for_unsealed(struct connection *connection,
                                    struct findings *findings,
                                    struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &find_unsealed, NULL, 0,
                             DEADLINE_NEVER, &rows, diag);

    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        judge(findings, rows, i);
    return r;
}

/* --- the command -------------------------------------------------------------
 */

static YIELDS int verify(struct connection *connection, void *arg,
                         struct diag *diag)
{
    struct verifying *v = arg;
    int r;

    r = connection_script(connection, text_of(to_walk), DEADLINE_NEVER, diag);
    if (r == 0)
        r = audit_walk_run(&v->walk, connection, diag);
    if (r == 0)
        r = connection_script(connection, text_of(to_compare), DEADLINE_NEVER,
                              diag);
    return r < 0 ? r : look_for_unsealed(connection, &v->findings, diag);
}

int audit_look(struct connection *connection, struct findings *findings,
               struct diag *diag)
{
    struct verifying v = { 0 };
    int r;

    audit_walk_init(&v.walk, &v.findings, (struct audit_head){ 0 });
    r = verify(connection, &v, diag);
    audit_walk_fini(&v.walk);
    *findings = v.findings;
    return r;
}

static bool parse_head(const char *text, struct audit_head *ret)
{
    struct text rest = text_of(text), number;

    return text_cut(&rest, ':', &number) &&
           text_to_int64(number, &ret->number) && ret->number > 0 &&
           (ret->hash = rest).len == AUDIT_HASH_TEXT_BYTES - 1;
}

static int show(const struct audit_options *options,
                const struct findings *findings)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, OUT_BYTES_MAX);
    if (options->json)
        findings_show_json(findings, &out);
    else
        findings_show_lines(findings, &out);
    if (buffer_overflown(&out) ||
        fwrite(out.at, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
        say("the findings could not be written");
        return EXIT_FAILED;
    }
    return findings->count > 0 ? EXIT_TAMPERED : EXIT_OK;
}

int audit_verify(const struct audit_options *options)
{
    struct audit_head head = { 0 };
    struct verifying v = { 0 };
    struct diag diag;
    int r;

    if (options->head && !parse_head(options->head, &head)) {
        say("--head wants the number and the hash of a seal, as they were "
            "logged: NUMBER:HASH");
        return EXIT_USAGE;
    }
    diag_init(&diag, NULL);
    audit_walk_init(&v.walk, &v.findings, head);
    r = database_session(options->driver, text_of(options->url), verify, &v,
                         &diag);
    audit_walk_fini(&v.walk);
    if (r == 0)
        return show(options, &v.findings);
    say("%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
    return r == -ERR_INVALID_PARAMETER ? EXIT_CONFIG : (int)exit_of_error(r);
}
