/* SPDX-License-Identifier: MIT */
#include "store/queries.h"

#include "base/memory.h"
#include "store/queries_impl.h"
#include "store/relation.h"
#include "store/sql.h"
#include "store/sql_action.h"
#include "store/sql_authz.h"
#include "store/sql_effective.h"
#include "store/sql_fixed.h"
#include "store/sql_relation.h"
#include "store/sql_rights.h"
#include "store/store_impl.h"

enum { QUERIES_BYTES_MAX = 64 << 20 };

/* --- gathering --------------------------------------------------------------
 */

struct query *queries_add(struct queries *queries, struct statement statement,
                          struct buffer *sql, unsigned parameter_count,
                          unsigned column_count)
{
    struct query *query;
    struct query made = {
        .statement = statement,
        .parameter_count = parameter_count,
        .column_count = column_count,
        .parameters = ARENA_ARRAY(&queries->arena, const struct field *,
                                  parameter_count + 1),
        .columns = ARENA_ARRAY(&queries->arena, const struct field *,
                               column_count + 1),
    };

    CHECK(!buffer_overflown(sql));
    if (sql->len > 0)
        made.statement.sql = arena_copy(&queries->arena, buffer_text(sql));
    buffer_clear(sql);
    if (!made.parameters || !made.columns || !made.statement.sql)
        return NULL;
    if (queries->count == queries->capacity) {
        queries->capacity = queries->capacity ? 2 * queries->capacity : 256;
        queries->list = memory_resize(
            queries->list, queries->capacity * sizeof(*queries->list));
    }
    query = &queries->list[queries->count++];
    *query = made;
    return query;
}

void query_reads(struct query *query, unsigned first,
                 const struct selection *selection)
{
    for (size_t i = 0; query && i < selection->count; i++) {
        CHECK(first + i < query->column_count);
        query->columns[first + i] = selection->fields[i];
    }
}

void query_takes(struct query *query, unsigned place, const struct field *field)
{
    if (!query)
        return;
    CHECK(place < query->parameter_count);
    query->parameters[place] = field;
}

/* As store.c has it, which is the label of metrics: "bills_by_id". */
struct statement queries_named(struct queries *queries, const char *table,
                               const char *what)
{
    const char *name = arena_format(&queries->arena, "%s_%s", table, what);

    return (struct statement){ .name = name ? name : what,
                               .collection = table };
}

/* --- of each resource -------------------------------------------------------
 */

static bool is_writable(const struct field *field)
{
    return !(field->flags & FIELD_READ_ONLY);
}

/* The writable members are the parameters from the third on. */
static struct query *add_write(struct queries *queries,
                               struct statement statement, struct buffer *sql,
                               const struct resource *resource, unsigned sealed)
{
    const struct shape *shape = resource->shape;
    struct selection all;
    struct query *query;
    unsigned count = 2;

    for (size_t i = 0; i < shape_count(shape); i++)
        count += is_writable(shape_field(shape, i));
    selection_all(shape, &all);
    query = queries_add(queries, statement, sql, count + sealed,
                        (unsigned)all.count);
    query_reads(query, 0, &all);
    count = 2;
    for (size_t i = 0; i < shape_count(shape); i++)
        if (is_writable(shape_field(shape, i)))
            query_takes(query, count++, shape_field(shape, i));
    query_takes(query, 0, shape_find(shape, TEXT("id")));
    return query;
}

/* A change of all members that a change may touch: what PATCH is at most. */
static void add_merge_sql(struct buffer *sql, const struct resource *resource,
                          struct arena *arena)
{
    const struct shape *shape = resource->shape;
    struct values *values = arena_zero(
        arena, sizeof(*values) + SHAPE_FIELDS_MAX * sizeof(values->items[0]));

    for (size_t i = 0; values && i < shape_count(shape); i++)
        if (is_writable(shape_field(shape, i)))
            values->items[values->count++].field = shape_field(shape, i);
    if (values)
        sql_merge(sql, resource, values);
}

static bool add_searches(struct queries *queries, struct buffer *sql,
                         const struct resource *resource)
{
    static const enum may kinds[] = { MAY_ANY, MAY_OWN, MAY_OTHERS };
    struct statement search = { .name = "authz_resources",
                                .collection = resource->table };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        search.sql = sql_authz_resources(resource, kinds[i], &queries->arena);
        if (!search.sql || !queries_add(queries, search, sql, 3, 1))
            return false;
    }
    return true;
}

static unsigned count_names(const char *const *names)
{
    unsigned count = 0;

    while (names && names[count])
        count++;
    return count;
}

static bool add_writes(struct queries *queries, struct buffer *sql,
                       const struct resource *resource)
{
    struct statement named;
    bool all = true;

    named = queries_named(queries, resource->table, "create");
    sql_create(sql, resource);
    all &= add_write(queries, named, sql, resource,
                     count_names(resource->sealed)) != NULL;
    named = queries_named(queries, resource->table, "replace");
    sql_replace(sql, resource);
    all &= add_write(queries, named, sql, resource, 0) != NULL;
    named = queries_named(queries, resource->table, "merge");
    add_merge_sql(sql, resource, &queries->arena);
    all &= sql->len > 0 && add_write(queries, named, sql, resource, 0) != NULL;
    return all;
}

/* What tells id and version, or the object, by its id alone. */
static bool add_rest(struct queries *queries, struct buffer *sql,
                     const struct resource *resource)
{
    struct statement named;
    struct selection all;
    struct query *by_id, *delete, *restore, *purge, *state, *lock;

    selection_all(resource->shape, &all);
    named = queries_named(queries, resource->table, "by_id");
    sql_by_id(sql, resource);
    by_id = queries_add(queries, named, sql, 1, (unsigned)all.count);
    query_reads(by_id, 0, &all);
    named = queries_named(queries, resource->table, "delete");
    sql_delete(sql, resource);
    delete = queries_add(queries, named, sql, 2, 2);
    named = queries_named(queries, resource->table, "restore");
    sql_restore(sql, resource);
    restore = queries_add(queries, named, sql, 2, (unsigned)all.count);
    named = queries_named(queries, resource->table, "purge");
    sql_purge(sql, resource);
    purge = queries_add(queries, named, sql, 2, 2);
    named = queries_named(queries, resource->table, "state");
    sql_state(sql, resource);
    state = queries_add(queries, named, sql, 1, 3);
    named = queries_named(queries, resource->table, "lock");
    sql_lock_id(sql, resource);
    lock = queries_add(queries, named, sql, 1, 1);
    return by_id && delete &&restore && purge && state && lock;
}

static bool add_embeds(struct queries *queries, struct buffer *sql,
                       const struct resource *resource)
{
    struct statement named =
        queries_named(queries, resource->table, "embedded");
    bool all = true;

    for (const struct embed *e = resource->embeds; e && e->name; e++) {
        struct selection selection;
        struct query *query;

        selection_all(e->of ? e->of->shape : e->shape, &selection);
        sql_embedded(sql, e);
        query =
            queries_add(queries, named, sql, 1, (unsigned)selection.count + 1);
        query_reads(query, 1, &selection);
        all &= query != NULL;
    }
    return all;
}

/* --- of each relation -------------------------------------------------------
 */

static const struct relation *const relations[] = {
    &bill_actions,     &bill_cosponsors,  &user_roles,
    &user_permissions, &role_permissions, &role_parents,
};

static bool add_put(struct queries *queries, struct buffer *sql,
                    const struct relation *relation)
{
    const struct shape *extra = relation->extra;
    unsigned extras = extra ? (unsigned)shape_count(extra) : 0;
    struct statement named = { .name = relation->put_name };
    struct selection selection;
    struct query *query;

    relation_selection(relation, &selection);
    sql_relation_put(sql, relation);
    query = queries_add(queries, named, sql, 2 + extras,
                        PUT_SELECTION + (unsigned)selection.count);
    query_reads(query, PUT_SELECTION, &selection);
    for (unsigned i = 0; i < extras; i++)
        query_takes(query, 2 + i, shape_field(extra, i));
    return query != NULL;
}

static bool add_drop(struct queries *queries, struct buffer *sql,
                     const struct relation *relation)
{
    struct statement named = { .name = relation->drop_name };
    struct query *drop, *there;

    sql_relation_drop(sql, relation);
    drop = queries_add(queries, named, sql, 2, DROP_VERSION + 1);
    sql_relation_there(sql, relation);
    there = queries_add(queries, named, sql, 2, 0);
    return drop && there;
}

static bool add_relation(struct queries *queries, struct buffer *sql,
                         const struct relation *relation)
{
    struct statement named = { .name = relation->list_name };
    struct selection selection;
    struct query *list;

    relation_selection(relation, &selection);
    sql_relation_list(sql, relation);
    list = queries_add(queries, named, sql, 3, (unsigned)selection.count + 2);
    query_reads(list, 1, &selection);
    if (!list)
        return false;
    if (!relation_link(relation)->of) /* parts are no links */
        return true;
    if (!add_put(queries, sql, relation) || !add_drop(queries, sql, relation))
        return false;
    if (!relation->acyclic)
        return true;
    sql_relation_lock(sql, relation);
    return queries_add(queries, named, sql, 1, 1) != NULL;
}

/* --- all --------------------------------------------------------------------
 */

/* The parameters behind the ids are those that a new action is made of. */
static bool add_action(struct queries *queries, struct buffer *sql)
{
    enum { PARAMETERS = 9 };
    struct selection all;
    struct query *append;

    selection_all(relation_shape(&bill_actions), &all);
    append = queries_add(queries, sql_action_append, sql, PARAMETERS,
                         (unsigned)all.count + 1); /* the bill's version */
    query_reads(append, 0, &all);
    return append != NULL;
}

static bool add_fixed(struct queries *queries, struct buffer *sql)
{
    static const struct {
        const struct statement *statement;
        unsigned parameters, columns;
    } fixed[] = {
#define STATEMENT(name, parameters, columns) { &name, parameters, columns },
#include "store/sql_fixed.def"
#undef STATEMENT
    };

    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (!queries_add(queries, *fixed[i].statement, sql, fixed[i].parameters,
                         fixed[i].columns))
            return false;
    return true;
}

static bool add_all(struct queries *queries, enum queries_of which,
                    struct buffer *sql)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        if (!add_writes(queries, sql, resource_table[i]) ||
            !add_rest(queries, sql, resource_table[i]) ||
            !add_embeds(queries, sql, resource_table[i]) ||
            !add_searches(queries, sql, resource_table[i]))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(relations); i++)
        if (!add_relation(queries, sql, relations[i]))
            return false;
    return add_fixed(queries, sql) && add_action(queries, sql) &&
           (which == QUERIES_FIXED || queries_add_lists(queries, sql));
}

int queries_make(struct queries *queries, enum queries_of which,
                 struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };

    *queries = (struct queries){ 0 };
    arena_init(&queries->arena, QUERIES_BYTES_MAX);
    buffer_init(&sql, SQL_BYTES_MAX);
    if (add_all(queries, which, &sql))
        return 0;
    return FAIL(diag, ERR_TOO_LARGE, "there are too many queries");
}

void queries_fini(struct queries *queries)
{
    memory_free(&queries->list);
    arena_fini(&queries->arena);
    queries->count = queries->capacity = 0;
}
