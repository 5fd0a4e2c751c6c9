/* SPDX-License-Identifier: MIT */
/*
 * One command, one transaction: what import and demo do alike around the
 * staged rows.
 */
#pragma once

#include "admin/report.h"
#include "import/staging.h"

struct driver;

/*
 * The work, between BEGIN and COMMIT, with steps of its own; what it refuses is
 * rolled back.
 */
typedef int bulk_fn(struct connection *connection, void *arg,
                    struct refusal *why, struct diag *diag);

/*
 * Connects, sees to it that no instance answers from a cache meanwhile
 * (store/cache_switch.h), runs fn in a transaction and commits when it returns
 * 0; then runs
 * the scripts `done` of the kinds (a list ended by NULL), which may fail. Each
 * is a step of the report. 0 or -EXIT_x with the refusal: fn's own, or the
 * database's error in words.
 */
int bulk_run(const struct driver *driver, const char *url, bulk_fn *fn,
             void *arg, const struct staging_kind *const *kinds,
             struct report *report, struct refusal *why) MUST_CHECK;

/* "16310 received, 16310 created, 0 updated, …" */
void bulk_add_counts(struct buffer *out, const struct import_counts *counts);

/* {"received":16310,…} */
void bulk_add_object(struct buffer *out, const struct import_counts *counts);

/* Its members, as members of the report's document. */
void bulk_add_members(struct report *report,
                      const struct import_counts *counts);
