/* SPDX-License-Identifier: MIT */
#include "store/action.h"
#include "store/resource.h"

static const char *const chambers[] = { "house", "senate", NULL };

static const char *const statuses[] = {
    "introduced",   "in_committee",  "reported",
    "passed_house", "passed_senate", "passed_both",
    "agreed_to",    "to_president",  "enacted",
    "vetoed",       "failed",        "withdrawn",
    NULL,
};

static const struct field rows[] = {
    { MEMBER("session"), .type = FIELD_TEXT, .flags = FIELD_NATURAL_KEY,
      .min = 1, .max = 20 },
    { MEMBER("type"), .type = FIELD_ENUM, .flags = FIELD_NATURAL_KEY,
      .format = &format_code }, /* which: the table bill_types */
    { MEMBER("number"), .type = FIELD_INTEGER, .flags = FIELD_NATURAL_KEY,
      .min = 1, .max = INT32_MAX },
    { MEMBER("chamber"), .type = FIELD_ENUM, .choices = chambers },
    { MEMBER("title"), .type = FIELD_TEXT, .min = 1, .max = 2000 },
    { MEMBER("short_title"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 2000 },
    { MEMBER("official_title"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 20000 },
    { MEMBER("summary"), .type = FIELD_TEXT,
      .flags = FIELD_NULLABLE | FIELD_NO_SORT, .max = 200000 },
    { MEMBER("status"), .type = FIELD_ENUM, .choices = statuses,
      .initial = "introduced" },
    { MEMBER("sponsor_id"), .type = FIELD_UUID, .flags = FIELD_NULLABLE,
      .references = "people" },
    { MEMBER("policy_area"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 200 },
    { MEMBER("subjects"), .type = FIELD_TEXT_LIST, .max = 200,
      .items_max = 1000, .initial = "{}" },
    { MEMBER("introduced_on"), .type = FIELD_DATE },
    { MEMBER("latest_action_on"), .type = FIELD_DATE, .flags = FIELD_NULLABLE },
    { MEMBER("latest_action"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 10000 },
    { MEMBER("url"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 2000,
      .format = &format_url },
    { MEMBER("created_by"), .type = FIELD_UUID,
      .flags = FIELD_NULLABLE | FIELD_READ_ONLY | FIELD_OWNER,
      .references = "users" },
};

static const char *const embed_names[] = { "sponsor", "cosponsors", "actions",
                                           NULL };

static const struct shape shape = {
    .name = "bills",
    .singular = "bill",
    SHAPE_ROWS(rows),
    .embeds = embed_names,
};

/*
 * What happened to a bill: a part of it, no resource of its own. With the last
 * row, the status it leads to, it is what a client tells.
 */
static const struct field action_rows[] = {
    { MEMBER("id"), .type = FIELD_UUID, .flags = FIELD_READ_ONLY },
    { MEMBER("acted_on"), .type = FIELD_DATE },
    { MEMBER("acted_at"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .format = &format_time },
    { MEMBER("type"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 200 },
    { MEMBER("code"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 200 },
    { MEMBER("text"), .type = FIELD_TEXT, .min = 1, .max = 10000 },
    { MEMBER("source"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE,
      .max = 200 },
    { MEMBER("status"), .type = FIELD_ENUM, .flags = FIELD_NULLABLE,
      .choices = statuses },
};

static const struct shape action_shape = {
    .name = "actions",
    .singular = "action",
    .rows = action_rows,
    .row_count = ARRAY_LEN(action_rows) - 1,
    .bare = true,
};

const struct shape bill_action_new = {
    .name = "actions",
    .singular = "action",
    SHAPE_ROWS(action_rows),
    .bare = true,
};

static const struct embed embeds[] = {
    { .name = "sponsor", .of = &people, .by = "sponsor_id" },
    { .name = "cosponsors",
      .of = &people,
      .table = "bill_cosponsors",
      .parent = "bill_id",
      .child = "person_id",
      .order = { "full_name" } },
    { .name = "actions",
      .shape = &action_shape,
      .table = "bill_actions",
      .parent = "bill_id",
      .order = { "acted_on", "seq" } },
    { 0 },
};

static const struct dimension dimensions[] = {
    { "status", "status", NULL },
    { "chamber", "chamber", NULL },
    { "type", "type", NULL },
    { "policy_area", "policy_area", NULL },
    { "subject", "subject", ", unnest(subjects) AS subject" },
    { "sponsor", "sponsor_id", NULL },
    { "month", "to_char(introduced_on, 'YYYY-MM')", NULL },
    { NULL, NULL, NULL },
};

const struct resource bills = {
    .shape = &shape,
    .table = "bills",
    .embeds = embeds,
    .search = { .words = "search" },
    .owner = "created_by",
    .dimensions = dimensions,
};
