/* SPDX-License-Identifier: MIT */
/* Whose is a directory? Its marker says; a lock holds it while it is used. */
#pragma once

#include "admin/exit.h"
#include "base/attr.h"

#include <stdbool.h>

/*
 * Refuses a path that is no directory, holds something of others, was made by
 * a newer version, or belongs to another user. A missing or empty one is fine.
 * Touches nothing.
 */
int claim_look(const char *path, struct refusal *why) MUST_CHECK;

/* Locks the directory and marks it as ours; *ret_lock_fd holds the lock until
 * it is closed. -EXIT_RUNNING when another process does. */
int claim_take(const char *path, int *ret_lock_fd, struct refusal *why)
    MUST_CHECK;

/* Locks the directory if nobody holds it; else, or without a lock file, -1. */
int claim_try(const char *path) MUST_CHECK;

bool claim_is_marked(const char *path);
