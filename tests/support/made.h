/* SPDX-License-Identifier: MIT */
/* Objects that a wire test makes for itself, each with a key nobody else has.
 */
#pragma once

#include "base/id.h"
#include "support/wire.h"

#include <criterion/criterion.h>

/* 16 hexadecimal digits, in the wire's arena. */
static inline const char *made_key(struct wire *wire)
{
    unsigned char random[8];
    char hex[17];

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), hex);
    return arena_copy(&wire->arena, text_of(hex));
}

/* One request as the administrator; printf-like, "PUT /v1/…". */
#define ADMIN(wire, json, ...)                                                \
    wire_step((wire), &(struct step){ .request = arena_format(&(wire)->arena, \
                                                              __VA_ARGS__),   \
                                      .body = (json),                         \
                                      .as_admin = true })

/* Makes an object of a collection and returns its id. */
static inline const char *made(struct wire *wire, const char *collection,
                               const char *body)
{
    struct answer answer = ADMIN(wire, body, "POST /v1/%s", collection);
    struct text location = answer_header(&answer, "Location");

    cr_assert_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    cr_assert_gt(location.len, 36);
    return arena_copy(&wire->arena, text_skip(location, location.len - 36));
}

static inline const char *made_user(struct wire *wire)
{
    return made(wire, "users",
                arena_format(&wire->arena,
                             "{\"email\":\"%s@example.org\","
                             "\"display_name\":\"A user\"}",
                             made_key(wire)));
}

/* The key begins with a letter whatever the digits are. */
static inline const char *made_role(struct wire *wire, const char *key)
{
    return made(wire, "roles",
                arena_format(&wire->arena,
                             "{\"key\":\"%s\",\"name\":\"A role\"}", key));
}

static inline const char *made_permission(struct wire *wire, const char *key)
{
    return made(wire, "permissions",
                arena_format(&wire->arena, "{\"key\":\"%s\"}", key));
}

static inline const char *made_bill(struct wire *wire, const char *more)
{
    uint32_t number;

    random_bytes(&number, sizeof(number));
    return made(wire, "bills",
                arena_format(&wire->arena,
                             "{\"session\":\"parts\",\"type\":\"hr\","
                             "\"number\":%u,\"chamber\":\"house\","
                             "\"title\":\"A bill\","
                             "\"introduced_on\":\"2026-02-28\"%s}",
                             number % 2000000000 + 1, more));
}

static inline const char *made_person(struct wire *wire, const char *name)
{
    return made(wire, "people",
                arena_format(&wire->arena,
                             "{\"bioguide\":\"%s\",\"full_name\":\"%s\"}",
                             made_key(wire), name));
}

/* The answer's body, NUL-terminated. */
static inline const char *body_of(struct wire *wire, struct answer answer)
{
    return arena_copy(&wire->arena, answer.body);
}
