/* SPDX-License-Identifier: MIT */
/* Users, roles, permissions, and who has what, as an administrator's client. */
#include "support/made.h"

#include <pthread.h>

#define NOBODY "018f0000-0000-7000-8000-000000000000"

Test(grants, a_role_is_granted_once_and_revoked_once)
{
    const char *user, *role, *key;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    user = made_user(&wire);
    key = arena_format(&wire.arena, "r%s", made_key(&wire));
    role = made_role(&wire, key);
    answer = ADMIN(&wire, NULL, "PUT /v1/users/%s/roles/%s", user, role);
    cr_expect_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    cr_expect(answer_has(&answer, "\"expires_at\":null"));
    cr_expect(text_is(
        answer_header(&answer, "Location"),
        arena_format(&wire.arena, "/v1/users/%s/roles/%s", user, role)));
    answer = ADMIN(&wire, "{\"expires_at\":\"2999-01-01T00:00:00Z\"}",
                   "PUT /v1/users/%s/roles/%s", user, role);
    cr_expect_eq(answer.status, 200);
    cr_expect(
        answer_has(&answer, "\"expires_at\":\"2999-01-01T00:00:00.000000Z\""));
    cr_expect(text_is_null(answer_header(&answer, "Location")));
    answer = ADMIN(&wire, NULL, "GET /v1/users/%s/roles", user);
    cr_expect_eq(answer.status, 200);
    cr_expect(answer_has(&answer, key));
    cr_expect(text_is(answer_header(&answer, "X-Total-Count"), "1"));
    cr_expect(text_is(answer_header(&answer, "Content-Range"), "roles 0-0/1"));
    answer = ADMIN(&wire, NULL, "DELETE /v1/users/%s/roles/%s", user, role);
    cr_expect_eq(answer.status, 200);
    cr_expect_str_eq(body_of(&wire, answer),
                     arena_format(&wire.arena, "{\"id\":\"%s\"}", role));
    answer = ADMIN(&wire, NULL, "DELETE /v1/users/%s/roles/%s", user, role);
    cr_expect_eq(answer.status, 404);
    cr_expect(answer_has(&answer, "the user has no role with this id"));
    answer = ADMIN(&wire, NULL, "GET /v1/users/%s/roles", user);
    cr_expect_str_eq(body_of(&wire, answer), "[]");
    cr_expect(text_is(answer_header(&answer, "Content-Range"), "roles */0"));
    wire_close(&wire);
}

Test(grants, return_minimal_says_nothing)
{
    const char *role, *permission;
    struct step step = { .headers = "Prefer: return=minimal\r\n",
                         .as_admin = true };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    role = made_role(&wire, arena_format(&wire.arena, "r%s", made_key(&wire)));
    permission = made_permission(
        &wire, arena_format(&wire.arena, "%s:read", made_key(&wire)));
    step.request = arena_format(&wire.arena, "PUT /v1/roles/%s/permissions/%s",
                                role, permission);
    answer = wire_step(&wire, &step);
    cr_expect_eq(answer.status, 204);
    cr_expect(text_is(answer_header(&answer, "Preference-Applied"),
                      "return=minimal"));
    cr_expect_not(text_is_null(answer_header(&answer, "Location")));
    step.request = arena_format(
        &wire.arena, "DELETE /v1/roles/%s/permissions/%s", role, permission);
    cr_expect_eq(wire_step(&wire, &step).status, 204);
    cr_expect_eq(wire_step(&wire, &step).status, 404);
    wire_close(&wire);
}

Test(grants, what_is_not_there_is_404_and_told_which)
{
    const char *user, *role;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    user = made_user(&wire);
    role = made_role(&wire, arena_format(&wire.arena, "r%s", made_key(&wire)));
    answer = ADMIN(&wire, NULL, "PUT /v1/users/%s/roles/" NOBODY, user);
    cr_expect_eq(answer.status, 404);
    cr_expect(answer_has(&answer, "no role has this id"));
    answer = ADMIN(&wire, NULL, "PUT /v1/users/" NOBODY "/roles/%s", role);
    cr_expect_eq(answer.status, 404);
    cr_expect(answer_has(&answer, "no user has this id"));
    answer = ADMIN(&wire, NULL, "PUT /v1/users/%s/roles/admin", user);
    cr_expect_eq(answer.status, 404);
    answer = ADMIN(&wire, NULL, "GET /v1/users/" NOBODY "/roles");
    cr_expect_eq(answer.status, 404);
    answer =
        ADMIN(&wire, NULL, "GET /v1/users/" NOBODY "/effective-permissions");
    cr_expect_eq(answer.status, 404);
    wire_close(&wire);
}

Test(grants, a_body_says_only_what_a_grant_has)
{
    static const struct {
        const char *relation, *body, *has;
    } bad[] = {
        { "roles", "{\"effect\":\"deny\"}",
          "\"pointer\":\"/effect\",\"code\":\"unknown_field\"" },
        { "roles", "{\"expires_at\":\"tomorrow\"}",
          "\"pointer\":\"/expires_at\",\"code\":\"invalid_format\"" },
        { "permissions", "{\"effect\":\"maybe\",\"id\":1}",
          "\"pointer\":\"/id\",\"code\":\"unknown_field\"" },
        { "permissions", "{\"effect\":null}",
          "\"pointer\":\"/effect\",\"code\":\"not_null\"" },
        { "permissions", "[]", "must be an object" },
    };
    struct answer answer;
    const char *user;
    struct wire wire;

    wire_open(&wire);
    user = made_user(&wire);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        answer = ADMIN(&wire, bad[i].body, "PUT /v1/users/%s/%s/" NOBODY, user,
                       bad[i].relation);
        cr_expect_eq(answer.status, 422, "%s", bad[i].body);
        cr_expect(answer_has(&answer, bad[i].has), "%.*s",
                  TEXT_ARG(answer.body));
    }
    answer = ADMIN(&wire, "{", "PUT /v1/users/%s/roles/" NOBODY, user);
    cr_expect_eq(answer.status, 400);
    answer =
        ADMIN(&wire, "{\"x\":1}", "PUT /v1/roles/" NOBODY "/parents/" NOBODY);
    cr_expect_eq(answer.status, 422, "%.*s", TEXT_ARG(answer.body));
    wire_close(&wire);
}

/* --- effective permissions --------------------------------------------------
 */

Test(grants, effective_permissions_tell_every_chain)
{
    const char *key, *user, *top, *middle, *base, *permission, *rights;
    struct wire wire;

    wire_open(&wire);
    key = made_key(&wire);
    user = made_user(&wire);
    top = made_role(&wire, arena_format(&wire.arena, "t%s", key));
    middle = made_role(&wire, arena_format(&wire.arena, "m%s", key));
    base = made_role(&wire, arena_format(&wire.arena, "b%s", key));
    permission =
        made_permission(&wire, arena_format(&wire.arena, "%s:read", key));
    ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", top, middle);
    ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", middle, base);
    ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", top, base);
    ADMIN(&wire, NULL, "PUT /v1/roles/%s/permissions/%s", base, permission);
    ADMIN(&wire, NULL, "PUT /v1/users/%s/roles/%s", user, top);
    rights =
        body_of(&wire, ADMIN(&wire, NULL,
                             "GET /v1/users/%s/effective-permissions", user));
    cr_expect(
        strstr(rights, arena_format(&wire.arena,
                                    "{\"permission\":\"%s:read\",\"effect\":"
                                    "\"allow\",\"via\":[[\"t%s\",\"b%s\"],"
                                    "[\"t%s\",\"m%s\",\"b%s\"]]}",
                                    key, key, key, key, key, key)),
        "%s", rights);
    cr_expect(strstr(rights, "{\"permission\":\"bills:read\",\"effect\":"
                             "\"allow\",\"via\":[[\"anonymous\"]]}"),
              "%s", rights);
    ADMIN(&wire, "{\"effect\":\"deny\"}", "PUT /v1/users/%s/permissions/%s",
          user, permission);
    rights =
        body_of(&wire, ADMIN(&wire, NULL,
                             "GET /v1/users/%s/effective-permissions", user));
    cr_expect(
        strstr(rights, arena_format(&wire.arena,
                                    "{\"permission\":\"%s:read\",\"effect\":"
                                    "\"deny\",\"via\":[[],",
                                    key)),
        "%s", rights);
    ADMIN(&wire,
          "{\"effect\":\"deny\",\"expires_at\":\"2001-01-01T00:00:00Z\"}",
          "PUT /v1/users/%s/permissions/%s", user, permission);
    rights =
        body_of(&wire, ADMIN(&wire, NULL,
                             "GET /v1/users/%s/effective-permissions", user));
    cr_expect_not(strstr(rights, "deny"), "it expired: %s", rights);
    wire_close(&wire);
}

/* --- cycles -----------------------------------------------------------------
 */

Test(grants, roles_never_go_in_circles)
{
    const char *key, *a, *b, *c;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    key = made_key(&wire);
    a = made_role(&wire, arena_format(&wire.arena, "a%s", key));
    b = made_role(&wire, arena_format(&wire.arena, "b%s", key));
    c = made_role(&wire, arena_format(&wire.arena, "c%s", key));
    answer = ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", a, a);
    cr_expect_eq(answer.status, 409);
    cr_expect(answer_has(&answer, "\"code\":\"role_cycle\""));
    answer = ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", a, b);
    cr_expect_eq(answer.status, 201);
    answer = ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", b, c);
    cr_expect_eq(answer.status, 201);
    answer = ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", c, a);
    cr_expect_eq(answer.status, 409);
    answer = ADMIN(&wire, NULL, "GET /v1/roles/%s/parents", c);
    cr_expect_str_eq(body_of(&wire, answer), "[]");
    ADMIN(&wire, NULL, "DELETE /v1/roles/%s/parents/%s", a, b);
    answer = ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", c, a);
    cr_expect_eq(answer.status, 201, "there is no circle any more");
    wire_close(&wire);
}

enum { ROUNDS = 60 };

/* One of two that would close the circle together. */
struct side {
    pthread_barrier_t *start;
    const char *role, *parent;
    int statuses[ROUNDS];
};

static void *put_and_wait(void *arg)
{
    struct side *side = arg;
    struct wire wire;

    wire_open(&wire);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(side->start);
        side->statuses[i] = ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s",
                                  side->role, side->parent)
                                .status;
        pthread_barrier_wait(side->start);
        ADMIN(&wire, NULL, "DELETE /v1/roles/%s/parents/%s", side->role,
              side->parent);
    }
    wire_close(&wire);
    return NULL;
}

Test(grants, two_at_once_never_close_a_circle, .timeout = 120)
{
    struct side sides[2] = { 0 };
    pthread_barrier_t start;
    const char *key, *middle;
    pthread_t threads[2];
    struct wire wire;

    wire_open(&wire);
    key = made_key(&wire);
    middle = made_role(&wire, arena_format(&wire.arena, "m%s", key));
    sides[0].role = sides[1].parent =
        made_role(&wire, arena_format(&wire.arena, "a%s", key));
    sides[1].role = made_role(&wire, arena_format(&wire.arena, "b%s", key));
    sides[0].parent = middle;
    ADMIN(&wire, NULL, "PUT /v1/roles/%s/parents/%s", middle, sides[1].role);
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        sides[i].start = &start;
        cr_assert_eq(pthread_create(&threads[i], NULL, put_and_wait, &sides[i]),
                     0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < ROUNDS; i++)
        cr_expect_eq(sides[0].statuses[i] + sides[1].statuses[i], 201 + 409,
                     "round %d: %d and %d", i, sides[0].statuses[i],
                     sides[1].statuses[i]);
    pthread_barrier_destroy(&start);
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(grants, are_no_strangers_business,
    { "GET /v1/users", .expect = 401, .code = "unauthenticated" },
    { "GET /v1/roles", .expect = 401 },
    { "GET /v1/permissions", .expect = 401 },
    { "GET /v1/users/" NOBODY "/roles", .expect = 401 },
    { "GET /v1/users/" NOBODY "/effective-permissions", .expect = 401 },
    { "PUT /v1/roles/" NOBODY "/parents/" NOBODY, .expect = 401 },
    { "DELETE /v1/users/" NOBODY "/roles/" NOBODY, .expect = 401 })

SCENARIO(grants, users_roles_and_permissions_are_resources,
    { "GET /v1/roles?key=admin&embed=permissions,parents", .as_admin = true,
      .expect = 200, .has = "\"key\":\"*:*\"" },
    { "GET /v1/permissions?resource=bills&action=read&scope=any",
      .as_admin = true, .expect = 200, .has = "\"key\":\"bills:read\"" },
    { "GET /v1/users?limit=2&embed=roles&sort=-email", .as_admin = true,
      .expect = 200 },
    { "GET /v1/permissions?system=true", .as_admin = true, .expect = 400 },
    { "GET /v1/roles?embed=users", .as_admin = true, .expect = 400 },
    { "POST /v1/permissions", .as_admin = true, .body = "{\"key\":\"read\"}",
      .expect = 422, .has = "must be resource:action" },
    { "POST /v1/roles", .as_admin = true,
      .body = "{\"key\":\"admin\",\"name\":\"Me\"}", .expect = 409,
      .code = "duplicate" },
    { "POST /v1/roles", .as_admin = true,
      .body = "{\"key\":\"Own\",\"name\":\"Me\",\"system\":true}",
      .expect = 422, .has = "\"pointer\":\"/system\",\"code\":\"read_only\"" })

SCENARIO(grants, links_are_paged_by_limit_and_offset_only,
    { "GET /v1/users/" NOBODY "/roles?limit=0", .as_admin = true,
      .expect = 400, .code = "invalid_parameter" },
    { "GET /v1/users/" NOBODY "/roles?sort=key", .as_admin = true,
      .expect = 400 },
    { "PATCH /v1/users/" NOBODY "/roles", .as_admin = true, .expect = 405,
      .header = "Allow: GET, HEAD, OPTIONS" })
/* clang-format on */
