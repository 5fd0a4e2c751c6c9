/* SPDX-License-Identifier: MIT */
/* Who asks, and what becomes of it: tokens, users and rights over the wire. */
#include "support/own_service.h"
#include "wire/signed_in.h"

#include <time.h>

/* Header and claims of the reader's choice, and no signature. */
#define NONE_TOKEN \
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0cy1hZG1pbiIsImV4cCI6OTk5OTk5OTk5OX0."

/* --- credentials ---------------------------------------------------------- */

SCENARIO(identity, no_credentials_are_anonymous,
         { "GET /v1/bills?limit=1", .expect = 200 },
         { "GET /v1/people?limit=1", .expect = 200 },
         { "GET /v1/users", .expect = 401, .code = "unauthenticated",
           .header = "WWW-Authenticate: Bearer realm=\"portcullis\"" },
         { "GET /v1/me", .expect = 401, .code = "unauthenticated" })

SCENARIO(identity, bad_credentials_are_401_even_where_none_are_needed,
         { "GET /v1/bills", "Authorization: Bearer nonsense\r\n", .expect = 401,
           .code = "unauthenticated" },
         { "GET /v1/bills", "Authorization: Bearer " NONE_TOKEN "\r\n",
           .expect = 401 },
         { "GET /v1/bills", "Authorization: Basic dTpw\r\n", .expect = 401 },
         { "GET /v1/bills", "Authorization: Bearer\r\n", .expect = 401 },
         { "GET /v1/bills",
           "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
           .expect = 401 })

SCENARIO(identity, probes_ask_nobody_who_they_are,
         { "GET /livez", "Authorization: Bearer nonsense\r\n", .expect = 200 })

Test(identity, a_subject_is_an_id_or_an_external_id)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    EXPECT(ask_as(&wire, user.token, "GET /v1/me", NULL), 200, user.id);
    EXPECT(ask_as(&wire, token_of(&wire, "tests-admin"), "GET /v1/me", NULL),
           200, "\"external_id\":\"tests-admin\"");
    EXPECT(ask_as(&wire, token_of(&wire, "nobody-of-this-name"),
                  "GET /v1/bills", NULL),
           401, "unauthenticated");
    wire_close(&wire);
}

Test(identity, who_is_suspended_is_nobody_at_once)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "viewer");
    EXPECT(ask_as(&wire, user.token, "GET /v1/bills?limit=1", NULL), 200, NULL);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", user.path), NULL,
               "{\"status\":\"suspended\"}"),
           200, NULL);
    EXPECT(ask_as(&wire, user.token, "GET /v1/bills?limit=1", NULL), 401, NULL);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", user.path), NULL,
               "{\"status\":\"active\"}"),
           200, NULL);
    EXPECT(ask_as(&wire, user.token, "GET /v1/bills?limit=1", NULL), 200, NULL);
    EXPECT(drop(&wire, user.path), 200, NULL);
    EXPECT(ask_as(&wire, user.token, "GET /v1/bills?limit=1", NULL), 401, NULL);
    wire_close(&wire);
}

/* As if what differs by nature in each answer were not there. */
static const char *refusal(struct wire *wire, const char *credential)
{
    struct answer answer = ask_as(wire, credential, "GET /v1/me", NULL);
    const char *body = SAY(wire, "%.*s", TEXT_ARG(answer.body));
    const char *id = strstr(body, "\"request_id\":");

    cr_expect_eq(answer.status, 401);
    cr_assert_not_null(id);
    return SAY(wire, "%.*s%s", (int)(id - body), body, strchr(id, ','));
}

Test(identity, of_bad_credentials_none_is_told_from_another)
{
    struct signed_in user;
    const char *said, *others[4];
    char *forged;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    forged = (char *)(uintptr_t)SAY(&wire, "%s", user.token);
    forged[strlen(forged) - 10] ^= 1;
    said = refusal(&wire, forged);
    others[0] = refusal(&wire, token_of(&wire, "nobody-of-this-name"));
    others[1] = refusal(&wire, "pck_no");
    others[2] = refusal(&wire, "no token at all");
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", user.path), NULL,
               "{\"status\":\"suspended\"}"),
           200, NULL);
    others[3] = refusal(&wire, user.token);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        cr_expect_str_eq(others[i], said);
    wire_close(&wire);
}

/* --- rights --------------------------------------------------------------- */

Test(identity, an_editor_writes_bills_and_a_viewer_does_not)
{
    struct signed_in editor, viewer;
    struct wire wire;

    wire_open(&wire);
    editor = sign_in(&wire, "editor");
    viewer = sign_in(&wire, "viewer");
    EXPECT(ask_as(&wire, editor.token, "POST /v1/bills",
                  bill(&wire, some_key(&wire), "")),
           201, NULL);
    EXPECT(ask_as(&wire, viewer.token, "POST /v1/bills",
                  bill(&wire, some_key(&wire), "")),
           403, "bills:create");
    EXPECT(ask_as(&wire, editor.token, "POST /v1/people", "{}"), 403, NULL);
    wire_close(&wire);
}

Test(identity, a_role_that_is_revoked_is_gone_with_the_answer)
{
    struct signed_in user;
    const char *role;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    role = SAY(&wire, "%s/roles/%s", user.path, role_id(&wire, "editor"));
    for (int i = 0; i < 5; i++) {
        EXPECT(ask_as(&wire, user.token, "POST /v1/bills",
                      bill(&wire, some_key(&wire), "")),
               201, NULL);
        EXPECT(drop(&wire, role), 200, NULL);
        EXPECT(ask_as(&wire, user.token, "POST /v1/bills",
                      bill(&wire, some_key(&wire), "")),
               403, NULL);
        EXPECT(put(&wire, role, "{}"), 201, NULL);
    }
    wire_close(&wire);
}

Test(identity, a_revocation_holds_on_another_instance_too)
{
    struct own_service own;
    struct signed_in user;
    struct wire here, there;
    const char *role;

    wire_open(&here);
    user = sign_in(&here, "editor");
    role = SAY(&here, "%s/roles/%s", user.path, role_id(&here, "editor"));
    own = own_service_start("--cors-origins=");
    wire_open(&there);
    for (int i = 0; i < 5; i++) {
        EXPECT(ask_as(&there, user.token, "POST /v1/bills",
                      bill(&there, some_key(&there), "")),
               201, NULL);
        EXPECT(drop(&here, role), 200, NULL);
        EXPECT(ask_as(&there, user.token, "POST /v1/bills",
                      bill(&there, some_key(&there), "")),
               403, NULL);
        EXPECT(put(&here, role, "{}"), 201, NULL);
    }
    wire_close(&there);
    own_service_stop(&own);
    wire_close(&here);
}

Test(identity, a_denial_wins_over_every_role)
{
    struct signed_in user;
    struct answer found;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    found = get(&wire, "/v1/permissions?key=bills:create");
    EXPECT(put(&wire,
               SAY(&wire, "%s/permissions/%.*s", user.path,
                   TEXT_ARG(member(&found, "id"))),
               "{\"effect\":\"deny\"}"),
           201, NULL);
    EXPECT(ask_as(&wire, user.token, "POST /v1/bills",
                  bill(&wire, some_key(&wire), "")),
           403, NULL);
    EXPECT(ask_as(&wire, user.token, "GET /v1/bills?limit=1", NULL), 200, NULL);
    wire_close(&wire);
}

Test(identity, a_batch_asks_for_each_operations_permission)
{
    struct signed_in editor;
    const char *key;
    struct wire wire;

    wire_open(&wire);
    editor = sign_in(&wire, "editor");
    key = some_key(&wire);
    EXPECT(ask_as(&wire, editor.token, "POST /v1/batch",
                  SAY(&wire,
                      "[{\"method\":\"POST\",\"path\":\"/v1/bills\","
                      "\"body\":%s},{\"method\":\"POST\","
                      "\"path\":\"/v1/roles\",\"body\":{\"key\":\"%s\","
                      "\"name\":\"x\"}}]",
                      bill(&wire, key, ""), key)),
           403, "\"failed_at\":1");
    EXPECT(get(&wire, SAY(&wire, "/v1/bills?session=%s", key)), 200, "[]");
    wire_close(&wire);
}

Test(identity, me_has_roles_and_what_they_give)
{
    struct signed_in user;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    answer = ask_as(&wire, user.token, "GET /v1/me", NULL);
    EXPECT(answer, 200, "\"key\":\"editor\"");
    EXPECT(answer, 200,
           "{\"permission\":\"bills:create\",\"effect\":\"allow\",\"via\":"
           "[[\"editor\"]]}");
    EXPECT(ask_as(&wire, sign_in(&wire, NULL).token, "GET /v1/me", NULL), 200,
           "\"roles\":[]");
    EXPECT(ask_as(&wire, user.token, "GET /v1/me?fields=id", NULL), 400, NULL);
    wire_close(&wire);
}

/* --- deleted, purged ------------------------------------------------------ */

Test(identity, what_is_deleted_and_purging_ask_for_more)
{
    struct signed_in editor;
    struct wire wire;
    const char *path;

    wire_open(&wire);
    editor = sign_in(&wire, "editor");
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    EXPECT(ask_as(&wire, editor.token, SAY(&wire, "DELETE %s?purge=true", path),
                  NULL),
           403, "bills:purge");
    EXPECT(ask_as(&wire, editor.token, "GET /v1/bills?deleted=only", NULL), 403,
           NULL);
    EXPECT(ask_as(&wire, editor.token, SAY(&wire, "DELETE %s", path), NULL),
           200, NULL);
    EXPECT(
        ask_as(&wire, editor.token, SAY(&wire, "POST %s/restore", path), NULL),
        403, "bills:restore");
    wire_close(&wire);
}

/* --- API keys ------------------------------------------------------------- */

static const char *make_key(struct wire *wire, const char *token,
                            const char *body, struct answer *ret_made)
{
    *ret_made = ask_as(wire, token, "POST /v1/api-keys", body);
    cr_assert_eq(ret_made->status, 201, "%.*s", TEXT_ARG(ret_made->body));
    return SAY(wire, "%.*s", TEXT_ARG(member(ret_made, "secret")));
}

Test(identity, a_key_signs_in_and_is_shown_once)
{
    struct signed_in user;
    struct answer made;
    const char *key, *path;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    key = make_key(&wire, user.token, "{\"name\":\"mine\"}", &made);
    path = SAY(&wire, "/v1/api-keys/%.*s", TEXT_ARG(member(&made, "id")));
    cr_expect(text_is(answer_header(&made, "Location"), path));
    EXPECT(ask_as(&wire, key, "GET /v1/me", NULL), 200, user.id);
    EXPECT(
        ask_as(&wire, key, "POST /v1/bills", bill(&wire, some_key(&wire), "")),
        201, NULL);
    made = ask_as(&wire, user.token, SAY(&wire, "GET %s", path), NULL);
    EXPECT(made, 200, "\"name\":\"mine\"");
    cr_expect_not(answer_has(&made, "secret"));
    EXPECT(ask_as(&wire, user.token, "GET /v1/api-keys", NULL), 200, "mine");
    EXPECT(ask_as(&wire, user.token, SAY(&wire, "DELETE %s", path), NULL), 200,
           NULL);
    EXPECT(ask_as(&wire, key, "GET /v1/bills?limit=1", NULL), 401, NULL);
    wire_close(&wire);
}

Test(identity, a_key_is_narrowed_to_its_scopes)
{
    struct signed_in user;
    struct answer made;
    const char *key;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    key = make_key(&wire, user.token,
                   "{\"name\":\"reads\",\"scopes\":[\"bills:read\"]}", &made);
    EXPECT(ask_as(&wire, key, "GET /v1/bills?limit=1", NULL), 200, NULL);
    EXPECT(
        ask_as(&wire, key, "POST /v1/bills", bill(&wire, some_key(&wire), "")),
        403, NULL);
    EXPECT(ask_as(&wire, key, "POST /v1/api-keys", "{\"name\":\"more\"}"), 422,
           "/scopes");
    EXPECT(ask_as(&wire, key, "POST /v1/api-keys",
                  "{\"name\":\"more\",\"scopes\":[\"bills:create\"]}"),
           422, "/scopes/0");
    EXPECT(ask_as(&wire, user.token, "POST /v1/api-keys",
                  "{\"name\":\"more\",\"scopes\":[\"bills:read\","
                  "\"roles:grant\"]}"),
           422, "/scopes/1");
    wire_close(&wire);
}

Test(identity, a_key_asks_about_its_user_within_its_scopes)
{
    const char *const read = "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                             "\"action\":{\"name\":\"read\"},"
                             "\"resource\":{\"type\":\"bill\",\"id\":\"x\"}}";
    const char *const create = "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                               "\"action\":{\"name\":\"create\"},"
                               "\"resource\":{\"type\":\"bill\",\"id\":\"x\"}}";
    const char *const actions =
        "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
        "\"resource\":{\"type\":\"bill\",\"id\":\"x\"}}";
    struct signed_in user;
    struct answer made;
    const char *key;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    key = make_key(&wire, user.token,
                   "{\"name\":\"reads\",\"scopes\":[\"bills:read\"]}", &made);
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/evaluation",
                  SAY(&wire, create, user.id)),
           200, "true");
    EXPECT(ask_as(&wire, key, "POST /access/v1/evaluation",
                  SAY(&wire, create, user.id)),
           200, "false");
    EXPECT(ask_as(&wire, key, "POST /access/v1/evaluation",
                  SAY(&wire, read, user.id)),
           200, "true");
    made = ask_as(&wire, key, "POST /access/v1/search/action",
                  SAY(&wire, actions, user.id));
    EXPECT(made, 200, "\"read\"");
    cr_expect_not(answer_has(&made, "create"));
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/search/action",
                  SAY(&wire, actions, user.id)),
           200, "\"create\"");
    wire_close(&wire);
}

Test(identity, a_search_for_subjects_minds_the_scopes_of_the_key_that_asks)
{
    const char *const who = "{\"subject\":{\"type\":\"user\"},"
                            "\"action\":{\"name\":\"purge\"},"
                            "\"resource\":{\"type\":\"bill\",\"id\":\"x\"}}";
    struct signed_in user;
    struct answer made;
    const char *key;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "admin");
    key = make_key(&wire, user.token,
                   "{\"name\":\"asks\",\"scopes\":[\"authz:check\"]}", &made);
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/search/subject", who),
           200, user.id);
    made = ask_as(&wire, key, "POST /access/v1/search/subject", who);
    EXPECT(made, 200, "results");
    cr_expect_not(answer_has(&made, user.id));
    wire_close(&wire);
}

Test(identity, when_a_key_was_used_is_told, .timeout = 60)
{
    const struct timespec a_while = { .tv_nsec = 100000000 };
    struct signed_in user;
    struct answer made, answer;
    const char *key, *path;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    key = make_key(&wire, user.token, "{\"name\":\"mine\"}", &made);
    path = SAY(&wire, "GET /v1/api-keys/%.*s", TEXT_ARG(member(&made, "id")));
    EXPECT(ask_as(&wire, user.token, path, NULL), 200, "\"last_used_at\":null");
    EXPECT(ask_as(&wire, key, "GET /v1/me", NULL), 200, user.id);
    answer = ask_as(&wire, user.token, path, NULL);
    for (int i = 0; i < 300 && answer_has(&answer, "\"last_used_at\":null");
         i++) {
        nanosleep(&a_while, NULL);
        answer = ask_as(&wire, user.token, path, NULL);
    }
    EXPECT(answer, 200, "\"last_used_at\":\"20");
    cr_expect(text_equal(member(&answer, "version"), member(&made, "version")));
    cr_expect(
        text_equal(member(&answer, "updated_at"), member(&made, "updated_at")));
    wire_close(&wire);
}

Test(identity, keys_of_others_are_theirs)
{
    struct signed_in one, other;
    struct answer made;
    const char *path, *key;
    struct wire wire;

    wire_open(&wire);
    one = sign_in(&wire, "editor");
    other = sign_in(&wire, "editor");
    make_key(&wire, one.token, "{\"name\":\"mine\"}", &made);
    path = SAY(&wire, "/v1/api-keys/%.*s", TEXT_ARG(member(&made, "id")));
    EXPECT(ask_as(&wire, other.token, SAY(&wire, "GET %s", path), NULL), 404,
           NULL);
    EXPECT(ask_as(&wire, other.token, SAY(&wire, "DELETE %s", path), NULL), 404,
           NULL);
    EXPECT(ask_as(&wire, other.token, "GET /v1/api-keys", NULL), 200, "[]");
    EXPECT(ask_as(&wire, other.token, "POST /v1/api-keys",
                  SAY(&wire, "{\"name\":\"x\",\"user_id\":\"%s\"}", one.id)),
           403, "api-keys:create");
    made = post(&wire, "/v1/api-keys",
                SAY(&wire, "{\"name\":\"x\",\"user_id\":\"%s\"}", one.id));
    EXPECT(made, 201, one.id);
    key = SAY(&wire, "%.*s", TEXT_ARG(member(&made, "secret")));
    EXPECT(ask_as(&wire, key, "GET /v1/me", NULL), 200, one.id);
    wire_close(&wire);
}

SCENARIO(identity, keys_are_not_for_strangers_and_not_for_ever,
         { "GET /v1/api-keys", .expect = 401 },
         { "POST /v1/api-keys", .body = "{\"name\":\"x\"}", .expect = 401 },
         { "POST /v1/api-keys",
           .body = "{\"name\":\"x\",\"expires_at\":"
                   "\"2020-01-01T00:00:00Z\"}",
           .as_admin = true, .expect = 422, .has = "/expires_at" },
         { "POST /v1/api-keys", "Idempotency-Key: a\r\n",
           .body = "{\"name\":\"x\"}", .as_admin = true, .expect = 400,
           .code = "invalid_header" },
         { "POST /v1/api-keys",
           .body = "{\"name\":\"x\",\"user_id\":"
                   "\"018f0000-0000-7000-8000-000000000000\"}",
           .as_admin = true, .expect = 422, .has = "unknown_reference" },
         { "GET /v1/bills",
           "Authorization: Bearer pck_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaa\r\n",
           .expect = 401 })

/* --- the log ---------------------------------------------------------------
 */

/* What a service of one's own logged until it ended. */
static const char *log_of(struct wire *wire, const char *path)
{
    static char text[256 * 1024];
    FILE *file = fopen(path, "r");

    cr_assert_not_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    unlink(path);
    return SAY(wire, "%s", text);
}

Test(identity, who_asked_is_told_in_the_log)
{
    char path[] = "/tmp/portcullis-log-XXXXXX";
    int fd = mkstemp(path);
    struct own_service own;
    struct signed_in user;
    struct answer made;
    const char *key, *log;
    struct wire wire, there;

    cr_assert_geq(fd, 0);
    wire_open(&wire);
    user = sign_in(&wire, "viewer");
    key = make_key(&wire, user.token, "{\"name\":\"k\"}", &made);
    own = own_service_start_with(
        (const char *const[]){ "--log-format=json", NULL }, fd);
    wire_open(&there);
    EXPECT(ask_as(&there, user.token, "GET /v1/bills?limit=1", NULL), 200,
           NULL);
    EXPECT(ask_as(&there, key, "GET /v1/bills?limit=1", NULL), 200, NULL);
    wire_close(&there);
    own_service_stop(&own);
    log = log_of(&wire, path);
    cr_expect(strstr(log, SAY(&wire, "\"caller\":\"user:%s\"", user.id)), "%s",
              log);
    cr_expect(strstr(log, SAY(&wire, "\"caller\":\"key:%.*s\"",
                              TEXT_ARG(member(&made, "id")))));
    cr_expect_null(strstr(log, key), "no secret is logged");
    cr_expect_null(strstr(log, user.token));
    close(fd);
    wire_close(&wire);
}

/* --- the operator's hand ---------------------------------------------------
 */

/* What `portcullis key` prints, in the wire's arena; its exit status. */
static int run_key(struct wire *wire, const char *arguments,
                   const char **ret_said)
{
    char said[64 * 1024] = "";
    FILE *pipe = popen(SAY(wire,
                           "DATABASE_URL=\"$OWNER_DATABASE_URL\""
                           " \"$PORTCULLIS_PROGRAM\" key %s 2>/dev/null",
                           arguments),
                       "r");
    int status;

    cr_assert_not_null(pipe);
    said[fread(said, 1, sizeof(said) - 1, pipe)] = '\0';
    status = pclose(pipe);
    *ret_said = SAY(wire, "%s", said);
    return WEXITSTATUS(status);
}

Test(identity, an_operator_makes_lists_and_revokes_keys)
{
    struct signed_in user;
    const char *key, *said, *id;
    struct wire wire;
    char *line;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    cr_assert_eq(run_key(&wire,
                         SAY(&wire,
                             "create %s --name ops --scopes bills:read"
                             " --days 1",
                             user.id),
                         &key),
                 0);
    key = SAY(&wire, "%.*s", (int)strcspn(key, "\n"), key);
    EXPECT(ask_as(&wire, key, "GET /v1/me", NULL), 200, user.id);
    EXPECT(
        ask_as(&wire, key, "POST /v1/bills", bill(&wire, some_key(&wire), "")),
        403, NULL);
    cr_assert_eq(run_key(&wire, SAY(&wire, "list %s", user.id), &said), 0);
    line = strchr(said, '\n');
    cr_assert(line && strstr(line, "\tops\tbills:read\t20"), "%s", said);
    id = SAY(&wire, "%.36s", line + 1);
    cr_expect_eq(run_key(&wire, SAY(&wire, "revoke %s", id), &said), 0);
    EXPECT(ask_as(&wire, key, "GET /v1/bills?limit=1", NULL), 401, NULL);
    cr_expect_neq(run_key(&wire, SAY(&wire, "revoke %s", id), &said), 0);
    cr_expect_neq(run_key(&wire, "create nobody@here --name x", &said), 0);
    cr_expect_neq(
        run_key(&wire,
                SAY(&wire, "create %s --name x --scopes nonsense", user.id),
                &said),
        0);
    wire_close(&wire);
}
