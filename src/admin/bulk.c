/* SPDX-License-Identifier: MIT */
#include "admin/bulk.h"

#include "base/check.h"
#include "database/session.h"
#include "store/cache_switch.h"

#include <string.h>

enum { BEGIN_TRIES = 5 };

struct bulk {
    bulk_fn *fn;
    void *arg;
    const struct staging_kind *const *kinds;
    struct report *report;
    struct refusal *why;
};

static YIELDS int ask(struct connection *connection, const char *sql,
                      struct rows **ret_rows, struct diag *diag)
{
    struct statement statement = { .name = "bulk", .sql = sql };

    return connection_query(connection, &statement, NULL, 0, DEADLINE_NEVER,
                            ret_rows, diag);
}

/* A COMMIT that fails may have been heard all the same. */
static YIELDS int commit(struct connection *connection, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(connection, "COMMIT", &rows, diag);

    if (r == -ERR_LINK_LOST) {
        diag_clear(diag);
        return FAIL(diag, ERR_OUTCOME_UNKNOWN,
                    "the database went away during COMMIT, so that all or "
                    "nothing was kept: run the same again, it changes nothing "
                    "twice");
    }
    if (r == 0 && !text_is(text_of(rows_tag(rows)), "COMMIT"))
        r = FAIL(diag, ERR_QUERY_FAILED, "the database rolled back");
    return r;
}

/* Statistics are the owner's to make; anyone else is told no, or warned. */
static YIELDS void finish(struct connection *connection,
                          const struct staging_kind *const *kinds)
{
    for (; *kinds; kinds++) {
        int r = connection_script(connection, text_of((*kinds)->done),
                                  DEADLINE_NEVER, NULL);

        if (r < 0)
            return;
    }
}

/* Instances that serve meanwhile may remember what is going to change. */
static YIELDS int begin(struct connection *connection, struct diag *diag)
{
    int r = -ERR_ABORTED;

    for (int i = 0; r == -ERR_ABORTED && i < BEGIN_TRIES; i++) {
        diag_clear(diag);
        r = i > 0 ? ask(connection, "ROLLBACK", NULL, diag) : 0;
        if (r == 0)
            r = caches_switch_off(connection, diag);
        if (r == 0)
            r = ask(connection, "BEGIN", NULL, diag);
        if (r == 0)
            r = caches_keep_off(connection, diag);
    }
    return r;
}

static YIELDS int work(struct connection *connection, void *arg,
                       struct diag *diag)
{
    struct bulk *bulk = arg;
    int r;

    report_step(bulk->report, "hold caches off");
    r = begin(connection, diag);
    if (r == 0)
        r = bulk->fn(connection, bulk->arg, bulk->why, diag);
    if (r < 0)
        return r; /* the session's end rolls back */
    report_step(bulk->report, "commit");
    r = commit(connection, diag);
    if (r < 0)
        return r;
    report_step(bulk->report, "statistics");
    finish(connection, bulk->kinds);
    report_done(bulk->report, "done");
    return 0;
}

/* What to do about the errors that a first try meets. */
static const struct {
    const char *sqlstate, *hint;
} hints[] = {
    { "42P01", ": the schema is not there; run `portcullis migrate up`" },
    { "42703", ": the schema is not up to date; run `portcullis migrate up`" },
    { "42501", ": this role may not; use the service's role or the owner, with "
               "the right TEMPORARY on the database" },
};

static const char *hint_for(const struct diag *diag)
{
    for (size_t i = 0; i < ARRAY_LEN(hints); i++)
        if (text_is(text_of(diag->sqlstate), hints[i].sqlstate))
            return hints[i].hint;
    return "";
}

int bulk_run(const struct driver *driver, const char *url, bulk_fn *fn,
             void *arg, const struct staging_kind *const *kinds,
             struct report *report, struct refusal *why)
{
    struct bulk bulk = { fn, arg, kinds, report, why };
    struct diag diag;
    int r;

    if (!url || !*url)
        return refuse(why, EXIT_CONFIG,
                      "no database is named: set DATABASE_URL");
    diag_init(&diag, NULL);
    r = database_session(driver, text_of(url), work, &bulk, &diag);
    if (r == 0)
        return 0;
    return refuse(why, exit_of_error(r), "%s%s%s%s%s", diag.detail,
                  diag.cause[0] ? " (" : "", diag.cause,
                  diag.cause[0] ? ")" : "", hint_for(&diag));
}

/* --- counts --------------------------------------------------------------- */

enum { COUNTS = 6 };

struct count {
    const char *name;
    uint64_t value;
    bool always; /* told to people also when it is 0 */
};

static void list_counts(const struct import_counts *counts,
                        struct count ret_list[COUNTS])
{
    const struct count list[COUNTS] = {
        { "received", counts->received, true },
        { "created", counts->created, true },
        { "updated", counts->updated, true },
        { "unchanged", counts->unchanged, true },
        { "superseded", counts->superseded, false },
        { "failed", counts->failed, true },
    };

    memcpy(ret_list, list, sizeof(list));
}

void bulk_add_counts(struct buffer *out, const struct import_counts *counts)
{
    struct count list[COUNTS];

    list_counts(counts, list);
    for (int i = 0; i < COUNTS; i++)
        if (list[i].always || list[i].value > 0)
            buffer_add_format(out, "%s%llu %s", i > 0 ? ", " : "",
                              (unsigned long long)list[i].value, list[i].name);
}

void bulk_add_object(struct buffer *out, const struct import_counts *counts)
{
    struct count list[COUNTS];

    list_counts(counts, list);
    for (int i = 0; i < COUNTS; i++)
        buffer_add_format(out, "%s\"%s\":%llu", i > 0 ? "," : "{", list[i].name,
                          (unsigned long long)list[i].value);
    buffer_add_byte(out, '}');
}

void bulk_add_members(struct report *report, const struct import_counts *counts)
{
    struct count list[COUNTS];

    list_counts(counts, list);
    for (int i = 0; i < COUNTS; i++)
        buffer_add_format(report_member(report, list[i].name), "%llu",
                          (unsigned long long)list[i].value);
}
