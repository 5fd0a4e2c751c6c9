/* SPDX-License-Identifier: MIT */
#include "admin/check_data.h"

#include "admin/audit.h"
#include "admin/audit_findings.h"
#include "admin/progress.h"
#include "database/session.h"
#include "json/encode.h"

#include <stdio.h>

enum { OUT_BYTES_MAX = 16 << 20, FOUND_MAX = 1000 };

#define CHECKS (ARRAY_LEN(checks) + 1) /* the audit log is looked at last */

enum kind { ASKS, GENERATES };

#define DATA_CHECK(name, sentence, kind, sql, mend) \
    { #name, sentence, kind, sql, mend },
static const struct data_check {
    const char *name, *sentence;
    enum kind kind;
    const char *sql, *mend;
} checks[] = {
#include "admin/check_data.def"
};

struct checking {
    const struct check_data_options *options;
    struct connection *connection;
    struct diag *diag;
    struct buffer out; /* lines, or items of a list */
    struct progress progress;
    unsigned found, mended;
};

/* --- telling ----------------------------------------------------------------
 */

static void tell(struct checking *checking, const char *name,
                 const char *sentence, struct text what)
{
    struct buffer *out = &checking->out;

    checking->found++;
    if (!checking->options->json) {
        buffer_add_format(out, "%s: %.*s: %s\n", name, TEXT_ARG(what),
                          sentence);
        return;
    }
    buffer_add_string(out, out->len > 0 ? ",{\"check\":" : "{\"check\":");
    encode_text(out, text_of(name));
    buffer_add_string(out, ",\"what\":");
    encode_text(out, what);
    buffer_add_string(out, ",\"detail\":");
    encode_text(out, text_of(sentence));
    buffer_add_byte(out, '}');
}

static void show(const struct checking *checking)
{
    if (checking->options->json)
        printf(
            "{\"checks\":%zu,\"mended\":%u,\"faults\":%u,\"found\":[%.*s]}\n",
            CHECKS, checking->mended, checking->found,
            TEXT_ARG(buffer_text(&checking->out)));
    else
        printf("%.*s%u found, %u checks mended\n",
               TEXT_ARG(buffer_text(&checking->out)), checking->found,
               checking->mended);
    fflush(stdout);
}

/* --- asking -----------------------------------------------------------------
 */

static YIELDS int query(struct checking *checking, const char *sql,
                        struct rows **ret_rows)
{
    struct statement statement = { .name = "check_data", .sql = sql };

    return connection_query(checking->connection, &statement, NULL, 0,
                            DEADLINE_NEVER, ret_rows, checking->diag);
}

static YIELDS int ask(struct checking *checking, const struct data_check *check,
                      const char *sql, unsigned *ret_found, bool told)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = query(checking, sql, &rows);

    for (unsigned i = 0; r == 0 && i < rows_count(rows) && i < FOUND_MAX; i++) {
        ++*ret_found;
        if (told)
            tell(checking, check->name, check->sentence, rows_get(rows, i, 0));
    }
    return r;
}

/* How much there is of it; tells each thing if it is to be told. */
static YIELDS int look(struct checking *checking,
                       const struct data_check *check, bool told,
                       unsigned *ret_found)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r;

    *ret_found = 0;
    if (check->kind == ASKS)
        return ask(checking, check, check->sql, ret_found, told);
    r = query(checking, check->sql, &rows);
    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        r = ask(checking, check, rows_get(rows, i, 0).at, ret_found, told);
    return r;
}

/* A mend is believed when there is nothing left to be found. */
static YIELDS int mend(struct checking *checking,
                       const struct data_check *check)
{
    unsigned found;
    int r = look(checking, check, false, &found);

    if (r < 0 || found == 0)
        return r;
    r = connection_script(checking->connection, text_of(check->mend),
                          DEADLINE_NEVER, checking->diag);
    progress_clear(&checking->progress);
    if (r == 0)
        say("%s: mended", check->name);
    checking->mended += r == 0;
    return r;
}

static YIELDS int run_check(struct checking *checking,
                            const struct data_check *check)
{
    size_t number = (size_t)(check - checks) + 1;
    unsigned found;
    int r = 0;

    progress_counted(&checking->progress, "check", number, CHECKS);
    if (checking->options->fix && check->mend)
        r = mend(checking, check);
    return r < 0 ? r : look(checking, check, true, &found);
}

/* One line for each kind: which records they are tells `audit verify`. */
static YIELDS int look_at_audit(struct checking *checking)
{
    static const char *const kinds[FINDING_KINDS] = {
        [FOUND_EDITED] = "edited",     [FOUND_REMOVED] = "removed",
        [FOUND_INSERTED] = "inserted", [FOUND_BACKDATED] = "backdated",
        [FOUND_UNSEALED] = "unsealed", [FOUND_BROKEN] = "broken",
    };
    struct findings findings = { 0 };
    int r;

    progress_counted(&checking->progress, "check", CHECKS, CHECKS);
    r = audit_look(checking->connection, &findings, checking->diag);
    for (unsigned i = 0; r == 0 && i < FINDING_KINDS; i++) {
        char what[48];

        if (findings.counts[i] == 0)
            continue;
        snprintf(what, sizeof(what), "%llu %s",
                 (unsigned long long)findings.counts[i], kinds[i]);
        tell(checking, "audit",
             i == FOUND_UNSEALED
                 ? "records wait to be sealed: is a service running?"
                 : "the audit log is not what was sealed: see portcullis "
                   "audit verify",
             text_of(what));
    }
    return r;
}

static YIELDS int check_all(struct connection *connection, void *arg,
                            struct diag *diag)
{
    struct checking *checking = arg;
    int r = 0;

    checking->connection = connection;
    checking->diag = diag;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(checks); i++)
        r = run_check(checking, &checks[i]);
    return r < 0 ? r : look_at_audit(checking);
}

int check_data_main(const struct check_data_options *options)
{
    struct checking checking = { .options = options };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    buffer_init(&checking.out, OUT_BYTES_MAX);
    progress_begin(&checking.progress, "check data");
    r = database_session(options->driver, text_of(options->url), check_all,
                         &checking, &diag);
    progress_clear(&checking.progress);
    if (r < 0)
        say("%s%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause,
            r == -ERR_FORBIDDEN ? "; connect as the database's owner" : "");
    else
        show(&checking);
    buffer_fini(&checking.out);
    if (r < 0)
        return (int)exit_of_error(r);
    return checking.found > 0 ? EXIT_FOUND : EXIT_OK;
}
