/* SPDX-License-Identifier: MIT */
#include "store/write.h"

#include "base/check.h"
#include "store/cell.h"

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

int write_row_noted(const struct rows *rows, struct stored *ret_stored,
                    struct diag *diag)
{
    int r = cell_one_row(rows, diag);

    if (r == 0)
        r = cell_uuid(rows_get(rows, 0, 0), &ret_stored->id, diag);
    if (r == 0)
        r = cell_number(rows_get(rows, 0, 1), &ret_stored->version, diag);
    return r;
}

int write_row(const struct entry *entry, const struct rows *rows,
              struct buffer *buffer, struct stored *ret_stored,
              struct diag *diag)
{
    struct text columns[SHAPE_FIELDS_MAX];
    int r = write_row_noted(rows, ret_stored, diag);

    if (r < 0)
        return r;
    for (unsigned i = 0; i < entry->all.count; i++)
        columns[i] = rows_get(rows, 0, i);
    shape_encode(&entry->all, columns, buffer);
    return store_written(buffer, diag);
}
