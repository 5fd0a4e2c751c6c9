/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

static const struct field rows[] = {
    { MEMBER("user_id"), .type = FIELD_UUID,
      .flags = FIELD_NULLABLE | FIELD_OWNER, .references = "users" },
    { MEMBER("name"), .type = FIELD_TEXT, .min = 1, .max = 200 },
    { MEMBER("prefix"), .type = FIELD_TEXT, .flags = FIELD_READ_ONLY },
    { MEMBER("scopes"), .type = FIELD_TEXT_LIST, .flags = FIELD_NULLABLE,
      .min = 3, .max = 200, .items_max = 200,
      .format = &format_permission_key },
    { MEMBER("expires_at"), .type = FIELD_TIMESTAMP, .flags = FIELD_NULLABLE },
    { MEMBER("last_used_at"), .type = FIELD_TIMESTAMP,
      .flags = FIELD_NULLABLE | FIELD_READ_ONLY },
};

static const struct shape shape = {
    .name = "api-keys",
    .singular = "API key",
    SHAPE_ROWS(rows),
};

static const char *const sealed[] = { "prefix", "secret_hash", NULL };

const struct resource api_keys = {
    .shape = &shape,
    .table = "api_keys",
    .sealed = sealed,
    .owner = "user_id",
};
