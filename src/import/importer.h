/* SPDX-License-Identifier: MIT */
/*
 * The heart of every import, whatever the bytes come from: runs of NDJSON go
 * in, rows of the real tables come out. It holds one line, one batch and
 * nothing else, knows neither file nor terminal, and works inside the caller's
 * transaction (see staging.h), so that the caller decides what is kept:
 *
 *     BEGIN
 *     importer_new(); importer_begin(); importer_feed() …; importer_finish();
 *     look at importer_counts(); COMMIT or ROLLBACK
 *     importer_free();
 *
 * What is wrong with a line is told to the watcher with its number, and the
 * import goes on; the counts say how many. Errors returned are the database's.
 */
#pragma once

#include "import/import_kind.h"

enum { IMPORT_LINE_BYTES = 16 << 20 }; /* longer lines are refused */

struct importer;

/* Kind and connection are borrowed, the watcher is copied. */
struct importer *importer_new(const struct import_kind *kind,
                              struct connection *connection,
                              const struct import_watcher *watcher) MUST_CHECK;
void importer_free(struct importer **importer);

YIELDS int importer_begin(struct importer *importer, struct diag *diag)
    MUST_CHECK;

/* Any run of bytes, borrowed for the call. */
YIELDS int importer_feed(struct importer *importer, struct text run,
                         struct diag *diag) MUST_CHECK;

/* The last run was given: takes the last line, then merges. */
YIELDS int importer_finish(struct importer *importer, struct diag *diag)
    MUST_CHECK;

/* Complete after importer_finish(); received and failed count up before. */
const struct import_counts *importer_counts(const struct importer *importer);
