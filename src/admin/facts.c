/* SPDX-License-Identifier: MIT */
#include "admin/facts.h"

#include "admin/facts_sql.h"
#include "base/memory.h"
#include "json/encode.h"

#include <stdio.h>

enum { FACTS_BYTES_MAX = 16 << 20, FACTS_MAX = 100000, TABLE_SQL_BYTES = 2048 };

void facts_init(struct facts *facts)
{
    *facts = (struct facts){ 0 };
    arena_init(&facts->arena, FACTS_BYTES_MAX);
}

void facts_fini(struct facts *facts)
{
    arena_fini(&facts->arena);
    memory_free(&facts->list);
    facts->count = facts->capacity = 0;
}

static bool keep(struct facts *facts, struct text *t)
{
    const char *copy = arena_copy(&facts->arena, *t);

    t->at = copy;
    return copy != NULL;
}

bool facts_add(struct facts *facts, struct fact fact)
{
    if (facts->count == FACTS_MAX || !keep(facts, &fact.kind) ||
        !keep(facts, &fact.name) || !keep(facts, &fact.value))
        return false;
    if (facts->count == facts->capacity) {
        facts->capacity = facts->capacity ? 2 * facts->capacity : 256;
        facts->list =
            memory_resize(facts->list, facts->capacity * sizeof(*facts->list));
    }
    facts->list[facts->count++] = fact;
    return true;
}

/* --- reading ----------------------------------------------------------------
 */

static int too_many(struct diag *diag)
{
    return FAIL(diag, ERR_TOO_LARGE,
                "the database has more tables than can be noted");
}

static YIELDS int add_all(struct connection *connection,
                          const struct statement *statement,
                          struct facts *facts, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, statement, NULL, 0, DEADLINE_NEVER,
                             &rows, diag);

    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        if (!facts_add(facts, (struct fact){ rows_get(rows, i, 0),
                                             rows_get(rows, i, 1),
                                             rows_get(rows, i, 2) }))
            r = too_many(diag);
    return r;
}

static YIELDS int add_migrations(struct connection *connection,
                                 struct facts *facts, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &facts_has_migrations, NULL, 0,
                             DEADLINE_NEVER, &rows, diag);

    if (r < 0 || !text_is(rows_get(rows, 0, 0), "t"))
        return r;
    return add_all(connection, &facts_of_migrations, facts, diag);
}

/*
 * In whatever order rows come, the sum of their hashes is the same. It tells
 * mistakes of copying; against tampering there is the archive's SHA-256.
 */
static YIELDS int add_rows_of(struct connection *connection, struct text table,
                              struct facts *facts, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    char sql[TABLE_SQL_BYTES];
    struct statement statement = { .name = "facts_rows", .sql = sql };
    int len = snprintf(sql, sizeof(sql),
                       "SELECT count(*), coalesce(sum(pg_catalog."
                       "hashtextextended(whole_row::text, 0)::numeric), 0)"
                       " FROM ONLY %.*s AS whole_row",
                       TEXT_ARG(table));
    int r;

    if (len >= (int)sizeof(sql))
        return too_many(diag);
    r = connection_query(connection, &statement, NULL, 0, DEADLINE_NEVER, &rows,
                         diag);
    if (r < 0)
        return r;
    if (!facts_add(facts, (struct fact){ TEXT("rows"), table,
                                         rows_get(rows, 0, 0) }) ||
        !facts_add(facts, (struct fact){ TEXT("checksum"), table,
                                         rows_get(rows, 0, 1) }))
        return too_many(diag);
    return 0;
}

static bool is_table(const struct facts *facts, unsigned i)
{
    return text_is(facts->list[i].kind, "table");
}

/* Of all tables that are among the facts so far. */
static YIELDS int add_rows(struct connection *connection, struct facts *facts,
                           struct progress *progress, struct diag *diag)
{
    unsigned known = facts->count, tables = 0, at = 0;
    int r = 0;

    for (unsigned i = 0; i < known; i++)
        tables += is_table(facts, i);
    for (unsigned i = 0; r == 0 && i < known; i++) {
        if (!is_table(facts, i))
            continue;
        progress_counted(progress, "table", ++at, tables);
        r = add_rows_of(connection, facts->list[i].name, facts, diag);
    }
    return r;
}

/* Nothing is left to the search_path, so that texts come out the same. */
int facts_read(struct connection *connection, struct facts *facts,
               struct progress *progress, struct diag *diag)
{
    int r = connection_script(connection, TEXT("SET LOCAL search_path = ''"),
                              DEADLINE_NEVER, diag);

    if (r == 0)
        r = add_migrations(connection, facts, diag);
    if (r == 0)
        r = add_all(connection, &facts_of_schema, facts, diag);
    return r < 0 ? r : add_rows(connection, facts, progress, diag);
}

/* --- as JSON ----------------------------------------------------------------
 */

static bool is_first_of_kind(const struct facts *facts, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (text_equal(facts->list[k].kind, facts->list[i].kind))
            return false;
    return true;
}

static void encode_kind(const struct facts *facts, struct text kind,
                        struct buffer *out)
{
    const char *between = "";

    encode_text(out, kind);
    buffer_add_string(out, ":{");
    for (unsigned i = 0; i < facts->count; i++) {
        if (!text_equal(facts->list[i].kind, kind))
            continue;
        buffer_add_string(out, between);
        buffer_add_string(out, "\n  ");
        encode_text(out, facts->list[i].name);
        buffer_add_byte(out, ':');
        encode_text(out, facts->list[i].value);
        between = ",";
    }
    buffer_add_string(out, "}");
}

void facts_encode(const struct facts *facts, struct buffer *out)
{
    const char *between = "{\n ";

    for (unsigned i = 0; i < facts->count; i++) {
        if (!is_first_of_kind(facts, i))
            continue;
        buffer_add_string(out, between);
        encode_kind(facts, facts->list[i].kind, out);
        between = ",\n ";
    }
    buffer_add_string(out, facts->count ? "}" : "{}");
}

static bool decode_kind(const struct member *kind, struct facts *facts)
{
    struct member m = { 0 };

    if (node_type(kind->value) != NODE_OBJECT)
        return false;
    while (member_next(kind->value, &m))
        if (node_type(m.value) != NODE_TEXT ||
            !facts_add(facts,
                       (struct fact){ kind->name, m.name, node_text(m.value) }))
            return false;
    return true;
}

bool facts_decode(const struct node *node, struct facts *facts)
{
    struct member kind = { 0 };

    if (!node || node_type(node) != NODE_OBJECT)
        return false;
    while (member_next(node, &kind))
        if (!decode_kind(&kind, facts))
            return false;
    return true;
}

/* --- comparing --------------------------------------------------------------
 */

struct text facts_find(const struct facts *facts, const char *kind,
                       struct text name)
{
    for (unsigned i = 0; i < facts->count; i++)
        if (text_is(facts->list[i].kind, kind) &&
            text_equal(facts->list[i].name, name))
            return facts->list[i].value;
    return TEXT_NULL;
}

static bool is_met(const struct fact *want, struct text got)
{
    int64_t least, reached;

    if (text_is_null(got))
        return false;
    if (!text_is(want->kind, "sequences"))
        return text_equal(want->value, got);
    return text_to_int64(want->value, &least) && text_to_int64(got, &reached) &&
           reached >= least;
}

unsigned facts_compare(const struct facts *want, const struct facts *got,
                       facts_differ_fn *differ, void *arg)
{
    unsigned count = 0;

    for (unsigned i = 0; i < want->count; i++) {
        const struct fact *fact = &want->list[i];
        struct text found = facts_find(got, fact->kind.at, fact->name);

        if (is_met(fact, found))
            continue;
        count++;
        differ(fact, fact->value, found, arg);
    }
    for (unsigned i = 0; i < got->count; i++) {
        const struct fact *fact = &got->list[i];

        if (!text_is_null(facts_find(want, fact->kind.at, fact->name)))
            continue;
        count++;
        differ(fact, TEXT_NULL, fact->value, arg);
    }
    return count;
}
