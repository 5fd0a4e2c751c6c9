/* SPDX-License-Identifier: MIT */
/* Every relation, once. */
#include "store/relation.h"

static const char *const effects[] = { "allow", "deny", NULL };

/* The first is what a granted role has, both what a permission has. */
static const struct field grant_rows[] = {
    { MEMBER("expires_at"), .type = FIELD_TIMESTAMP, .flags = FIELD_NULLABLE },
    { MEMBER("effect"), .type = FIELD_ENUM, .choices = effects,
      .initial = "allow" },
};

static const struct shape role_grant = {
    .name = "granted roles",
    .singular = "granted role",
    .rows = grant_rows,
    .row_count = 1,
    .bare = true,
};

static const struct shape permission_grant = {
    .name = "granted permissions",
    .singular = "granted permission",
    SHAPE_ROWS(grant_rows),
    .bare = true,
};

static const struct embed user_permission_link = {
    .name = "permissions",
    .of = &permissions,
    .table = "user_permissions",
    .parent = "user_id",
    .child = "permission_id",
    .order = { "key" },
    .valid = "(link.expires_at IS NULL OR link.expires_at > now())",
};

#define NAMES(n) \
    .list_name = n "_list", .put_name = n "_put", .drop_name = n "_drop"

const struct relation bill_actions = {
    NAMES("bill_actions"),
    .of = &bills,
    .name = "actions",
    .one = "action",
};

const struct relation bill_cosponsors = {
    NAMES("bill_cosponsors"), .of = &bills,      .name = "cosponsors",
    .one = "cosponsor",       .versioned = true,
};

const struct relation user_roles = {
    NAMES("user_roles"), .of = &users,         .name = "roles",
    .one = "role",       .extra = &role_grant,
};

const struct relation user_permissions = {
    NAMES("user_permissions"),     .of = &users,
    .link = &user_permission_link, .one = "permission of its own",
    .extra = &permission_grant,
};

const struct relation role_permissions = {
    NAMES("role_permissions"),
    .of = &roles,
    .name = "permissions",
    .one = "permission",
};

const struct relation role_parents = {
    NAMES("role_parents"), .of = &roles,    .name = "parents",
    .one = "parent",       .acyclic = true,
};
