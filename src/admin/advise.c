/* SPDX-License-Identifier: MIT */
#include "admin/advise.h"

#include "admin/hypothetical.h"
#include "database/session.h"
#include "json/encode.h"

#include <stdio.h>

enum { OUT_BYTES_MAX = 4 << 20 };

enum { ABOUT, UP, DOWN, SERVES, COLUMNS };

enum { DETAIL_BYTES = 512 };

#define ADVICE(label, function, reason, text) \
    { #label, function, reason, { .name = "advise", .sql = text } },
static const struct advice {
    const char *name, *needs, *why;
    struct statement statement;
} all[] = {
#include "admin/advise.def"
};

struct advising {
    const struct advise_options *options;
    struct buffer out;
    unsigned count;
    bool weighs;               /* hypopg is there */
    char detail[DETAIL_BYTES]; /* of the row that is told */
};

/* --- telling ----------------------------------------------------------------
 */

static void tell_json(struct advising *advising, const struct advice *advice,
                      const struct rows *rows, unsigned row)
{
    struct buffer *out = &advising->out;

    buffer_add_string(out,
                      advising->count > 0 ? ",{\"advice\":" : "{\"advice\":");
    encode_text(out, text_of(advice->name));
    buffer_add_string(out, ",\"about\":");
    encode_text(out, rows_get(rows, row, ABOUT));
    buffer_add_string(out, ",\"detail\":");
    encode_text(out, text_of(advising->detail));
    buffer_add_string(out, ",\"up\":");
    encode_text(out, rows_get(rows, row, UP));
    buffer_add_string(out, ",\"down\":");
    encode_text(out, rows_get(rows, row, DOWN));
    buffer_add_byte(out, '}');
}

static void tell_sql(struct advising *advising, const struct advice *advice,
                     const struct rows *rows, unsigned row)
{
    struct text sql = rows_get(rows, row, advising->options->down ? DOWN : UP);

    buffer_add_format(&advising->out, "\n-- %s: %.*s\n-- %s\n", advice->name,
                      TEXT_ARG(rows_get(rows, row, ABOUT)), advising->detail);
    if (!text_is_null(sql))
        buffer_add_format(&advising->out, "%.*s;\n", TEXT_ARG(sql));
}

/* Why, and what the planner would make of it where that can be asked. */
static YIELDS int explain(struct connection *connection,
                          struct advising *advising,
                          const struct advice *advice, const struct rows *rows,
                          unsigned row, struct diag *diag)
{
    struct weighed weighed;
    int r;

    snprintf(advising->detail, DETAIL_BYTES, "%s", advice->why);
    if (!advising->weighs || rows_columns(rows) < COLUMNS)
        return 0;
    r = hypothetical_weigh(connection, rows_get(rows, row, UP),
                           rows_get(rows, row, SERVES), &weighed, diag);
    if (r == 0)
        snprintf(advising->detail, DETAIL_BYTES,
                 "%s; by hypopg the planner would %s (cost %.1f, with it %.1f)",
                 advice->why,
                 weighed.after < weighed.before ? "take it"
                                                : "not take it as yet",
                 weighed.before, weighed.after);
    return r;
}

static YIELDS int may_ask(struct connection *connection, const char *function,
                          bool *ret, struct diag *diag)
{
    static const struct statement question = {
        .name = "advise_may",
        .sql = "SELECT has_function_privilege(to_regprocedure($1), 'EXECUTE')",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct text param = text_of(function);
    int r = 0;

    *ret = true;
    if (!function)
        return 0;
    r = connection_query(connection, &question, &param, 1, DEADLINE_NEVER,
                         &rows, diag);
    *ret = r == 0 && text_is(rows_get(rows, 0, 0), "t");
    return r;
}

static YIELDS int ask(struct connection *connection, struct advising *advising,
                      const struct advice *advice, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    bool may = false;
    int r = may_ask(connection, advice->needs, &may, diag);

    if (r < 0 || !may)
        return r;
    r = connection_query(connection, &advice->statement, NULL, 0,
                         DEADLINE_NEVER, &rows, diag);
    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++) {
        r = explain(connection, advising, advice, rows, i, diag);
        if (r < 0)
            break;
        if (advising->options->json)
            tell_json(advising, advice, rows, i);
        else
            tell_sql(advising, advice, rows, i);
        advising->count++;
    }
    return r;
}

static YIELDS int ask_all(struct connection *connection, void *arg,
                          struct diag *diag)
{
    struct advising *advising = arg;
    int r = hypothetical_is_there(connection, &advising->weighs, diag);

    for (size_t i = 0; r == 0 && i < ARRAY_LEN(all); i++)
        r = ask(connection, advising, &all[i], diag);
    return r;
}

static void show(const struct advising *advising)
{
    struct text told = buffer_text(&advising->out);

    if (advising->options->json)
        printf("[%.*s]\n", TEXT_ARG(told));
    else if (advising->count > 0)
        printf("-- portcullis: no-transaction\n"
               "-- Advice from statistics: read it, keep what is true, and "
               "test it on a copy.\n%.*s",
               TEXT_ARG(told));
    fflush(stdout);
    say("%u piece%s of advice", advising->count,
        advising->count == 1 ? "" : "s");
}

int advise_main(const struct advise_options *options)
{
    struct advising advising = { .options = options };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    buffer_init(&advising.out, OUT_BYTES_MAX);
    r = database_session(options->driver, text_of(options->url), ask_all,
                         &advising, &diag);
    if (r < 0)
        say("%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
    else
        show(&advising);
    buffer_fini(&advising.out);
    if (r < 0)
        return (int)exit_of_error(r);
    return advising.count > 0 ? EXIT_FOUND : EXIT_OK;
}
