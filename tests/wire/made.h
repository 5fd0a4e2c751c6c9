/* SPDX-License-Identifier: MIT */
/* Objects that a test makes for itself, and what it asks about them. */
#pragma once

#include "base/id.h"
#include "support/wire.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

/* Text of the wire's arena. */
#define SAY(wire, ...) arena_format(&(wire)->arena, __VA_ARGS__)

/* A status and a part of the body, which may be NULL. */
#define EXPECT(asked, want, part)                                    \
    do {                                                             \
        const struct answer got = (asked);                           \
        const char *const wanted = (part);                           \
                                                                     \
        cr_expect(got.status == (want) &&                            \
                      (!wanted || answer_has(&got, wanted)),         \
                  "%d, not %d with %s\n%.*s", got.status, (want),    \
                  wanted ? wanted : "anything", TEXT_ARG(got.body)); \
    } while (0)

/* What nobody else has: sixteen hexadecimal digits, a letter first. */
static inline const char *some_key(struct wire *wire)
{
    unsigned char bytes[8];
    char text[2 * sizeof(bytes) + 1];

    random_bytes(bytes, sizeof(bytes));
    hex_format(bytes, sizeof(bytes), text);
    text[0] = 'k';
    return SAY(wire, "%.*s", 2 * (int)sizeof(bytes), text);
}

static inline const char *some_id(struct wire *wire)
{
    char text[UUID_TEXT_BYTES];

    uuid_format(uuid_v7(), text);
    return SAY(wire, "%s", text);
}

/* As the administrator; `headers` and `body` may be NULL. */
static inline struct answer ask(struct wire *wire, const char *request,
                                const char *headers, const char *body)
{
    return wire_step(wire, &(struct step){ .request = request,
                                           .headers = headers,
                                           .body = body,
                                           .as_admin = true });
}

static inline struct answer get(struct wire *wire, const char *path)
{
    return ask(wire, SAY(wire, "GET %s", path), NULL, NULL);
}

static inline struct answer put(struct wire *wire, const char *path,
                                const char *body)
{
    return ask(wire, SAY(wire, "PUT %s", path), NULL, body);
}

static inline struct answer post(struct wire *wire, const char *path,
                                 const char *body)
{
    return ask(wire, SAY(wire, "POST %s", path), NULL, body);
}

static inline struct answer drop(struct wire *wire, const char *path)
{
    return ask(wire, SAY(wire, "DELETE %s", path), NULL, NULL);
}

/* With an id of our choice, which is the only way that every resource has. */
static inline struct answer put_new(struct wire *wire, const char *path,
                                    const char *body)
{
    return ask(wire, SAY(wire, "PUT %s", path), "If-None-Match: *\r\n", body);
}

/* The path of a new object of "bills", "users" and so on. */
static inline const char *make(struct wire *wire, const char *resource,
                               const char *body)
{
    const char *path = SAY(wire, "/v1/%s/%s", resource, some_id(wire));
    struct answer answer = put_new(wire, path, body);

    cr_assert_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    return path;
}

static inline const char *id_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* A bill of this session, with these members on top: `,"summary":"…"`. */
static inline const char *bill(struct wire *wire, const char *session,
                               const char *more)
{
    return SAY(wire,
               "{\"session\":\"%s\",\"type\":\"hr\",\"number\":1,"
               "\"chamber\":\"house\",\"title\":\"A bill\","
               "\"introduced_on\":\"2026-02-28\"%s}",
               session, more);
}

/* A member's value as it stands in the body; lists and objects up to `,`. */
static inline struct text member(const struct answer *answer, const char *name)
{
    char key[80];
    const char *end = answer->body.at + answer->body.len, *at;
    struct text rest, value;

    snprintf(key, sizeof(key), "\"%s\":", name);
    at = memmem(answer->body.at, answer->body.len, key, strlen(key));
    if (!at)
        return TEXT_NULL;
    at += strlen(key);
    at += strspn(at, " ");
    rest = text_from(at, (size_t)(end - at));
    if (*at != '"') {
        value.at = at;
        value.len = strcspn(at, ",}");
        return value;
    }
    rest = text_skip(rest, 1);
    text_cut(&rest, '"', &value);
    return value;
}

static inline struct text tag_of(const struct answer *answer)
{
    return answer_header(answer, "ETag");
}

/* For a query: every byte that is no letter or digit as %XX. */
static inline const char *escaped(struct wire *wire, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = SAY(wire, "%*s", 3 * (int)strlen(text) + 1, ""), *at = out;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (isalnum(byte)) {
            *at++ = *text;
            continue;
        }
        *at++ = '%';
        *at++ = hex[byte >> 4];
        *at++ = hex[byte & 15];
    }
    *at = '\0';
    return out;
}
