/* SPDX-License-Identifier: MIT */
#include "json/shape.h"

#include "base/check.h"
#include "json/place.h"

enum { OWN = FIELD_READ_ONLY };

static const struct field common[SHAPE_COMMON] = {
    { MEMBER("id"), .type = FIELD_UUID, .flags = OWN },
    { MEMBER("version"), .type = FIELD_INTEGER, .flags = OWN },
    { MEMBER("created_at"), .type = FIELD_TIMESTAMP, .flags = OWN },
    { MEMBER("updated_at"), .type = FIELD_TIMESTAMP, .flags = OWN },
    { MEMBER("deleted_at"), .type = FIELD_TIMESTAMP,
      .flags = OWN | FIELD_NULLABLE },
};

static size_t common_count(const struct shape *shape)
{
    return shape->bare ? 0 : SHAPE_COMMON;
}

size_t shape_count(const struct shape *shape)
{
    return common_count(shape) + shape->row_count;
}

const struct field *shape_field(const struct shape *shape, size_t place)
{
    size_t first_row = common_count(shape);

    CHECK(place < shape_count(shape));
    return place < first_row ? &common[place] : &shape->rows[place - first_row];
}

ptrdiff_t shape__place(const struct shape *shape, struct text name)
{
    size_t count = shape_count(shape);

    CHECK(count <= SHAPE_FIELDS_MAX);
    for (size_t i = 0; i < count; i++)
        if (text_equal(field_name(shape_field(shape, i)), name))
            return (ptrdiff_t)i;
    return -1;
}

const struct field *shape_find(const struct shape *shape, struct text name)
{
    ptrdiff_t place = shape__place(shape, name);

    return place < 0 ? NULL : shape_field(shape, (size_t)place);
}

const struct value *values_find(const struct values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (text_is(field_name(values->items[i].field), name))
            return &values->items[i];
    return NULL;
}
