/* SPDX-License-Identifier: MIT */
/* AuthZEN Authorization API 1.0: decisions, one or several. */
#include "wire/authorizing.h"

#define BILL "\"type\":\"bill\",\"id\":\"119-hr-1\""
#define OWN(w, owner) \
    SAY(w, BILL ",\"properties\":{\"owner_id\":\"%s\"}", owner)

/* --- decisions ------------------------------------------------------------ */

Test(authzen, a_role_s_permission_decides)
{
    struct signed_in editor, viewer;
    struct wire wire;

    wire_open(&wire);
    editor = sign_in(&wire, "editor");
    viewer = sign_in(&wire, "viewer");
    EXPECT_DECISION(&wire, editor.id, "update", BILL, YES);
    EXPECT_DECISION(&wire, viewer.id, "update", BILL, NO);
    EXPECT_DECISION(&wire, viewer.id, "read", BILL, YES);
    wire_close(&wire);
}

Test(authzen, a_type_is_meant_by_its_plural_or_by_itself)
{
    const char *thing = NULL;
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    thing = some_key(&wire);
    EXPECT_DECISION(&wire, user.id, "update", "\"type\":\"bills\",\"id\":\"1\"",
                    YES);
    EXPECT_DECISION(&wire, user.id, "read", "\"type\":\"person\",\"id\":\"1\"",
                    YES);
    give_directly(&wire, &user, SAY(&wire, "%s:open", thing), "allow");
    give_directly(&wire, &user, SAY(&wire, "%ss:close", thing), "allow");
    EXPECT_DECISION(&wire, user.id, "open",
                    SAY(&wire, "\"type\":\"%s\",\"id\":\"1\"", thing), YES);
    EXPECT_DECISION(&wire, user.id, "close",
                    SAY(&wire, "\"type\":\"%s\",\"id\":\"1\"", thing), YES);
    EXPECT_DECISION(&wire, user.id, "lock",
                    SAY(&wire, "\"type\":\"%s\",\"id\":\"1\"", thing), NO);
    wire_close(&wire);
}

Test(authzen, a_subject_is_a_user_by_id_email_or_external_id)
{
    const char *key, *path;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    path = make(&wire, "users",
                SAY(&wire,
                    "{\"email\":\"%s@tests\",\"display_name\":\"%s\","
                    "\"external_id\":\"x-%s\"}",
                    key, key, key));
    EXPECT_DECISION(&wire, id_of(path), "read", BILL, YES);
    EXPECT_DECISION(&wire, SAY(&wire, "%s@tests", key), "read", BILL, YES);
    EXPECT_DECISION(&wire, SAY(&wire, "%s@TESTS", key), "read", BILL, YES);
    EXPECT_DECISION(&wire, SAY(&wire, "x-%s", key), "read", BILL, YES);
    wire_close(&wire);
}

Test(authzen, what_is_unknown_is_denied)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    EXPECT_DECISION(&wire, "nobody@tests.invalid", "read", BILL, NO);
    EXPECT_DECISION(&wire, user.id, "levitate", BILL, NO);
    EXPECT_DECISION(&wire, user.id, "read", "\"type\":\"moon\",\"id\":\"1\"",
                    NO);
    EXPECT_DECISION(&wire, user.id, "*", BILL, NO);
    EXPECT_DECISION(&wire, user.id, "update:own", BILL, NO);
    EXPECT(
        evaluate(&wire,
                 SAY(&wire,
                     "{\"subject\":{\"type\":\"robot\",\"id\":\"%s\"},"
                     "\"action\":{\"name\":\"read\"},\"resource\":{" BILL "}}",
                     user.id)),
        200, NO);
    wire_close(&wire);
}

Test(authzen, who_is_suspended_or_deleted_may_nothing)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "admin");
    EXPECT_DECISION(&wire, user.id, "purge", BILL, YES);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", user.path), NULL,
               "{\"status\":\"suspended\"}"),
           200, NULL);
    EXPECT_DECISION(&wire, user.id, "read", BILL, NO);
    EXPECT(drop(&wire, user.path), 200, NULL);
    EXPECT_DECISION(&wire, user.id, "read", BILL, NO);
    wire_close(&wire);
}

Test(authzen, a_revoked_role_decides_no_more)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    EXPECT_DECISION(&wire, user.id, "update", BILL, YES);
    EXPECT(drop(&wire,
                SAY(&wire, "%s/roles/%s", user.path, role_id(&wire, "editor"))),
           200, NULL);
    EXPECT_DECISION(&wire, user.id, "update", BILL, NO);
    wire_close(&wire);
}

Test(authzen, a_deny_wins_under_either_name)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "admin");
    EXPECT_DECISION(&wire, user.id, "purge", BILL, YES);
    give_directly(&wire, &user, "bills:purge", "deny");
    EXPECT_DECISION(&wire, user.id, "purge", BILL, NO);
    give_directly(&wire, &user, "bill:delete", "deny");
    EXPECT_DECISION(&wire, user.id, "delete", BILL, NO);
    EXPECT_DECISION(&wire, user.id, "update", BILL, YES);
    wire_close(&wire);
}

/* --- one's own ------------------------------------------------------------ */

Test(authzen, own_is_decided_by_the_owner_that_is_told)
{
    struct signed_in user, other;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, make_role(&wire, "bills:update:own"));
    other = sign_in(&wire, NULL);
    EXPECT_DECISION(&wire, user.id, "update", OWN(&wire, user.id), YES);
    EXPECT_DECISION(&wire, user.id, "update", OWN(&wire, other.id), NO);
    EXPECT_DECISION(&wire, user.id, "update", OWN(&wire, "who@tests.invalid"),
                    NO);
    EXPECT_DECISION(&wire, user.id, "update", BILL, NO);
    EXPECT_DECISION(
        &wire, user.id, "update",
        SAY(&wire, BILL ",\"properties\":{\"ownerID\":\"%s\"}", user.id), YES);
    wire_close(&wire);
}

Test(authzen, an_owner_is_a_user_by_any_name)
{
    const char *key, *path, *email;
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, make_role(&wire, "bills:update:own"));
    key = some_key(&wire);
    email = SAY(&wire, "%s@own.tests", key);
    path = user.path;
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), NULL,
               SAY(&wire, "{\"email\":\"%s\",\"external_id\":\"x-%s\"}", email,
                   key)),
           200, NULL);
    EXPECT_DECISION(&wire, user.id, "update", OWN(&wire, email), YES);
    EXPECT_DECISION(&wire, SAY(&wire, "x-%s", key), "update", OWN(&wire, email),
                    YES);
    EXPECT_DECISION(&wire, email, "update", OWN(&wire, user.id), YES);
    wire_close(&wire);
}

Test(authzen, of_a_known_id_the_stored_owner_decides)
{
    struct signed_in user, other;
    struct answer made;
    const char *resource;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, make_role(&wire, "bills:create bills:update:own"));
    other = sign_in(&wire, make_role(&wire, "bills:update:own"));
    made = ask_as(&wire, user.token, "POST /v1/bills",
                  bill(&wire, some_key(&wire), ""));
    cr_assert_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
    resource = SAY(&wire, "\"type\":\"bill\",\"id\":\"%.*s\"",
                   TEXT_ARG(member(&made, "id")));
    EXPECT_DECISION(&wire, user.id, "update", resource, YES);
    EXPECT_DECISION(&wire, other.id, "update", resource, NO);
    EXPECT_DECISION(
        &wire, user.id, "update",
        SAY(&wire, "\"type\":\"bill\",\"id\":\"%s\"", some_id(&wire)), NO);
    wire_close(&wire);
}

Test(authzen, a_user_is_their_own_owner)
{
    struct signed_in user, other;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "viewer");
    other = sign_in(&wire, NULL);
    EXPECT_DECISION(&wire, user.id, "read",
                    SAY(&wire, "\"type\":\"user\",\"id\":\"%s\"", user.id),
                    YES);
    EXPECT_DECISION(&wire, user.id, "read",
                    SAY(&wire, "\"type\":\"user\",\"id\":\"%s\"", other.id),
                    NO);
    wire_close(&wire);
}

Test(authzen, a_deny_of_one_s_own_leaves_the_others)
{
    struct signed_in user, other;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    other = sign_in(&wire, NULL);
    give_directly(&wire, &user, "bills:update:own", "deny");
    EXPECT_DECISION(&wire, user.id, "update", OWN(&wire, user.id), NO);
    EXPECT_DECISION(&wire, user.id, "update", OWN(&wire, other.id), YES);
    EXPECT_DECISION(&wire, user.id, "update", BILL, NO);
    wire_close(&wire);
}

/* --- why ------------------------------------------------------------------ */

Test(authzen, the_reason_is_the_chain_of_roles)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    EXPECT(evaluate(&wire,
                    SAY(&wire,
                        "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                        "\"action\":{\"name\":\"update\"},\"resource\":{" BILL
                        "},\"context\":{\"reason\":true}}",
                        user.id)),
           200,
           "{\"decision\":true,\"context\":{\"reason\":[{\"permission\":"
           "\"bills:update\",\"effect\":\"allow\",\"via\":[[\"editor\"]]}]}}");
    give_directly(&wire, &user, "bills:*", "deny");
    EXPECT(evaluate(&wire,
                    SAY(&wire,
                        "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                        "\"action\":{\"name\":\"update\"},\"resource\":{" BILL
                        "},\"context\":{\"reason\":true}}",
                        user.id)),
           200,
           "{\"decision\":false,\"context\":{\"reason\":[{\"permission\":"
           "\"bills:*\",\"effect\":\"deny\",\"via\":[[]]}");
    wire_close(&wire);
}

SCENARIO(
    authzen, nothing_bears_on_what_is_unknown,
    { "POST /access/v1/evaluation", .as_admin = true, .expect = 200,
      .body = "{\"subject\":{\"type\":\"user\",\"id\":\"no@tests.invalid\"},"
              "\"action\":{\"name\":\"read\"},\"resource\":{" BILL "},"
              "\"context\":{\"reason\":true}}",
      .has = "{\"decision\":false,\"context\":{\"reason\":[]}}" })

/* --- who may ask ---------------------------------------------------------- */

Test(authzen, whoever_is_signed_in_may_ask_about_themselves)
{
    struct signed_in user, other;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    other = sign_in(&wire, NULL);
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/evaluation",
                  question(&wire, user.id, "read", BILL)),
           200, YES);
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/evaluation",
                  question(&wire, other.id, "read", BILL)),
           403, "authz:check");
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/evaluation",
                  question(&wire, "nobody@tests.invalid", "read", BILL)),
           403, "authz:check");
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/evaluations",
                  SAY(&wire, "{\"evaluations\":[%s,%s]}",
                      question(&wire, user.id, "read", BILL),
                      question(&wire, other.id, "read", BILL))),
           403, NULL);
    give_directly(&wire, &user, "authz:check", "allow");
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/evaluation",
                  question(&wire, other.id, "read", BILL)),
           200, YES);
    wire_close(&wire);
}

SCENARIO(authzen, who_is_nobody_may_not_ask,
         { "POST /access/v1/evaluation", .expect = 401, .body = "{}",
           .code = "unauthenticated" },
         { "POST /access/v1/evaluations", .expect = 401, .body = "{}" })

/* --- several -------------------------------------------------------------- */

#define SEVERAL(options)                                              \
    SAY(&wire,                                                        \
        "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"             \
        "\"action\":{\"name\":\"read\"}," options "\"evaluations\":[" \
        "{\"resource\":{\"type\":\"bill\",\"id\":\"1\"}},"            \
        "{\"resource\":{\"type\":\"bill\",\"id\":\"2\"},"             \
        "\"action\":{\"name\":\"update\"}},"                          \
        "{\"resource\":{\"type\":\"person\",\"id\":\"3\"}}]}",        \
        user.id)

Test(authzen, several_questions_take_what_they_lack_from_the_top)
{
    static const char all[] = "{\"evaluations\":[" YES "," NO "," YES "]}";
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    EXPECT(post(&wire, "/access/v1/evaluations", SEVERAL("")), 200, all);
    EXPECT(post(&wire, "/access/v1/evaluations",
                SEVERAL("\"options\":{\"evaluations_semantic\":"
                        "\"execute_all\"},")),
           200, all);
    EXPECT(post(&wire, "/access/v1/evaluations",
                SEVERAL("\"options\":{\"else\":1},")),
           200, all);
    wire_close(&wire);
}

Test(authzen, deny_on_first_deny_ends_there)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    EXPECT(post(&wire, "/access/v1/evaluations",
                SEVERAL("\"options\":{\"evaluations_semantic\":"
                        "\"deny_on_first_deny\"},")),
           200, "{\"evaluations\":[" YES "," NO "]}");
    wire_close(&wire);
}

Test(authzen, permit_on_first_permit_ends_there)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    EXPECT(post(&wire, "/access/v1/evaluations",
                SEVERAL("\"options\":{\"evaluations_semantic\":"
                        "\"permit_on_first_permit\"},")),
           200, "{\"evaluations\":[" YES "]}");
    wire_close(&wire);
}

Test(authzen, without_evaluations_the_body_is_the_question)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    EXPECT(post(&wire, "/access/v1/evaluations",
                question(&wire, user.id, "read", BILL)),
           200, YES);
    EXPECT(post(&wire, "/access/v1/evaluations",
                SAY(&wire,
                    "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                    "\"action\":{\"name\":\"read\"},\"resource\":{" BILL
                    "},\"evaluations\":[]}",
                    user.id)),
           200, YES);
    wire_close(&wire);
}

Test(authzen, what_one_of_several_lacks_denies_that_one)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    EXPECT(post(&wire, "/access/v1/evaluations",
                SAY(&wire,
                    "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                    "\"action\":{\"name\":\"read\"},\"evaluations\":["
                    "{},7,{\"resource\":{" BILL "}}]}",
                    user.id)),
           200,
           "{\"evaluations\":[{\"decision\":false,\"context\":{\"error\":"
           "{\"status\":400,\"message\":\"resource is missing\"}}},"
           "{\"decision\":false,\"context\":{\"error\":{\"status\":400,"
           "\"message\":\"an evaluation must be an object\"}}}," YES "]}");
    wire_close(&wire);
}

/* --- bad questions -------------------------------------------------------- */

#define BAD(text, why)                                                  \
    {                                                                   \
        "POST /access/v1/evaluation", .as_admin = true, .body = (text), \
                                      .expect = 400, .has = (why)       \
    }

SCENARIO(authzen, what_is_missing_or_of_another_type_is_400, BAD("", NULL),
         BAD("{", NULL), BAD("[]", "must be an object"),
         BAD("{}", "subject is missing"),
         BAD("{\"subject\":\"me\"}", "subject must be an object"),
         BAD("{\"subject\":{\"type\":\"user\"},\"action\":{\"name\":\"read\"},"
             "\"resource\":{" BILL "}}",
             "subject.id is missing"),
         BAD("{\"subject\":{\"type\":\"user\",\"id\":7},\"action\":"
             "{\"name\":\"read\"},\"resource\":{" BILL "}}",
             "subject.id must be a string"),
         BAD("{\"subject\":{\"type\":\"user\",\"id\":\"\"},\"action\":"
             "{\"name\":\"read\"},\"resource\":{" BILL "}}",
             "subject.id must not be empty"),
         BAD("{\"subject\":{\"type\":\"user\",\"id\":\"a\"},\"action\":{},"
             "\"resource\":{" BILL "}}",
             "action.name is missing"),
         BAD("{\"subject\":{\"type\":\"user\",\"id\":\"a\"},\"action\":"
             "{\"name\":\"read\"},\"resource\":{\"id\":\"1\"}}",
             "resource.type is missing"),
         BAD("{\"subject\":{\"type\":\"user\",\"id\":\"a\"},\"action\":"
             "{\"name\":\"read\"},\"resource\":{" BILL "},\"context\":[]}",
             "context must be an object"),
         BAD("{\"subject\":{\"type\":\"user\",\"id\":\"a\\u0000\"},\"action\":"
             "{\"name\":\"read\"},\"resource\":{" BILL "}}",
             NULL))

SCENARIO(authzen, what_several_must_look_like,
         { "POST /access/v1/evaluations", .as_admin = true, .expect = 400,
           .body = "{\"evaluations\":{}}", .has = "must be a list" },
         { "POST /access/v1/evaluations", .as_admin = true, .expect = 400,
           .body = "{\"evaluations\":[{}],\"options\":[]}",
           .has = "options must be an object" },
         { "POST /access/v1/evaluations", .as_admin = true, .expect = 400,
           .body = "{\"evaluations\":[{}],\"options\":"
                   "{\"evaluations_semantic\":\"first\"}}",
           .has = "evaluations_semantic" })

SCENARIO(authzen, unknown_members_are_ignored,
         { "POST /access/v1/evaluation", .as_admin = true, .expect = 200,
           .body = "{\"subject\":{\"type\":\"user\",\"id\":\"tests-admin\","
                   "\"identity\":\"x\",\"properties\":{\"a\":1}},"
                   "\"action\":{\"name\":\"read\",\"properties\":{}},"
                   "\"resource\":{" BILL ",\"userID\":\"u\"},"
                   "\"context\":{\"time\":\"now\"},\"more\":[1,2]}",
           .has = YES })

/* --- HTTP ----------------------------------------------------------------- */

Test(authzen, another_media_type_is_400)
{
    static const char body[] =
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\n"
        "Authorization: Bearer %s\r\n%sContent-Length: 2\r\n\r\n{}";
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, SAY(&wire, body, getenv("ADMIN_TOKEN"),
                                "Content-Type: text/plain\r\n"));
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 400, "%d", answer.status);
    wire_send_string(&wire, SAY(&wire, body, getenv("ADMIN_TOKEN"), ""));
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 400, "%d", answer.status);
    wire_close(&wire);
}

Test(authzen, any_request_id_comes_back)
{
    static const char *const ids[] = { "bfe9eb29-ab87-4ca3-be83-a1d5d8305716",
                                       "a b/c:{d}\"~", NULL };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    for (unsigned i = 0; ids[i]; i++) {
        answer = ask(&wire, "POST /access/v1/evaluation",
                     SAY(&wire, "X-Request-ID: %s\r\n", ids[i]),
                     question(&wire, "tests-admin", "read", BILL));
        cr_expect(text_is(answer_header(&answer, "X-Request-ID"), ids[i]),
                  "%.*s", TEXT_ARG(answer.head));
        answer = ask(&wire, "POST /access/v1/evaluations",
                     SAY(&wire, "X-Request-ID: %s\r\n", ids[i]), "{}");
        cr_expect_eq(answer.status, 400);
        cr_expect(text_is(answer_header(&answer, "X-Request-ID"), ids[i]));
    }
    wire_close(&wire);
}

SCENARIO(authzen, endpoints_are_found_by_the_configuration,
         { "GET /.well-known/authzen-configuration", .expect = 200,
           .header = "Content-Type: application/json",
           .has = "/access/v1/evaluation\"" },
         { "GET /.well-known/authzen-configuration", .expect = 200,
           .has = "{\"policy_decision_point\":\"http://127.0.0.1:" },
         { "GET /.well-known/authzen-configuration", .expect = 200,
           .has = "\"access_evaluations_endpoint\":\"http://127.0.0.1:" })
