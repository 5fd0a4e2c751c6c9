/* SPDX-License-Identifier: MIT */
/*
 * `portcullis verify`: is a backup good? And `portcullis drill`: would all of
 * it work today, and how long would it take? See docs/backup.md.
 */
#pragma once

#include "admin/exit.h"
#include "base/attr.h"

#include <stdbool.h>

struct driver;

struct verify_options {
    const struct driver *driver;
    const char *backup; /* its directory */
    bool json;
};

/*
 * Holds every byte against SHA256SUMS, restores all of it into a scratch
 * cluster of its own, and compares what came of it with the manifest: rows,
 * checksums, schema, row level security, rights, sequences. Says what differs.
 * Returns EXIT_OK, EXIT_DAMAGED, or why it could not be tried.
 */
int verify_main(const struct verify_options *options) MUST_CHECK;

struct drill_options {
    const struct driver *driver;
    const char *url;  /* as for a backup */
    const char *home; /* where the backup is left; NULL: thrown away */
    bool json;
};

/* Makes a backup and verifies it, telling how long each step took. */
int drill_main(const struct drill_options *options) MUST_CHECK;
