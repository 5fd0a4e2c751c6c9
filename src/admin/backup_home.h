/* SPDX-License-Identifier: MIT */
/*
 * A directory of backups.
 *
 *   NAME/            a backup: data.dump, manifest.json, SHA256SUMS
 *   NAME.partial/    one in the making, or one being thrown away
 *   .lock            held by flock() while a backup is made
 *
 * One rename makes a backup of what is partial, when all of it is on disk; so
 * whatever has a backup's name is whole. Names are DATABASE-TIME, the time in
 * UTC, so that they sort by age.
 */
#pragma once

#include "admin/exit.h"
#include "base/attr.h"
#include "base/text.h"

enum { BACKUP_NAME_BYTES = 128 };

struct backup_home {
    char *path;
    int lock_fd;
};

/*
 * Makes the directory if it is missing, takes its lock and removes what a
 * killed run left. -EXIT_RUNNING while another one holds it. To be closed
 * also after a failure.
 */
int backup_home_open(struct backup_home *home, const char *path,
                     struct refusal *why) MUST_CHECK;
void backup_home_close(struct backup_home *home);

/* A new backup's name, of this moment. */
void backup_home_name(struct text database,
                      char ret_name[static BACKUP_NAME_BYTES]);

/* Makes an empty partial one; its path is to be freed. */
int backup_home_begin(const struct backup_home *home, const char *name,
                      char **ret_path, struct refusal *why) MUST_CHECK;

/* The partial one becomes a backup, for good when this returns 0. */
int backup_home_publish(const struct backup_home *home, const char *name,
                        struct refusal *why) MUST_CHECK;

/* Throws the oldest backups of the database away, but for `keep`. */
int backup_home_thin(const struct backup_home *home, struct text database,
                     unsigned keep, unsigned *ret_removed, struct refusal *why)
    MUST_CHECK;

/* Throws a partial one away; what cannot be is left to the next run. */
void backup_home_drop(const struct backup_home *home, const char *name);
