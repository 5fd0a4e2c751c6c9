/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

static const char *const scopes[] = { "any", "own", NULL };

/* The last three are made of the key by the database. */
static const struct field rows[] = {
    { MEMBER("key"), .type = FIELD_TEXT, .flags = FIELD_NATURAL_KEY, .min = 3,
      .max = 200, .format = &format_permission_key },
    { MEMBER("description"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 2000 },
    { MEMBER("resource"), .type = FIELD_TEXT, .flags = FIELD_READ_ONLY },
    { MEMBER("action"), .type = FIELD_TEXT, .flags = FIELD_READ_ONLY },
    { MEMBER("scope"), .type = FIELD_ENUM, .flags = FIELD_READ_ONLY,
      .choices = scopes },
};

static const struct shape shape = {
    .name = "permissions",
    .singular = "permission",
    SHAPE_ROWS(rows),
};

static const char *const names[] = { "key", "description", NULL };

const struct resource permissions = {
    .shape = &shape,
    .table = "permissions",
    .search = { .columns = names },
    .owner = "created_by",
};
