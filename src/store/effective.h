/* SPDX-License-Identifier: MIT */
/* What a user may, all things considered, and how they came to it. */
#pragma once

#include "store/store.h"

/*
 * Appends `[{"permission", "effect", "via"}]`, ordered by permission. `via`
 * lists every chain of role keys by which the permission comes, from the role
 * that is granted to the one that has it; [] is a grant of its own. Every user
 * has the role `anonymous`. What expired or was deleted does not count. The
 * effect is `deny` where the permission, or one that covers it ("bills:*"), is
 * denied to the user.
 *   -ERR_NOT_FOUND  no living user has this id
 *   -ERR_TOO_LARGE  more than EFFECTIVE_CHAINS_MAX chains lead to roles
 */
enum { EFFECTIVE_CHAINS_MAX = 10000 };

YIELDS int effective_permissions(struct store *store, struct uuid user,
                                 struct deadline until, struct buffer *buffer,
                                 struct diag *diag) MUST_CHECK;

/* One of them, of a row of sql_effective.h. Room only. */
void effective_add(const struct rows *rows, unsigned row,
                   struct buffer *buffer);
