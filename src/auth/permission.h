/* SPDX-License-Identifier: MIT */
/*
 * Permissions by name. A key is `resource:action` or `resource:action:own`,
 * with parts of a-z, 0-9, `_` and `-`, or `*` for all resources or all
 * actions. `:own` narrows it to what belongs to the caller. Pure.
 */
#pragma once

#include "base/text.h"

#define PERMISSION(id, key, what) PERMISSION_##id,
enum permission {
#include "auth/permissions.def"
    PERMISSION_COUNT
};
#undef PERMISSION

/* "bills:read"; static. */
struct text permission_key(enum permission permission);

/* "read bills"; static. */
const char *permission_what(enum permission permission);

/* The row of this very key; false when the catalogue has none. */
bool permission_find(struct text key, enum permission *ret_permission)
    MUST_CHECK;

/* A key taken apart. The texts are borrowed from it. */
struct permission_pattern {
    struct text resource, action;
    bool own;
};

/* False when it is no key. */
bool permission_parse(struct text key, struct permission_pattern *ret_pattern)
    MUST_CHECK;

/* Has it all resources and actions of the other? Whose they are is left out. */
bool permission_covers(const struct permission_pattern *pattern,
                       const struct permission_pattern *asked);

/* Have both any in common? */
bool permission_meets(const struct permission_pattern *a,
                      const struct permission_pattern *b);
