/* SPDX-License-Identifier: MIT */
/* Callers of a test's own: users with a token, and maybe a role. */
#pragma once

#include "wire/made.h"

#include <stdlib.h>

struct signed_in {
    const char *id, *path, *token;
};

/* What `portcullis token` signs for this subject. */
static inline const char *token_of(struct wire *wire, const char *subject)
{
    char token[2048] = "";
    FILE *pipe =
        popen(SAY(wire, "\"$PORTCULLIS_PROGRAM\" token '%s'", subject), "r");

    cr_assert_not_null(pipe);
    cr_assert_not_null(fgets(token, sizeof(token), pipe));
    cr_assert_eq(pclose(pipe), 0);
    token[strcspn(token, "\n")] = '\0';
    return SAY(wire, "%s", token);
}

/* As whoever the credential is of; `body` may be NULL. */
static inline struct answer ask_as(struct wire *wire, const char *credential,
                                   const char *request, const char *body)
{
    return wire_step(wire,
                     &(struct step){ .request = request,
                                     .headers = SAY(wire,
                                                    "Authorization: Bearer "
                                                    "%s\r\n",
                                                    credential),
                                     .body = body });
}

/* The id of a seeded role, or any other, by its key. */
static inline const char *role_id(struct wire *wire, const char *key)
{
    struct answer answer = get(wire, SAY(wire, "/v1/roles?key=%s", key));

    return SAY(wire, "%.*s", TEXT_ARG(member(&answer, "id")));
}

static inline void grant(struct wire *wire, const struct signed_in *user,
                         const char *role, const char *body)
{
    struct answer answer = put(
        wire, SAY(wire, "%s/roles/%s", user->path, role_id(wire, role)), body);

    cr_assert(answer.status == 201 || answer.status == 200, "%.*s",
              TEXT_ARG(answer.body));
}

/* `role` may be NULL. */
static inline struct signed_in sign_in(struct wire *wire, const char *role)
{
    const char *key = some_key(wire);
    struct signed_in user;

    user.path =
        make(wire, "users",
             SAY(wire, "{\"email\":\"%s@tests\",\"display_name\":\"%s\"}", key,
                 key));
    user.id = id_of(user.path);
    user.token = token_of(wire, user.id);
    if (role)
        grant(wire, &user, role, "{}");
    return user;
}
