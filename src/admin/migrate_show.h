/* SPDX-License-Identifier: MIT */
/* What `migrate` shows. */
#pragma once

#include "admin/report.h"
#include "database/migration.h"

/* A table for people, a line for each migration and a sum. */
void migrate_show_table(const struct migration_report *report,
                        struct buffer *out);

/* The same for programs: one object and a line end. */
void migrate_show_json(const struct migration_report *report,
                       struct buffer *out);

/* What is done, for migration_options: a step of the report for each file.
 * `arg` is this. */
struct migrate_progress {
    struct report *report;
    const char *done; /* what a file is then: "applied" */
    unsigned count;
};
void migrate_show_step(const struct migration_step *step, void *arg);

/* Lists what would be undone. */
void migrate_show_plan(const struct migration_line *const *plan,
                       unsigned count);
