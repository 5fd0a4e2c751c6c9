/* SPDX-License-Identifier: MIT */
/*
 * The file that says which process serves (setting `pid_file`). It is locked
 * for as long as that process lives, so that one left behind by a crash
 * misleads nobody: who holds the lock is asked, not the text.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"

#include <sys/types.h>

/*
 * Makes it, locked, with our number in it; *ret_fd is to be ended by
 * pid_file_end(). -ERR_INVALID_PARAMETER when it cannot be written, or another
 * process has it.
 */
int pid_file_make(const char *path, int *ret_fd, struct diag *diag) MUST_CHECK;

/* Removes it. Harmless for -1. */
void pid_file_end(const char *path, int *fd);

/* The process that has it; 0: none. */
pid_t pid_file_holder(const char *path);
