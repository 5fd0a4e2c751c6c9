/* SPDX-License-Identifier: MIT */
/*
 * The directory of the sockets. A socket's path has 107 bytes at the most, and
 * URLs, PostgreSQL's settings and shells all quote differently; so a path that
 * is long or has other characters than [A-Za-z0-9._/-] is not used: a short
 * one takes its place, recorded in the data directory to be found again.
 */
#pragma once

#include "admin/account.h"
#include "admin/exit.h"
#include "base/attr.h"

/* Longest directory below which our longest socket name fits. */
enum { SOCKET_DIR_BYTES = 80 };

/* Makes an empty directory for the data directory `home`, under the same name
 * as the last time if it can be; *ret_path to be freed. */
int socket_dir_make(const char *home, const struct account *const *users,
                    char **ret_path, struct refusal *why) MUST_CHECK;

/* Removes what socket_dir_make() made, now or before a crash. */
void socket_dir_clear(const char *home);
