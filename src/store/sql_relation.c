/* SPDX-License-Identifier: MIT */
#include "store/sql_relation.h"

#include "base/check.h"
#include "store/sql.h"

void relation_selection(const struct relation *relation,
                        struct selection *ret_selection)
{
    const struct shape *extra = relation->extra;

    selection_all(relation_shape(relation), ret_selection);
    for (size_t i = 0; extra && i < shape_count(extra); i++) {
        CHECK(ret_selection->count < SHAPE_FIELDS_MAX);
        ret_selection->fields[ret_selection->count++] = shape_field(extra, i);
    }
}

static size_t extra_count(const struct relation *relation)
{
    return relation->extra ? shape_count(relation->extra) : 0;
}

static const struct field *extra_field(const struct relation *relation,
                                       size_t place)
{
    return shape_field(relation->extra, place);
}

/* --- list ----------------------------------------------------------------- */

/* What is listed stands in the other's table, or in the link's own. */
static const char *prefix_of(const struct embed *link)
{
    return link->of ? "t." : "link.";
}

static void add_source(struct buffer *sql, const struct embed *link)
{
    buffer_add_format(sql, " FROM %s AS link", link->table);
    if (link->of)
        buffer_add_format(sql,
                          " JOIN %s AS t ON t.id = link.%s"
                          " AND t.deleted_at IS NULL",
                          link->of->table, link->child);
    buffer_add_format(sql, " WHERE link.%s = $1::uuid", link->parent);
    if (link->valid)
        buffer_add_format(sql, " AND %s", link->valid);
}

static void add_order(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);
    const char *prefix = prefix_of(link);

    buffer_add_string(sql, " ORDER BY ");
    for (size_t i = 0; i < ARRAY_LEN(link->order) && link->order[i]; i++) {
        const struct field *field =
            shape_find(relation_shape(relation), text_of(link->order[i]));

        if (field)
            sql_ordered(sql, prefix, field);
        else
            buffer_add_format(sql, "%s%s", prefix, link->order[i]);
        buffer_add_string(sql, ", ");
    }
    buffer_add_format(sql, "%sid", prefix);
}

static void add_selected(struct buffer *sql, const struct relation *relation)
{
    struct selection all;

    selection_all(relation_shape(relation), &all);
    sql_columns(sql, prefix_of(relation_link(relation)), &all);
    for (size_t i = 0; i < extra_count(relation); i++) {
        buffer_add_string(sql, ", ");
        sql_column(sql, "link.", extra_field(relation, i));
    }
}

void sql_relation_list(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);

    buffer_add_string(sql, "SELECT owner.total, page.* FROM (SELECT ("
                           "SELECT count(*)");
    add_source(sql, link);
    buffer_add_format(sql,
                      ") AS total FROM %s WHERE id = $1::uuid"
                      " AND deleted_at IS NULL) AS owner"
                      " LEFT JOIN (SELECT ",
                      relation->of->table);
    add_selected(sql, relation);
    buffer_add_string(sql, ", row_number() OVER (");
    add_order(sql, relation);
    buffer_add_string(sql, ") AS place");
    add_source(sql, link);
    buffer_add_string(sql, " ORDER BY place LIMIT $2::bigint OFFSET $3::bigint)"
                           " AS page ON true ORDER BY page.place");
}

/* --- put ------------------------------------------------------------------ */

/* Both are held, so that neither is purged before the link stands. */
static void add_held(struct buffer *sql, const char *as, const char *table,
                     unsigned number)
{
    buffer_add_format(sql,
                      "%s AS (SELECT * FROM %s WHERE id = $%u::uuid"
                      " AND deleted_at IS NULL FOR KEY SHARE)",
                      as, table, number);
}

/*
 * All that the other leads to, itself included. Deleted ones count: they may
 * be restored.
 */
static void add_reached(struct buffer *sql, const struct embed *link)
{
    buffer_add_format(sql,
                      "RECURSIVE reached (id) AS (SELECT $2::uuid UNION"
                      " SELECT link.%s FROM reached JOIN %s AS link"
                      " ON link.%s = reached.id), ",
                      link->child, link->table, link->parent);
}

#define CLOSES_CYCLE "EXISTS (SELECT FROM reached WHERE id = $1::uuid)"

void sql_relation_there(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);

    buffer_add_format(sql,
                      "SELECT FROM %s AS link WHERE link.%s = $1::uuid"
                      " AND link.%s = $2::uuid",
                      link->table, link->parent, link->child);
    if (link->valid)
        buffer_add_format(sql, " AND %s", link->valid);
}

static void add_extras(struct buffer *sql, const struct relation *relation,
                       const char *prefix)
{
    for (size_t i = 0; i < extra_count(relation); i++)
        buffer_add_format(sql, "%s%s%s", i ? ", " : "", prefix,
                          field_column(extra_field(relation, i)));
}

static void add_values(struct buffer *sql, const struct relation *relation)
{
    for (size_t i = 0; i < extra_count(relation); i++)
        buffer_add_format(sql, ", $%zu::%s", i + 3,
                          sql_type(extra_field(relation, i)->type));
}

/* A link that is as it shall be is not written again. */
static void add_conflict(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);

    buffer_add_format(sql, " ON CONFLICT (%s, %s) DO ", link->parent,
                      link->child);
    if (extra_count(relation) == 0) {
        buffer_add_string(sql, "NOTHING");
        return;
    }
    buffer_add_string(sql, "UPDATE SET (");
    add_extras(sql, relation, "");
    buffer_add_string(sql, ") = ROW (");
    add_extras(sql, relation, "excluded.");
    buffer_add_string(sql, ") WHERE (");
    add_extras(sql, relation, "link.");
    buffer_add_string(sql, ") IS DISTINCT FROM (");
    add_extras(sql, relation, "excluded.");
    buffer_add_byte(sql, ')');
}

static void add_insert(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);

    buffer_add_format(sql, "put AS (INSERT INTO %s AS link (%s, %s%s",
                      link->table, link->parent, link->child,
                      extra_count(relation) ? ", " : "");
    add_extras(sql, relation, "");
    buffer_add_string(sql, ") SELECT owner.id, other.id");
    add_values(sql, relation);
    buffer_add_string(sql, " FROM owner, other");
    if (relation->acyclic)
        buffer_add_string(sql, " WHERE NOT " CLOSES_CYCLE);
    add_conflict(sql, relation);
    buffer_add_format(sql, " RETURNING %s AS id)", link->parent);
}

/* Another version of the owner where `from` has a row. */
static void add_version(struct buffer *sql, const struct relation *relation,
                        const char *from)
{
    if (relation->versioned)
        buffer_add_format(sql,
                          ", touched AS (UPDATE %s AS o SET version = 0"
                          " FROM %s WHERE o.id = %s.id RETURNING o.version)",
                          relation->of->table, from, from);
}

static void add_new_version(struct buffer *sql, const struct relation *relation)
{
    buffer_add_string(sql, relation->versioned ? "(SELECT version FROM touched)"
                                               : "NULL::bigint");
}

void sql_relation_put(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);
    struct selection all;

    buffer_add_string(sql, "WITH ");
    if (relation->acyclic)
        add_reached(sql, link);
    add_held(sql, "owner", relation->of->table, 1);
    buffer_add_string(sql, ", ");
    add_held(sql, "other", link->of->table, 2);
    buffer_add_string(sql, ", ");
    buffer_add_string(sql, "before AS (");
    sql_relation_there(sql, relation);
    buffer_add_string(sql, "), ");
    add_insert(sql, relation);
    add_version(sql, relation, "put");
    buffer_add_format(sql,
                      " SELECT EXISTS (SELECT FROM owner),"
                      " EXISTS (SELECT FROM other), %s,"
                      " EXISTS (SELECT FROM put)"
                      " AND NOT EXISTS (SELECT FROM before), ",
                      relation->acyclic ? CLOSES_CYCLE : "false");
    add_new_version(sql, relation);
    buffer_add_string(sql, ", ");
    selection_all(link->of->shape, &all);
    sql_columns(sql, "t.", &all);
    add_values(sql, relation);
    buffer_add_string(sql, " FROM (SELECT) AS one LEFT JOIN other AS t"
                           " ON true");
}

void sql_relation_lock(struct buffer *sql, const struct relation *relation)
{
    buffer_add_format(sql,
                      "SELECT pg_advisory_xact_lock(hashtextextended('%s', 0))"
                      " WHERE $1::uuid IS NOT NULL",
                      relation_link(relation)->table);
}

/* --- drop ----------------------------------------------------------------- */

void sql_relation_drop(struct buffer *sql, const struct relation *relation)
{
    const struct embed *link = relation_link(relation);

    buffer_add_string(sql, "WITH ");
    add_held(sql, "owner", relation->of->table, 1);
    buffer_add_format(sql,
                      ", dropped AS (DELETE FROM %s AS link USING owner"
                      " WHERE link.%s = owner.id AND link.%s = $2::uuid"
                      " RETURNING owner.id, %s AS valid)",
                      link->table, link->parent, link->child,
                      link->valid ? link->valid : "true");
    add_version(sql, relation, "dropped");
    buffer_add_string(sql, " SELECT EXISTS (SELECT FROM owner),"
                           " EXISTS (SELECT FROM dropped WHERE valid), ");
    add_new_version(sql, relation);
}
