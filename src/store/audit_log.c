/* SPDX-License-Identifier: MIT */
#include "store/resource.h"

/* Of changes (schema/audit/0001-watch.up.sql), then of attempts (attempts.h).
 */
static const char *const actions[] = {
    "create", "update", "delete", "restore",   "purge",           "grant",
    "revoke", "add",    "remove", "forbidden", "unauthenticated", NULL
};

static const struct field rows[] = {
    { MEMBER("id"), .type = FIELD_UUID },
    { MEMBER("at"), .type = FIELD_TIMESTAMP },
    { MEMBER("actor_id"), .type = FIELD_UUID, .flags = FIELD_NULLABLE },
    { MEMBER("action"), .type = FIELD_ENUM, .choices = actions },
    { MEMBER("resource_type"), .type = FIELD_TEXT },
    { MEMBER("resource_id"), .type = FIELD_UUID, .flags = FIELD_NULLABLE },
    { MEMBER("request_id"), .type = FIELD_TEXT, .flags = FIELD_NULLABLE },
    { MEMBER("before"), .type = FIELD_JSON, .flags = FIELD_NULLABLE },
    { MEMBER("after"), .type = FIELD_JSON, .flags = FIELD_NULLABLE },
};

static const struct shape shape = {
    .name = "audit",
    .singular = "record",
    SHAPE_ROWS(rows),
    .bare = true,
};

const struct resource audit_log = {
    .shape = &shape,
    .table = "audit",
    .log = true,
};
