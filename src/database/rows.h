/* SPDX-License-Identifier: MIT */
/*
 * The answer to a statement: rows of columns in text form, shared by reference
 * and never changed. They belong to one loop.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

struct driver;

struct rows {
    unsigned magic;
    unsigned refs;
    unsigned count, columns;
    uint64_t took_ns; /* from the statement's leaving to this answer */
    const struct driver *driver;
    void *result; /* the driver's own */
};

/*
 * The text of a column, TEXT_NULL for NULL. Borrowed from the rows and
 * NUL-terminated.
 */
struct text rows_get(const struct rows *rows, unsigned row, unsigned column);

/* The same of a row's first `count` columns, for less than one at a time. */
void rows_get_first(const struct rows *rows, unsigned row, unsigned count,
                    struct text *ret_columns);

/* The name of a column, as the database tells it. Borrowed. */
const char *rows_column_name(const struct rows *rows, unsigned column);

/* Rows inserted, updated, deleted or selected. */
uint64_t rows_affected(const struct rows *rows);

/* The command's tag: "SELECT 5", "COMMIT". Borrowed. */
const char *rows_tag(const struct rows *rows);

static inline unsigned rows_count(const struct rows *rows)
{
    return rows->count;
}

static inline unsigned rows_columns(const struct rows *rows)
{
    return rows->columns;
}

struct rows *rows_ref(struct rows *rows) MUST_CHECK;

/* Drops the reference and makes the pointer NULL; NULL is taken. */
void rows_unref(struct rows **rows);

/* One row, holding a reference to its rows. Empty: { NULL, 0 }. */
struct row {
    struct rows *rows;
    unsigned index;
};

static inline struct text row_get(const struct row *row, unsigned column)
{
    return rows_get(row->rows, row->index, column);
}

/* Fits CLEANUP; harmless on an empty row. */
static inline void row_end(struct row *row)
{
    rows_unref(&row->rows);
}
