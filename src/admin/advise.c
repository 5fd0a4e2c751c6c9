/* SPDX-License-Identifier: MIT */
#include "admin/advise.h"

#include "database/session.h"
#include "json/encode.h"

#include <stdio.h>

enum { OUT_BYTES_MAX = 4 << 20 };

enum { ABOUT, UP, DOWN };

#define ADVICE(label, reason, text) \
    { #label, reason, { .name = "advise", .sql = text } },
static const struct advice {
    const char *name, *why;
    struct statement statement;
} all[] = {
#include "admin/advise.def"
};

struct advising {
    const struct advise_options *options;
    struct buffer out;
    unsigned count;
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
    encode_text(out, text_of(advice->why));
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
                      TEXT_ARG(rows_get(rows, row, ABOUT)), advice->why);
    if (!text_is_null(sql))
        buffer_add_format(&advising->out, "%.*s;\n", TEXT_ARG(sql));
}

static YIELDS int ask(struct connection *connection, struct advising *advising,
                      const struct advice *advice, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &advice->statement, NULL, 0,
                             DEADLINE_NEVER, &rows, diag);

    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++) {
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
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_LEN(all); i++)
        r = ask(connection, arg, &all[i], diag);
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
    say("%u pieces of advice", advising->count);
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
