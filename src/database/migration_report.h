/* SPDX-License-Identifier: MIT */
/*
 * What the database says it has had, held against what this program brings
 * along. Pure.
 */
#pragma once

#include "database/migration_set.h"

/* A row of the ledger; texts are borrowed from the answer. */
struct migration_record {
    struct text domain, name, sha256;
    struct text applied_at; /* RFC 3339, UTC */
    struct text applied_by; /* the database's user */
    unsigned number;
    uint64_t took_ms;
};

enum migration_state {
    MIGRATION_APPLIED,
    MIGRATION_PENDING,
    MIGRATION_CHANGED, /* applied, but the file is another one now */
    MIGRATION_MISSING, /* applied, but this program has no such file */
    MIGRATION_STATES
};

struct migration_line {
    enum migration_state state;
    const struct migration *migration;     /* NULL: missing */
    const struct migration_record *record; /* NULL: pending */
};

/* The set's migrations in their order, then the missing ones. */
struct migration_report {
    struct migration_line *lines;
    unsigned count, pending;
    struct migration_record *records; /* in the order of application */
    unsigned record_count;
    struct rows *rows; /* what the records borrow from; may be NULL */
};

/* Makes the lines; takes the records, from memory_new_array(), over. */
void migration_report_make(struct migration_report *report,
                           const struct migration_set *set,
                           struct migration_record *records, unsigned count);
void migration_report_fini(struct migration_report *report);

/*
 * May anything be applied or undone? -ERR_PRECONDITION_FAILED, naming the
 * first migration that was changed (with both checksums), is missing, or is
 * pending before one of its domain that is applied.
 */
int migration_report_check(const struct migration_report *report,
                           struct diag *diag) MUST_CHECK;

/* "applied", "pending", "changed", "missing". */
const char *migration_state_name(enum migration_state state);

/* The line of a record; never NULL. */
const struct migration_line *migration_report_line(
    const struct migration_report *report,
    const struct migration_record *record);
