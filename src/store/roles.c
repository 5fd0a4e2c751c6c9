/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

static const struct field rows[] = {
    { MEMBER("key"), .type = FIELD_TEXT, .flags = FIELD_NATURAL_KEY, .min = 2,
      .max = 63, .format = &format_role_key },
    { MEMBER("name"), .type = FIELD_TEXT, .min = 1, .max = 200 },
    { MEMBER("description"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 2000 },
    { MEMBER("system"), .type = FIELD_BOOLEAN, .flags = FIELD_READ_ONLY },
};

static const char *const embed_names[] = { "permissions", "parents", NULL };

static const struct shape shape = {
    .name = "roles",
    .singular = "role",
    SHAPE_ROWS(rows),
    .embeds = embed_names,
};

static const struct embed embeds[] = {
    { .name = "permissions",
      .of = &permissions,
      .table = "role_permissions",
      .parent = "role_id",
      .child = "permission_id",
      .order = { "key" } },
    { .name = "parents",
      .of = &roles,
      .table = "role_parents",
      .parent = "role_id",
      .child = "parent_id",
      .order = { "key" } },
    { 0 },
};

static const char *const names[] = { "key", "name", "description", NULL };

const struct resource roles = {
    .shape = &shape,
    .table = "roles",
    .embeds = embeds,
    .search = { .columns = names },
    .kept = "system",
    .owner = "created_by",
};
