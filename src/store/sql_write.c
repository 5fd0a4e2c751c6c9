/* SPDX-License-Identifier: MIT */
#include "store/sql.h"

static bool is_writable(const struct field *field)
{
    return !(field->flags & FIELD_READ_ONLY);
}

static void add_returning(struct buffer *sql, const struct shape *shape)
{
    struct selection all;

    selection_all(shape, &all);
    buffer_add_string(sql, " RETURNING ");
    sql_columns(sql, "", &all);
}

void sql_create(struct buffer *sql, const struct resource *resource)
{
    const struct shape *shape = resource->shape;
    unsigned number = 2;

    buffer_add_format(sql, "INSERT INTO %s (id, created_by", resource->table);
    for (size_t i = 0; i < shape_count(shape); i++)
        if (is_writable(shape_field(shape, i)))
            buffer_add_format(sql, ", %s", field_column(shape_field(shape, i)));
    for (const char *const *name = resource->sealed; name && *name; name++)
        buffer_add_format(sql, ", %s", *name);
    buffer_add_string(sql, ") VALUES ($1, $2");
    for (size_t i = 0; i < shape_count(shape); i++)
        if (is_writable(shape_field(shape, i)))
            buffer_add_format(sql, ", $%u", ++number);
    for (const char *const *name = resource->sealed; name && *name; name++)
        buffer_add_format(sql, ", $%u", ++number);
    buffer_add_byte(sql, ')');
    add_returning(sql, shape);
}

/* --- changes ----------------------------------------------------------------
 */

/* A row comes back where there was one, and nothing else is looked at. */
static void add_found(struct buffer *sql, const char *alive)
{
    buffer_add_format(sql,
                      " WHERE id = $1%s"
                      " AND ($2::bigint[] IS NULL OR"
                      " version = ANY($2::bigint[]))",
                      alive);
}

#define ALIVE   " AND deleted_at IS NULL"
#define DELETED " AND deleted_at IS NOT NULL"

void sql_replace(struct buffer *sql, const struct resource *resource)
{
    const struct shape *shape = resource->shape;
    unsigned number = 2;

    buffer_add_format(sql, "UPDATE %s SET id = id", resource->table);
    for (size_t i = 0; i < shape_count(shape); i++)
        if (is_writable(shape_field(shape, i)))
            buffer_add_format(sql, ", %s = $%u",
                              field_column(shape_field(shape, i)), ++number);
    add_found(sql, ALIVE);
    add_returning(sql, shape);
}

/* `id = id` is for a patch of nothing, which UPDATE has no form for. */
void sql_merge(struct buffer *sql, const struct resource *resource,
               const struct values *values)
{
    buffer_add_format(sql, "UPDATE %s SET id = id", resource->table);
    for (size_t i = 0; i < values->count; i++)
        buffer_add_format(sql, ", %s = $%u",
                          field_column(values->items[i].field),
                          (unsigned)i + 3);
    add_found(sql, ALIVE);
    add_returning(sql, resource->shape);
}

void sql_delete(struct buffer *sql, const struct resource *resource)
{
    buffer_add_format(sql, "UPDATE %s SET deleted_at = now()", resource->table);
    add_found(sql, ALIVE);
    buffer_add_string(sql, " RETURNING id, version");
}

void sql_restore(struct buffer *sql, const struct resource *resource)
{
    buffer_add_format(sql, "UPDATE %s SET deleted_at = NULL", resource->table);
    add_found(sql, DELETED);
    add_returning(sql, resource->shape);
}

void sql_purge(struct buffer *sql, const struct resource *resource)
{
    buffer_add_format(sql, "DELETE FROM %s", resource->table);
    add_found(sql, "");
    if (resource->kept)
        buffer_add_format(sql, " AND NOT %s", resource->kept);
    buffer_add_string(sql, " RETURNING id, version");
}

void sql_state(struct buffer *sql, const struct resource *resource)
{
    buffer_add_format(sql,
                      "SELECT version, deleted_at IS NOT NULL, %s FROM %s"
                      " WHERE id = $1",
                      resource->kept ? resource->kept : "false",
                      resource->table);
}

void sql_lock_id(struct buffer *sql, const struct resource *resource)
{
    buffer_add_format(sql,
                      "SELECT pg_advisory_xact_lock(hashtextextended("
                      "'%s:' || $1::text, 0))",
                      resource->table);
}
