/* SPDX-License-Identifier: MIT */
/* `portcullis backup`: a consistent copy of a database, with what it must hold
 * written beside it (docs/backup.md). */
#pragma once

#include "admin/exit.h"
#include "admin/report.h"

struct driver;

/* Backups of a database that are kept, if not told otherwise: all. */
enum { BACKUP_KEEP_MAX = 10000 };

struct backup_options {
    const struct driver *driver;
    const char *url;  /* of the database's owner, or of a superuser */
    const char *home; /* a directory of backups; made if it is missing */
    unsigned keep;    /* of this database, the new one among them; 0: all */
    bool json;
};

/*
 * Dumps, notes and checksums all rows in one snapshot, and publishes the
 * backup by a rename when all of it is on the disk; then throws old ones away.
 * Of a run that is killed at any point, or fails, nothing stays that has a
 * backup's name. Takes signals over while it works. *ret_path is the backup's
 * directory, to be freed, or NULL; also after a failure behind it. 0 or
 * -EXIT_x.
 */
int backup_make(const struct backup_options *options, struct report *report,
                char **ret_path, struct refusal *why) MUST_CHECK;

/* The same as a command: prints the path on stdout. The exit status. */
int backup_main(const struct backup_options *options) MUST_CHECK;
