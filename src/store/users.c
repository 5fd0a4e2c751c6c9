/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

static const char *const statuses[] = { "active", "suspended", "deactivated",
                                        NULL };

static const struct field profile_rows[] = {
    { MEMBER("locale"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 35,
      .format = &format_locale },
    { MEMBER("time_zone"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 64, .format = &format_time_zone },
    { MEMBER("avatar_url"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 2000, .format = &format_url },
    { MEMBER("bio"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 2000 },
    { MEMBER("phone"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 40 },
};

static const struct shape profile_shape = {
    .name = "profile",
    .singular = "profile",
    SHAPE_ROWS(profile_rows),
    .bare = true,
};

static const struct field rows[] = {
    { MEMBER("email"), .type = FIELD_TEXT,
      .flags = FIELD_NATURAL_KEY | FIELD_REDACTED, .min = 3, .max = 320,
      .format = &format_email },
    { MEMBER("display_name"), .type = FIELD_TEXT, .flags = FIELD_REDACTED,
      .min = 1, .max = 200 },
    { MEMBER("status"), .type = FIELD_ENUM, .choices = statuses,
      .initial = "active" },
    { MEMBER("external_id"), .type = FIELD_TEXT,
      .flags = FIELD_NULLABLE | FIELD_REDACTED, .min = 1, .max = 255 },
    { MEMBER("profile"), .type = FIELD_JSON, .flags = FIELD_REDACTED,
      .inner = &profile_shape, .initial = "{}" },
};

static const char *const embed_names[] = { "roles", NULL };

static const struct shape shape = {
    .name = "users",
    .singular = "user",
    SHAPE_ROWS(rows),
    .embeds = embed_names,
};

static const struct embed embeds[] = {
    { .name = "roles",
      .of = &roles,
      .table = "user_roles",
      .parent = "user_id",
      .child = "role_id",
      .order = { "key" },
      .valid = "(link.expires_at IS NULL OR link.expires_at > now())" },
    { 0 },
};

static const char *const names[] = { "email", "display_name", NULL };

const struct resource users = {
    .shape = &shape,
    .table = "users",
    .embeds = embeds,
    .search = { .columns = names },
    .folded = "email",
    .owner = "id",
};
