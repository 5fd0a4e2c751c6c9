/* SPDX-License-Identifier: MIT */
/* A shape like that of bills, with an object of its own for good measure. */
#pragma once

#include "json/shape.h"

static const char *const bill_types[] = { "hr", "s", "hres", NULL };
static const char *const bill_chambers[] = { "house", "senate", NULL };
static const char *const bill_statuses[] = { "introduced", "enacted", "vetoed",
                                             NULL };
static const char *const bill_embeds[] = { "sponsor", "actions", NULL };

static const struct field origin_rows[] = {
    { MEMBER("locale"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 35,
      .format = &format_locale },
    { MEMBER("pages"), .type = FIELD_INTEGER, .min = 1, .max = 9999 },
};

static const struct shape origin_shape = {
    .name = "origins",
    .singular = "origin",
    SHAPE_ROWS(origin_rows),
    .bare = true,
};

static const struct field bill_rows[] = {
    { MEMBER("session"), .type = FIELD_TEXT, .flags = FIELD_NATURAL_KEY,
      .min = 1, .max = 20 },
    { MEMBER("type"), .type = FIELD_ENUM, .flags = FIELD_NATURAL_KEY,
      .choices = bill_types },
    { MEMBER("number"), .type = FIELD_INTEGER, .flags = FIELD_NATURAL_KEY,
      .min = 1, .max = 2147483647 },
    { MEMBER("chamber"), .type = FIELD_ENUM, .choices = bill_chambers },
    { MEMBER("title"), .type = FIELD_TEXT, .min = 1, .max = 2000 },
    { MEMBER("short_title"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 2000 },
    { MEMBER("official_title"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 20000 },
    { MEMBER("summary"), .type = FIELD_TEXT,
      .flags = FIELD_NULLABLE | FIELD_NO_SORT, .max = 200000 },
    { MEMBER("status"), .type = FIELD_ENUM, .choices = bill_statuses,
      .initial = "introduced" },
    { MEMBER("sponsor_id"), .type = FIELD_UUID, .flags = FIELD_NULLABLE,
      .references = "people" },
    { MEMBER("policy_area"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 200 },
    { MEMBER("subjects"), .type = FIELD_TEXT_LIST, .max = 200, .items_max = 5,
      .initial = "{}" },
    { MEMBER("introduced_on"), .type = FIELD_DATE },
    { MEMBER("latest_action_on"), .type = FIELD_DATE, .flags = FIELD_NULLABLE },
    { MEMBER("latest_action"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 10000 },
    { MEMBER("heard_at"), .type = FIELD_TIMESTAMP, .flags = FIELD_NULLABLE },
    { MEMBER("url"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 2000,
      .format = &format_url },
    { MEMBER("urgent"), .type = FIELD_BOOLEAN, .initial = "f" },
    { MEMBER("origin"), .type = FIELD_JSON, .flags = FIELD_NULLABLE,
      .inner = &origin_shape },
    { MEMBER("created_by"), .type = FIELD_UUID,
      .flags = FIELD_NULLABLE | FIELD_READ_ONLY | FIELD_OWNER,
      .references = "users" },
};

static const struct shape bill_shape = {
    .name = "bills",
    .singular = "bill",
    SHAPE_ROWS(bill_rows),
    .embeds = bill_embeds,
};
