/* SPDX-License-Identifier: MIT */
/*
 * What can be imported: how a line becomes staged rows. docs/import-format.md
 * says the same member by member; a test holds the two against each other.
 */
#pragma once

#include "import/staging.h"
#include "json/shape.h"

struct record {
    struct text text; /* one line */
    uint64_t line;
    struct arena *arena; /* of this record */
    struct diag *diag;   /* with that arena */
};

struct import_kind {
    const char *name; /* "bills" */
    const struct shape *shape;
    const struct staging_kind *staging;
    size_t line_bytes; /* longer lines are refused; 0: IMPORT_LINE_BYTES */

    /*
     * Adds the record's rows, or none: every fault is then a violation of the
     * diag, and the answer as shape_read()'s.
     */
    int (*read)(const struct record *record,
                struct buffer rows[static STAGED_TABLES_MAX]);
};

extern const struct import_kind import_bills, import_people;
extern const struct shape import_action_shape;

/* For the kinds: one row, the line and the first `count` values. */
void import_add_row(struct buffer *rows, uint64_t line,
                    const struct values *values, size_t count);

/* The staged tables, which demo fills too. */
extern const struct staging_kind staged_bills, staged_people, staged_users;
