/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

static const char *const chambers[] = { "house", "senate", "joint", NULL };

static const struct field rows[] = {
    { MEMBER("code"), .type = FIELD_TEXT, .flags = FIELD_NATURAL_KEY, .min = 1,
      .max = 20 },
    { MEMBER("name"), .type = FIELD_TEXT, .min = 1, .max = 200 },
    { MEMBER("chamber"), .type = FIELD_ENUM, .choices = chambers },
    { MEMBER("parent_id"), .type = FIELD_UUID, .flags = FIELD_NULLABLE,
      .references = "committees" },
    { MEMBER("url"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 2000,
      .format = &format_url },
};

static const char *const embed_names[] = { "parent", NULL };

static const struct shape shape = {
    .name = "committees",
    .singular = "committee",
    SHAPE_ROWS(rows),
    .embeds = embed_names,
};

static const struct embed embeds[] = {
    { .name = "parent", .of = &committees, .by = "parent_id" },
    { 0 },
};

static const char *const names[] = { "code", "name", NULL };

const struct resource committees = {
    .shape = &shape,
    .table = "committees",
    .embeds = embeds,
    .search = { .columns = names },
    .owner = "created_by",
};
