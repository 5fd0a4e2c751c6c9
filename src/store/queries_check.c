/* SPDX-License-Identifier: MIT */
#include "store/queries.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/driver.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_BYTES = 512 };

/* What a member may be in the database, as it is read and written. */
static const char *const fitting[FIELD_TYPES][4] = {
    [FIELD_TEXT] = { "text", "varchar", "bpchar", "time" },
    [FIELD_INTEGER] = { "int8", "int4", "int2" },
    [FIELD_BOOLEAN] = { "bool" },
    [FIELD_UUID] = { "uuid" },
    [FIELD_DATE] = { "date" },
    [FIELD_TIMESTAMP] = { "timestamptz" },
    [FIELD_ENUM] = { "text", "varchar" },
    [FIELD_TEXT_LIST] = { "_text" },
    [FIELD_JSON] = { "jsonb" },
};

struct checking {
    const struct queries *queries;
    query_fault_fn *fn;
    void *arg;
    unsigned faults;
};

static bool fits(const struct field *field, const char *type)
{
    const char *const *may = fitting[field->type];

    for (size_t i = 0; i < ARRAY_LEN(fitting[0]) && may[i]; i++)
        if (strcmp(may[i], type) == 0)
            return true;
    return false;
}

PRINTF(3, 4)
static void fault(struct checking *checking, const struct query *query,
                  const char *fmt, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list args;
    int len =
        snprintf(sentence, sizeof(sentence), "%s: ", query->statement.name);

    va_start(args, fmt);
    vsnprintf(sentence + len, sizeof(sentence) - (size_t)len, fmt, args);
    va_end(args);
    checking->faults++;
    checking->fn(query, sentence, checking->arg);
}

static void compare_parameters(struct checking *checking,
                               const struct query *query,
                               const struct description *description)
{
    if (description->parameter_count != query->parameter_count) {
        fault(checking, query, "it takes %u parameters where %u are given",
              description->parameter_count, query->parameter_count);
        return;
    }
    for (unsigned i = 0; i < query->parameter_count; i++) {
        const struct field *field = query->parameters[i];

        if (field && !fits(field, description->parameters[i].type))
            fault(checking, query,
                  "parameter $%u is %s in the database, and \"%s\" is %s "
                  "here",
                  i + 1, description->parameters[i].type, field->name,
                  field_type_name(field->type));
    }
}

static void compare_columns(struct checking *checking,
                            const struct query *query,
                            const struct description *description)
{
    if (description->column_count != query->column_count) {
        fault(checking, query, "it answers with %u columns where %u are read",
              description->column_count, query->column_count);
        return;
    }
    for (unsigned i = 0; i < query->column_count; i++) {
        const struct field *field = query->columns[i];

        if (field && !fits(field, description->columns[i].type))
            fault(checking, query,
                  "column \"%s\" is %s in the database, and \"%s\" is %s "
                  "here",
                  description->columns[i].name, description->columns[i].type,
                  field->name, field_type_name(field->type));
    }
}

static void compare(const struct description *description, void *arg)
{
    struct checking *checking = arg;
    const struct query *query = &checking->queries->list[description->index];

    if (description->failure) {
        fault(checking, query, "%s%s%s", description->failure->detail,
              description->failure->cause[0] ? ": " : "",
              description->failure->cause);
        return;
    }
    compare_parameters(checking, query, description);
    compare_columns(checking, query, description);
}

int queries_check(struct connection *connection, const struct queries *queries,
                  query_fault_fn *fn, void *arg, struct deadline until,
                  unsigned *ret_faults, struct diag *diag)
{
    struct checking checking = { .queries = queries, .fn = fn, .arg = arg };
    const struct statement **all =
        memory_new_array(queries->count + 1, sizeof(*all));
    int r;

    for (unsigned i = 0; i < queries->count; i++)
        all[i] = &queries->list[i].statement;
    r = connection_describe(connection, all, queries->count, compare, &checking,
                            until, diag);
    memory_free(&all);
    *ret_faults = checking.faults;
    return r;
}

/* --- before the service starts ----------------------------------------------
 */

static void note_first(UNUSED const struct query *query, const char *sentence,
                       void *arg)
{
    char *first = arg;

    if (!*first)
        snprintf(first, SENTENCE_BYTES, "%s", sentence);
}

int queries_fit(struct connection *connection, struct deadline until,
                struct diag *diag)
{
    CLEANUP(queries_fini) struct queries queries = { 0 };
    char first[SENTENCE_BYTES] = "";
    unsigned faults;
    int r = queries_make(&queries, QUERIES_FIXED, diag);

    if (r == 0)
        r = queries_check(connection, &queries, note_first, first, until,
                          &faults, diag);
    if (r == 0 && *first)
        r = FAIL(diag, ERR_PRECONDITION_FAILED,
                 "the schema does not fit this program: %s", first);
    return r;
}
