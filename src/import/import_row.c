/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "import/copy_text.h"
#include "import/import_kind.h"

void import_add_row(struct buffer *rows, uint64_t line,
                    const struct values *values, size_t count)
{
    CHECK(count <= values->count);
    copy_row(rows, line);
    for (size_t i = 0; i < count; i++)
        copy_column(rows, values->items[i].text);
    copy_row_end(rows);
}
