/* SPDX-License-Identifier: MIT */
/* Where data directories live when the user named none. */
#pragma once

#include "admin/account.h"
#include "admin/exit.h"
#include "base/attr.h"

/* Can the user enter what exists of the directories above the path? */
bool data_home_reached(const struct account *user, const char *path);

/*
 * Where `dev` keeps its data: below $XDG_DATA_HOME or ~/.local/share, or, when
 * `user` cannot get there (root's home is closed), /var/lib/portcullis. To be
 * freed.
 */
char *data_home_default(const struct account *user) MUST_CHECK;

/* A new, empty, private directory below $TMPDIR or /tmp; *ret_path to be
 * freed. Earlier ones whose owner was killed are cleared away. */
int data_home_temporary(const struct account *const *users, char **ret_path,
                        struct refusal *why) MUST_CHECK;
