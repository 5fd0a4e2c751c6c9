/* SPDX-License-Identifier: MIT */
#include "store/sql.h"

static const char *const types[FIELD_TYPES] = {
    [FIELD_TEXT] = "text",
    [FIELD_INTEGER] = "bigint", /* a query may ask for more than fits */
    [FIELD_BOOLEAN] = "boolean",
    [FIELD_UUID] = "uuid",
    [FIELD_DATE] = "date",
    [FIELD_TIMESTAMP] = "timestamptz",
    [FIELD_ENUM] = "text",
    [FIELD_TEXT_LIST] = "text", /* one item */
    [FIELD_JSON] = "jsonb",
};

const char *sql_type(enum field_type type)
{
    return types[type];
}

static void add_name(struct buffer *sql, const char *prefix, const char *name)
{
    buffer_add_string(sql, prefix);
    buffer_add_string(sql, name);
}

void sql_ordered(struct buffer *sql, const char *prefix,
                 const struct field *field)
{
    add_name(sql, prefix, field_column(field));
    if (field->type == FIELD_TEXT || field->type == FIELD_ENUM)
        buffer_add_string(sql, " COLLATE \"C\"");
}

void sql_column(struct buffer *sql, const char *prefix,
                const struct field *field)
{
    add_name(sql, prefix, field_column(field));
}

void sql_columns(struct buffer *sql, const char *prefix,
                 const struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (i > 0)
            buffer_add_string(sql, ", ");
        sql_column(sql, prefix, selection->fields[i]);
    }
}

static void add_all_columns(struct buffer *sql, const char *prefix,
                            const struct shape *shape)
{
    struct selection all;

    selection_all(shape, &all);
    sql_columns(sql, prefix, &all);
}

void sql_by_id(struct buffer *sql, const struct resource *resource)
{
    buffer_add_string(sql, "SELECT ");
    add_all_columns(sql, "", resource->shape);
    buffer_add_format(
        sql, " FROM %s WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL",
        resource->table);
}

/* --- embedded objects ---------------------------------------------------- */

static void add_order(struct buffer *sql, const char *prefix,
                      const struct shape *shape, const char *column)
{
    const struct field *field = shape_find(shape, text_of(column));

    buffer_add_string(sql, ", ");
    if (field)
        sql_ordered(sql, prefix, field);
    else
        add_name(sql, prefix, column);
}

static void embed_one(struct buffer *sql, const struct resource *of)
{
    buffer_add_string(sql, "SELECT id, ");
    add_all_columns(sql, "", of->shape);
    buffer_add_format(sql,
                      " FROM %s WHERE id = ANY($1::uuid[])"
                      " AND deleted_at IS NULL ORDER BY id",
                      of->table);
}

/* The rows themselves, or those that the rows link to. */
static void embed_list(struct buffer *sql, const struct embed *embed)
{
    const struct shape *shape = embed->of ? embed->of->shape : embed->shape;
    const char *prefix = embed->of ? "t." : "link.";

    buffer_add_format(sql, "SELECT link.%s, ", embed->parent);
    add_all_columns(sql, prefix, shape);
    buffer_add_format(sql, " FROM %s AS link", embed->table);
    if (embed->of)
        buffer_add_format(sql, " JOIN %s AS t ON t.id = link.%s",
                          embed->of->table, embed->child);
    buffer_add_format(sql, " WHERE link.%s = ANY($1::uuid[])", embed->parent);
    if (embed->of)
        buffer_add_string(sql, " AND t.deleted_at IS NULL");
    if (embed->valid)
        buffer_add_format(sql, " AND %s", embed->valid);
    buffer_add_format(sql, " ORDER BY link.%s", embed->parent);
    for (size_t i = 0; i < ARRAY_LEN(embed->order) && embed->order[i]; i++)
        add_order(sql, prefix, shape, embed->order[i]);
    buffer_add_format(sql, ", %sid LIMIT %d", prefix, EMBEDDED_MAX + 1);
}

void sql_embedded(struct buffer *sql, const struct embed *embed)
{
    if (embed->by)
        embed_one(sql, embed->of);
    else
        embed_list(sql, embed);
}
