/* SPDX-License-Identifier: MIT */
/* Permissions, roles and questions about them, for tests of AuthZEN. */
#pragma once

#include "wire/signed_in.h"

/* The id of a permission by its key, which is made when it is not there. */
static inline const char *permission_id(struct wire *wire, const char *key)
{
    struct answer answer =
        get(wire, SAY(wire, "/v1/permissions?key=%s", escaped(wire, key)));

    if (!answer_has(&answer, "\"id\""))
        answer =
            post(wire, "/v1/permissions", SAY(wire, "{\"key\":\"%s\"}", key));
    cr_assert(answer_has(&answer, "\"id\""), "%.*s", TEXT_ARG(answer.body));
    return SAY(wire, "%.*s", TEXT_ARG(member(&answer, "id")));
}

static inline void give(struct wire *wire, const char *path, const char *body)
{
    struct answer answer = put(wire, path, body);

    cr_assert(answer.status == 201 || answer.status == 200, "%.*s",
              TEXT_ARG(answer.body));
}

/* To one user alone; `effect` is allow or deny. */
static inline void give_directly(struct wire *wire,
                                 const struct signed_in *user, const char *key,
                                 const char *effect)
{
    give(wire,
         SAY(wire, "%s/permissions/%s", user->path, permission_id(wire, key)),
         SAY(wire, "{\"effect\":\"%s\"}", effect));
}

/* A new role with these permissions, between spaces; its key. */
static inline const char *make_role(struct wire *wire, const char *keys)
{
    const char *name = some_key(wire);
    const char *path =
        make(wire, "roles",
             SAY(wire, "{\"key\":\"%s\",\"name\":\"%s\"}", name, name));
    struct text rest = text_of(keys), key;

    while (text_cut(&rest, ' ', &key))
        give(wire,
             SAY(wire, "%s/permissions/%s", path,
                 permission_id(wire, SAY(wire, "%.*s", TEXT_ARG(key)))),
             NULL);
    return name;
}

/* May the subject do this? `resource` is what stands in its braces. */
static inline const char *question(struct wire *wire, const char *subject,
                                   const char *action, const char *resource)
{
    return SAY(wire,
               "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
               "\"action\":{\"name\":\"%s\"},\"resource\":{%s}}",
               subject, action, resource);
}

static inline struct answer evaluate(struct wire *wire, const char *body)
{
    return post(wire, "/access/v1/evaluation", body);
}

#define YES "{\"decision\":true}"
#define NO  "{\"decision\":false}"

#define EXPECT_DECISION(wire, subject, action, resource, want)               \
    EXPECT(                                                                  \
        evaluate((wire), question((wire), (subject), (action), (resource))), \
        200, (want))
