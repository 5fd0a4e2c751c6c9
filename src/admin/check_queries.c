/* SPDX-License-Identifier: MIT */
#include "admin/check_queries.h"

#include "base/buffer.h"
#include "base/check.h"
#include "database/driver.h"
#include "database/session.h"
#include "import/import_kind.h"
#include "store/queries.h"
#include "json/encode.h"

#include <stdio.h>

enum {
    OUT_BYTES_MAX = 16 << 20,
    OTHERS_MAX = 32,
    FAULT_BYTES = 512,
    ITEM_BYTES_MAX = 8192
};

struct check {
    const struct check_queries_options *options;
    struct queries queries;
    unsigned count, faults;
    struct buffer faulty; /* lines, or items of a list */
};

static bool is_told(const struct buffer *out, const struct buffer *item)
{
    return memmem(out->at, out->len, item->at, item->len) != NULL;
}

/* Counted each time and told once: a column is in many queries. */
static void note(struct check *check, const char *name, const char *sentence)
{
    CLEANUP(buffer_fini) struct buffer item = { 0 };
    struct buffer *out = &check->faulty;

    buffer_init(&item, ITEM_BYTES_MAX);
    if (check->options->json) {
        buffer_add_string(&item, "{\"query\":");
        encode_text(&item, text_of(name));
        buffer_add_string(&item, ",\"detail\":");
        encode_text(&item, text_of(sentence));
        buffer_add_byte(&item, '}');
    } else {
        buffer_add_format(&item, "%s\n", sentence);
    }
    check->faults++;
    if (out->len > 0 && is_told(out, &item))
        return;
    if (check->options->json && out->len > 0)
        buffer_add_byte(out, ',');
    buffer_add_text(out, buffer_text(&item));
}

static void note_query(const struct query *query, const char *sentence,
                       void *arg)
{
    note(arg, query->statement.name, sentence);
}

/* --- statements of which only is asked whether there is such a thing --------
 */

struct others {
    struct check *check;
    const struct statement *list[OTHERS_MAX];
    unsigned count;
    bool in_transaction; /* where the first failure is that of all behind it */
};

static void note_other(const struct description *description, void *arg)
{
    struct others *others = arg;
    const struct statement *statement = others->list[description->index];
    char sentence[FAULT_BYTES];

    if (!description->failure ||
        (others->in_transaction && others->check->faults > 0))
        return;
    snprintf(sentence, sizeof(sentence), "%s: %s: %s", statement->name,
             description->failure->detail, description->failure->cause);
    note(others->check, statement->name, sentence);
}

static void add(struct others *others, const struct statement *statement)
{
    CHECK(others->count < OTHERS_MAX);
    if (statement->sql)
        others->list[others->count++] = statement;
}

static YIELDS int describe(struct connection *connection, struct others *others,
                           struct diag *diag)
{
    others->check->count += others->count;
    return connection_describe(connection, others->list, others->count,
                               note_other, others, DEADLINE_NEVER, diag);
}

static YIELDS int check_dialect(struct connection *connection,
                                struct check *check, struct diag *diag)
{
    const struct dialect *dialect = connection_driver(connection)->dialect;
    struct others others = { .check = check };

    for (unsigned i = 0; i <= SETTINGS_AT_ONCE_MAX; i++)
        add(&others, &dialect->settings[i]);
    add(&others, &dialect->transaction_id);
    add(&others, &dialect->transaction_status);
    add(&others, &dialect->log_position);
    add(&others, &dialect->cancel);
    add(&others, &dialect->session_name);
    add(&others, &dialect->session_end);
    return describe(connection, &others, diag);
}

static YIELDS int script(struct connection *connection, const char *sql,
                         struct diag *diag)
{
    return connection_script(connection, text_of(sql), DEADLINE_NEVER, diag);
}

/* The staged tables last as long as their transaction, which ends with the
 * session or is rolled back here. */
static YIELDS int check_import(struct connection *connection,
                               struct check *check,
                               const struct staging_kind *kind,
                               struct diag *diag)
{
    struct others others = { .check = check, .in_transaction = true };
    int r = script(connection, "BEGIN", diag);

    add(&others, &kind->check);
    add(&others, &kind->supersede);
    for (const struct merge_step *step = kind->steps; step->statement.sql;
         step++)
        add(&others, &step->statement);
    if (r == 0)
        r = script(connection, kind->begin, diag);
    if (r == 0)
        r = script(connection, kind->ready, diag);
    if (r == 0)
        r = describe(connection, &others, diag);
    return r < 0 ? r : script(connection, "ROLLBACK", diag);
}

/* --- the command ------------------------------------------------------------
 */

static YIELDS int check_all(struct connection *connection, void *arg,
                            struct diag *diag)
{
    static const struct staging_kind *const kinds[] = { &staged_bills,
                                                        &staged_people };
    struct check *check = arg;
    unsigned faults;
    int r = queries_make(&check->queries, QUERIES_ALL, diag);

    if (r == 0)
        r = queries_check(connection, &check->queries, note_query, check,
                          DEADLINE_NEVER, &faults, diag);
    check->count = check->queries.count;
    if (r == 0)
        r = check_dialect(connection, check, diag);
    for (size_t i = 0; r == 0 && check->faults == 0 && i < ARRAY_LEN(kinds);
         i++)
        r = check_import(connection, check, kinds[i], diag);
    return r;
}

static int show(const struct check *check)
{
    struct text faulty = buffer_text(&check->faulty);

    if (buffer_overflown(&check->faulty))
        faulty = TEXT("");
    if (check->options->json)
        printf("{\"queries\":%u,\"faults\":%u,\"found\":[%.*s]}\n",
               check->count, check->faults, TEXT_ARG(faulty));
    else
        printf("%.*s%u of %u queries do not fit\n", TEXT_ARG(faulty),
               check->faults, check->count);
    fflush(stdout);
    return check->faults > 0 ? EXIT_FOUND : EXIT_OK;
}

int check_queries_main(const struct check_queries_options *options)
{
    struct check check = { .options = options };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    buffer_init(&check.faulty, OUT_BYTES_MAX);
    r = database_session(options->driver, text_of(options->url), check_all,
                         &check, &diag);
    if (r < 0)
        say("%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause);
    r = r < 0 ? (int)exit_of_error(r) : show(&check);
    queries_fini(&check.queries);
    buffer_fini(&check.faulty);
    return r;
}
