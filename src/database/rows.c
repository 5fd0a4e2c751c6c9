/* SPDX-License-Identifier: MIT */
#include "database/rows.h"

#include "base/check.h"
#include "base/memory.h"
#include "database/driver.h"

struct rows *rows_new(const struct driver *driver, void *result, unsigned count,
                      unsigned columns)
{
    struct rows *rows = NEW(struct rows);

    rows->magic = ROWS_MAGIC;
    rows->refs = 1;
    rows->count = count;
    rows->columns = columns;
    rows->driver = driver;
    rows->result = result;
    return rows;
}

struct rows *rows_ref(struct rows *rows)
{
    OBJ_CHECK(rows, ROWS_MAGIC);
    rows->refs++;
    return rows;
}

void rows_unref(struct rows **rows_at)
{
    struct rows *rows = *rows_at;

    *rows_at = NULL;
    if (!rows)
        return;
    OBJ_CHECK(rows, ROWS_MAGIC);
    CHECK(rows->refs > 0);
    if (--rows->refs > 0)
        return;
    rows->driver->result_free(rows->result);
    rows->magic = 0;
    memory_free(&rows);
}

struct text rows_get(const struct rows *rows, unsigned row, unsigned column)
{
    OBJ_CHECK(rows, ROWS_MAGIC);
    CHECK(row < rows->count && column < rows->columns);
    return rows->driver->value(rows->result, row, column);
}

void rows_get_first(const struct rows *rows, unsigned row, unsigned count,
                    struct text *ret_columns)
{
    OBJ_CHECK(rows, ROWS_MAGIC);
    CHECK(row < rows->count && count <= rows->columns);
    rows->driver->values(rows->result, row, count, ret_columns);
}

const char *rows_column_name(const struct rows *rows, unsigned column)
{
    OBJ_CHECK(rows, ROWS_MAGIC);
    CHECK(column < rows->columns);
    return rows->driver->column_name(rows->result, column);
}

uint64_t rows_affected(const struct rows *rows)
{
    OBJ_CHECK(rows, ROWS_MAGIC);
    return rows->driver->affected(rows->result);
}

const char *rows_tag(const struct rows *rows)
{
    OBJ_CHECK(rows, ROWS_MAGIC);
    return rows->driver->tag(rows->result);
}
