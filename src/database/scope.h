/* SPDX-License-Identifier: MIT */
/*
 * As whom a read is made that is a transaction of its own: settings that hold
 * for it and for nothing else, whatever shares its connection. Policies of row
 * level security look at them. Transactions take theirs by their options.
 */
#pragma once

#include "base/text.h"

#include <stdbool.h>

/* What policies and triggers ask for: schema/README.md. */
#define SCOPE_USER_ID    "app.user_id"
#define SCOPE_RIGHTS     "app.rights"
#define SCOPE_REQUEST_ID "app.request_id"
#define SCOPE_ROUTE      "app.route"
#define SCOPE_TOLD       "app.told" /* "on": whoever remembers is told */
#define SCOPE_MARK       "app.mark" /* a UUID: how its audit is found again */

/* A setting that holds for one transaction only. */
struct transaction_setting {
    const char *name; /* static */
    struct text value;
};

enum { SCOPE_SETTINGS_MAX = 4 };

/* Without settings, as without a scope (NULL): nobody's. */
struct scope {
    unsigned count;
    struct transaction_setting settings[SCOPE_SETTINGS_MAX];
};

/* The same settings with the same values? NULL is taken. */
bool scope_equal(const struct scope *a, const struct scope *b);

/* The same settings, of whatever value? */
bool scope_same_names(const struct scope *a, const struct scope *b);

/* A scope with values of its own, NUL-terminated. Zeroed it is empty. */
struct kept_scope {
    struct scope scope;
    char *bytes;
    size_t capacity;
};

/* Takes a copy (NULL: of nothing) in place of the one before. */
void scope_keep(struct kept_scope *kept, const struct scope *scope);
void kept_scope_fini(struct kept_scope *kept);
