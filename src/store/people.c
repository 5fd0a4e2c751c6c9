/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

static const char *const chambers[] = { "house", "senate", NULL };

static const struct field rows[] = {
    { MEMBER("bioguide"), .type = FIELD_TEXT, .flags = FIELD_NATURAL_KEY,
      .min = 1, .max = 20 },
    { MEMBER("full_name"), .type = FIELD_TEXT, .min = 1, .max = 200 },
    { MEMBER("given_name"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 200 },
    { MEMBER("family_name"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 200 },
    { MEMBER("party"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 100 },
    { MEMBER("state"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 100 },
    { MEMBER("chamber"), .type = FIELD_ENUM, .flags = FIELD_NULLABLE,
      .choices = chambers },
    { MEMBER("district"), .type = FIELD_INTEGER, .flags = FIELD_NULLABLE,
      .min = 0, .max = INT32_MAX },
    { MEMBER("current"), .type = FIELD_BOOLEAN, .initial = "f" },
};

static const struct shape shape = {
    .name = "people",
    .singular = "person",
    SHAPE_ROWS(rows),
};

static const char *const names[] = { "full_name", NULL };

const struct resource people = {
    .shape = &shape,
    .table = "people",
    .search = { .columns = names },
    .owner = "created_by",
};
