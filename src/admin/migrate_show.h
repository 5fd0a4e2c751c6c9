/* SPDX-License-Identifier: MIT */
/* What `migrate` shows. */
#pragma once

#include "base/buffer.h"
#include "database/migration.h"

/* A table for people, a line for each migration and a sum. */
void migrate_show_table(const struct migration_report *report,
                        struct buffer *out);

/* The same for programs: one object and a line end. */
void migrate_show_json(const struct migration_report *report,
                       struct buffer *out);

/* Progress as lines on stderr, the running one without its end. */
struct migrate_progress {
    bool line_open;
    unsigned done;
};

/* For migration_options; `arg` is the progress. */
void migrate_show_step(const struct migration_step *step, void *arg);

/* Ends an open line. */
void migrate_show_end(struct migrate_progress *progress);

/* Lists what would be undone and waits for a "yes" on stdin. */
bool migrate_ask(const struct migration_line *const *plan, unsigned count);
