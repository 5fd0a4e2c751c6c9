/* SPDX-License-Identifier: MIT */
#include "store/write.h"

#include "base/check.h"

unsigned write_all_values(const struct shape *shape,
                          const struct values *values, struct text *ret)
{
    unsigned count = 0;

    for (size_t i = 0; i < shape_count(shape); i++) {
        const struct field *field = shape_field(shape, i);

        if (field->flags & FIELD_READ_ONLY)
            continue;
        CHECK(count < values->count && values->items[count].field == field);
        ret[count] = values->items[count].text;
        count++;
    }
    return count;
}

void write_row_noted(const struct rows *rows, struct stored *ret_stored)
{
    CHECK(rows_count(rows) == 1);
    CHECK(uuid_parse(rows_get(rows, 0, 0), &ret_stored->id));
    CHECK(text_to_int64(rows_get(rows, 0, 1), &ret_stored->version));
}

int write_row(const struct entry *entry, const struct rows *rows,
              struct buffer *buffer, struct stored *ret_stored,
              struct diag *diag)
{
    struct text columns[SHAPE_FIELDS_MAX];

    write_row_noted(rows, ret_stored);
    for (unsigned i = 0; i < entry->all.count; i++)
        columns[i] = rows_get(rows, 0, i);
    shape_encode(&entry->all, columns, buffer);
    return store_written(buffer, diag);
}
