/* SPDX-License-Identifier: MIT */
/*
 * All rows of a listing, whatever their number, out of one snapshot and in
 * constant memory: a cursor of the database's is read a few rows at a time, a
 * batch ahead of the one that is being written.
 */
#pragma once

#include "store/listing.h"
#include "store/store.h"

enum export_format {
    EXPORT_NDJSON, /* an object and a line feed each */
    EXPORT_CSV,    /* json/csv.h, the names first */
    EXPORT_FORMATS
};

/*
 * Takes a run of the export, borrowed for the call; it may wait, which holds
 * the database back. An error ends the export and is handed on. It is called
 * at least once, perhaps with nothing, and not before the database answered.
 */
typedef int export_fn(void *arg, struct text run);

/*
 * The listing must be a whole one (listing_options). A connection is lent all
 * the while; when the fiber is cancelled the database is told to stop.
 */
YIELDS int store_export(struct store *store, const struct listing *listing,
                        enum export_format format, export_fn *fn, void *arg,
                        struct deadline until, struct diag *diag) MUST_CHECK;
