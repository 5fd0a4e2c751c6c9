/* SPDX-License-Identifier: MIT */
#include "import/import_objects.h"

#include "store/resource.h"

enum { LINE_BYTES = 1 << 20 };

static int read_object(const struct record *record,
                       struct buffer rows[static STAGED_TABLES_MAX])
{
    struct values *values;
    int r = shape_read(bills.shape, record->text, SHAPE_REPLACE, record->arena,
                       record->diag, &values);

    if (r == 0)
        import_add_row(&rows[0], record->line, values, values->count);
    return r;
}

const struct import_kind import_bill_objects = {
    .name = "bills",
    .staging = &staged_bill_objects,
    .line_bytes = LINE_BYTES,
    .read = read_object,
};
