/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "json/kind.h"
#include "json/place.h"
#include "json/splice.h"

#include <stdio.h>

/* The fields of a mask, in the shape's order. */
static void fill(const struct shape *shape, uint64_t mask,
                 struct selection *ret_selection)
{
    size_t count = shape_count(shape);

    *ret_selection = (struct selection){ .shape = shape, .mask = mask };
    for (size_t i = 0; i < count; i++)
        if (mask >> i & 1)
            ret_selection->fields[ret_selection->count++] =
                shape_field(shape, i);
}

void selection_all(const struct shape *shape, struct selection *ret_selection)
{
    size_t count = shape_count(shape);

    CHECK(count > 0 && count <= SHAPE_FIELDS_MAX);
    fill(shape, UINT64_MAX >> (SHAPE_FIELDS_MAX - count), ret_selection);
}

static int refuse(const struct shape *shape, struct diag *diag)
{
    char names[DIAG_DETAIL_BYTES] = "";
    size_t len = 0;

    for (size_t i = 0; i < shape_count(shape); i++) {
        struct text name = field_name(shape_field(shape, i));

        if (len < sizeof(names))
            len += (size_t)snprintf(names + len, sizeof(names) - len, "%s %.*s",
                                    i ? "," : "", TEXT_ARG(name));
    }
    diag_violation(diag, "fields", "not_allowed", "must be among%s", names);
    return -ERR_INVALID_PARAMETER;
}

int selection_parse(const struct shape *shape, struct text names,
                    struct diag *diag, struct selection *ret_selection)
{
    uint64_t mask = 0;
    struct text name;

    while (text_cut(&names, ',', &name)) {
        ptrdiff_t place = shape__place(shape, name);

        if (place < 0)
            return refuse(shape, diag);
        mask |= UINT64_C(1) << place;
    }
    if (mask == 0)
        return refuse(shape, diag);
    fill(shape, mask, ret_selection);
    return 0;
}

bool selection_has(const struct selection *selection, const char *name)
{
    ptrdiff_t place = shape__place(selection->shape, text_of(name));

    return place >= 0 && (selection->mask >> place & 1);
}

void shape_encode_open(const struct selection *selection,
                       const struct text *columns, struct buffer *buffer)
{
    buffer_add_byte(buffer, '{');
    for (size_t i = 0; i < selection->count; i++) {
        const struct field *field = selection->fields[i];

        /* the first key goes without its comma */
        splice(buffer, field->key.at + (i == 0), field->key.len - (i == 0));
        kinds[field->type].encode(buffer, columns[i]);
    }
}

void shape_encode(const struct selection *selection, const struct text *columns,
                  struct buffer *buffer)
{
    shape_encode_open(selection, columns, buffer);
    buffer_add_byte(buffer, '}');
}
