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
    buffer_add_string(sql, ") VALUES ($1, $2");
    for (size_t i = 0; i < shape_count(shape); i++)
        if (is_writable(shape_field(shape, i)))
            buffer_add_format(sql, ", $%u", ++number);
    buffer_add_byte(sql, ')');
    add_returning(sql, shape);
}
