/* SPDX-License-Identifier: MIT */
/* Files and directories, as far as the data directory needs them. */
#pragma once

#include "admin/account.h"
#include "admin/exit.h"
#include "base/attr.h"
#include "base/text.h"

#include <sys/types.h>

/* What a file of at most `limit_bytes` holds, NUL-terminated, to be freed; NULL
 * when there is none, it is longer, or it cannot be read. ret_len may be NULL.
 */
char *disk_read(const char *path, size_t limit_bytes, size_t *ret_len)
    MUST_CHECK;

/* Its last line that is not empty, or the last one that says FATAL or PANIC,
 * to be freed; "" without one. */
char *disk_last_words(const char *path) MUST_CHECK;

/* Replaces the file in one step: a reader finds the old or the new bytes, also
 * after a power cut. It is made as PATH.new first. */
int disk_replace(const char *path, mode_t mode, struct text content,
                 struct refusal *why) MUST_CHECK;

/* Makes the directory and those above it that are missing (mode 0755);
 * -EXIT_CONFIG where it cannot be. */
int disk_make_all(const char *path, struct refusal *why) MUST_CHECK;

/* Makes the directory if it is missing and sets its mode and owner. */
int disk_make(const char *path, mode_t mode, const struct account *owner,
              struct refusal *why) MUST_CHECK;

/* The entry's change (a rename) outlives a power cut. */
int disk_sync(const char *path, struct refusal *why) MUST_CHECK;

/* Removes a file, or a directory and all below; follows no link. What is
 * missing already is fine. */
int disk_remove(const char *path, struct refusal *why) MUST_CHECK;

/* For CLEANUP: closes a descriptor that is not negative. */
void fd_close(const int *fd);
