/* SPDX-License-Identifier: MIT */
/* What api.md § 3 says of writes, beside test_writes.c and its neighbours. */
#include "made.h"

#include "support/own_service.h"

#define ANY_ID "018f0000-0000-7000-8000-000000000000"
#define STRICT "Prefer: handling=strict, speed=high\r\n"
#define NDJSON "Content-Type: application/x-ndjson\r\n"

/* --- what is made -------------------------------------------------------- */

Test(contract, who_posts_learns_the_place_and_the_tag)
{
    struct answer made;
    struct wire wire;

    wire_open(&wire);
    made = post(&wire, "/v1/bills", bill(&wire, some_key(&wire), ""));
    cr_assert_eq(made.status, 201);
    cr_expect(
        text_is(answer_header(&made, "Location"),
                SAY(&wire, "/v1/bills/%.*s", TEXT_ARG(member(&made, "id")))));
    cr_expect(text_is(tag_of(&made), SAY(&wire, "\"%.*s\"",
                                         TEXT_ARG(member(&made, "version")))));
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(contract, what_the_service_owns_is_not_a_clients_to_say,
    { "POST /v1/people", .as_admin = true, .body = "{\"id\":\"" ANY_ID "\"}",
      .expect = 422, .has = "\"pointer\":\"/id\",\"code\":\"read_only\"" },
    { "POST /v1/people", .as_admin = true, .body = "{\"created_at\":null}",
      .expect = 422, .has = "\"pointer\":\"/created_at\",\"code\":\"read_only\"" },
    { "POST /v1/people", .as_admin = true, .body = "{\"updated_at\":null}",
      .expect = 422, .has = "\"pointer\":\"/updated_at\",\"code\":\"read_only\"" },
    { "POST /v1/people", .as_admin = true, .body = "{\"deleted_at\":null}",
      .expect = 422, .has = "\"pointer\":\"/deleted_at\",\"code\":\"read_only\"" },
    { "POST /v1/permissions", .as_admin = true, .body = "{\"scope\":\"any\"}",
      .expect = 422, .has = "\"pointer\":\"/scope\",\"code\":\"read_only\"" },
    { "POST /v1/bills", .as_admin = true, .body = "{\"created_by\":null}",
      .expect = 422, .has = "\"pointer\":\"/created_by\",\"code\":\"read_only\"" })

SCENARIO(contract, purging_asks_for_a_token,
    { "DELETE /v1/bills/" ANY_ID "?purge=true", .expect = 401 })
/* clang-format on */

Test(contract, empty_text_is_not_null)
{
    const char *path, *session;
    struct answer made;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ",\"summary\":\"\""));
    made = get(&wire, path);
    EXPECT(made, 200, "\"summary\":\"\"");
    EXPECT(made, 200, "\"short_title\":null");
    EXPECT(get(&wire, SAY(&wire,
                          "/v1/bills?session=%s&summary_null=false&"
                          "short_title_null=true&fields=number",
                          session)),
           200, "[{\"number\":1}]");
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), NULL,
               "{\"summary\":null,\"short_title\":\"\"}"),
           200, "\"short_title\":\"\"");
    EXPECT(get(&wire, path), 200, "\"summary\":null");
    wire_close(&wire);
}

Test(contract, a_natural_key_is_free_when_its_object_is_deleted)
{
    const char *key, *body, *path;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    body = SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}", key);
    path = make(&wire, "people", body);
    EXPECT(post(&wire, "/v1/people", body), 409,
           "\"errors\":{\"bioguide\":\"is taken\"}");
    EXPECT(drop(&wire, path), 200, NULL);
    EXPECT(post(&wire, "/v1/people", body), 201, NULL);
    EXPECT(post(&wire, SAY(&wire, "%s/restore", path), NULL), 409,
           "\"errors\":{\"bioguide\":\"is taken\"}");
    wire_close(&wire);
}

Test(contract, keys_of_roles_and_permissions_are_unique)
{
    const char *key, *role, *right;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    role = SAY(&wire, "{\"key\":\"%s\",\"name\":\"R\"}", key);
    right = SAY(&wire, "{\"key\":\"%s:read\"}", key);
    EXPECT(post(&wire, "/v1/roles", role), 201, "\"description\":null");
    EXPECT(post(&wire, "/v1/roles", role), 409,
           "\"errors\":{\"key\":\"is taken\"}");
    EXPECT(post(&wire, "/v1/permissions", right), 201, "\"scope\":\"any\"");
    EXPECT(post(&wire, "/v1/permissions", right), 409,
           "\"errors\":{\"key\":\"is taken\"}");
    wire_close(&wire);
}

/* --- how long ------------------------------------------------------------ */

/* So many times the letter, in the wire's arena. */
static const char *long_text(struct wire *wire, size_t length)
{
    char *text = SAY(wire, "%*s", (int)length, "");

    memset(text, 'x', length);
    return text;
}

/* A text of the length is taken, and one letter more is not. */
static void expect_limit(struct wire *wire, const char *path,
                         const char *member_name, size_t length)
{
    const char *patch = SAY(wire, "PATCH %s", path);

    EXPECT(
        ask(wire, patch, NULL,
            SAY(wire, "{\"%s\":\"%s\"}", member_name, long_text(wire, length))),
        200, NULL);
    EXPECT(ask(wire, patch, NULL,
               SAY(wire, "{\"%s\":\"%s\"}", member_name,
                   long_text(wire, length + 1))),
           422,
           SAY(wire, "\"pointer\":\"/%s\",\"code\":\"too_long\"", member_name));
}

Test(contract, texts_are_as_long_as_they_may_be)
{
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    expect_limit(&wire, path, "title", 2000);
    expect_limit(&wire, path, "summary", 200000);
    path = make(&wire, "people",
                SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}",
                    some_key(&wire)));
    expect_limit(&wire, path, "full_name", 200);
    path =
        make(&wire, "users",
             SAY(&wire, "{\"email\":\"%s@a.example\",\"display_name\":\"U\"}",
                 some_key(&wire)));
    expect_limit(&wire, path, "display_name", 200);
    wire_close(&wire);
}

Test(contract, numbers_are_as_large_as_they_may_be)
{
    static const char form[] = "{\"session\":\"%s\",\"type\":\"hr\","
                               "\"number\":%s,\"chamber\":\"house\","
                               "\"title\":\"t\","
                               "\"introduced_on\":\"2026-01-01\"}";
    struct wire wire;

    wire_open(&wire);
    make(&wire, "bills", SAY(&wire, form, some_key(&wire), "1"));
    make(&wire, "bills", SAY(&wire, form, some_key(&wire), "2147483647"));
    wire_close(&wire);
}

Test(contract, every_type_and_status_of_a_bill_is_taken)
{
    static const char *const types[] = {
        "hr", "s", "hres", "sres", "hjres", "sjres", "hconres", "sconres"
    };
    static const char *const statuses[] = {
        "introduced",    "in_committee", "reported",  "passed_house",
        "passed_senate", "passed_both",  "agreed_to", "to_president",
        "enacted",       "vetoed",       "failed",    "withdrawn"
    };
    const char *patch;
    struct wire wire;

    wire_open(&wire);
    patch = SAY(&wire, "PATCH %s",
                make(&wire, "bills", bill(&wire, some_key(&wire), "")));
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        EXPECT(
            ask(&wire, patch, NULL, SAY(&wire, "{\"type\":\"%s\"}", types[i])),
            200, SAY(&wire, "\"type\":\"%s\"", types[i]));
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        EXPECT(ask(&wire, patch, NULL,
                   SAY(&wire, "{\"status\":\"%s\"}", statuses[i])),
               200, SAY(&wire, "\"status\":\"%s\"", statuses[i]));
    wire_close(&wire);
}

/* --- tags ---------------------------------------------------------------- */

Test(contract, a_tag_tells_what_is_embedded_apart)
{
    const char *person, *path, *embedded;
    struct answer before, after;
    struct text tag;
    struct wire wire;

    wire_open(&wire);
    person = make(&wire, "people",
                  SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}",
                      some_key(&wire)));
    path = make(&wire, "bills",
                bill(&wire, some_key(&wire),
                     SAY(&wire, ",\"sponsor_id\":\"%s\"", id_of(person))));
    embedded = SAY(&wire, "%s?embed=sponsor", path);
    before = get(&wire, embedded);
    tag = tag_of(&before);
    cr_expect_not(text_starts_with(tag, "W/"));
    EXPECT(ask(&wire, SAY(&wire, "GET %s", embedded),
               SAY(&wire, "If-None-Match: %.*s\r\n", TEXT_ARG(tag)), NULL),
           304, NULL);
    ask(&wire, SAY(&wire, "PATCH %s", person), NULL, "{\"full_name\":\"Bo\"}");
    after = get(&wire, embedded);
    cr_expect_not(text_equal(tag_of(&after), tag),
                  "the sponsor is another, though the bill is not");
    cr_expect(
        text_equal(member(&after, "version"), member(&before, "version")));
    wire_close(&wire);
}

Test(contract, any_tag_is_good_for_none_match)
{
    const char *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    answer =
        ask(&wire, SAY(&wire, "GET %s", path), "If-None-Match: *\r\n", NULL);
    cr_expect_eq(answer.status, 304);
    cr_expect_eq(answer.body.len, 0);
    cr_expect_not(text_is_null(tag_of(&answer)));
    EXPECT(ask(&wire, SAY(&wire, "GET %s", path), "If-None-Match: \"0\"\r\n",
               NULL),
           200, NULL);
    wire_close(&wire);
}

/* --- preferences --------------------------------------------------------- */

/* clang-format off */
SCENARIO(contract, a_strict_client_hears_of_it_everywhere,
    { "GET /v1/bills/" ANY_ID, .headers = STRICT, .expect = 400,
      .code = "invalid_header" },
    { "GET /v1/bills", .headers = STRICT, .expect = 400 },
    { "GET /v1/bills/facets?by=type", .headers = STRICT, .expect = 400 },
    { "GET /v1/analytics/bills?group_by=type", .headers = STRICT,
      .expect = 400 },
    { "GET /v1/bills/export", .headers = STRICT, .expect = 400 },
    { "GET /v1/bills/" ANY_ID "/actions", .headers = STRICT, .expect = 400 },
    { "GET /v1/users/" ANY_ID "/effective-permissions", .as_admin = true,
      .headers = STRICT, .expect = 400 },
    { "POST /v1/bills", .as_admin = true, .headers = STRICT, .body = "{}",
      .expect = 400, .code = "invalid_header" },
    { "PATCH /v1/bills/" ANY_ID, .as_admin = true, .headers = STRICT,
      .body = "{}", .expect = 400 },
    { "DELETE /v1/bills/" ANY_ID, .as_admin = true, .headers = STRICT,
      .expect = 400 },
    { "POST /v1/bills/" ANY_ID "/restore", .as_admin = true,
      .headers = STRICT, .expect = 400 },
    { "POST /v1/batch", .as_admin = true, .headers = STRICT, .body = "[]",
      .expect = 400 },
    { "PUT /v1/roles/" ANY_ID "/parents/" ANY_ID, .as_admin = true,
      .headers = STRICT, .expect = 400 },
    { "GET /v1/people?limit=1", .headers = "Prefer: speed=high\r\n",
      .expect = 200 },
    { "GET /v1/people?limit=1",
      .headers = "Prefer: handling=strict, count=exact\r\n", .expect = 200,
      .header = "Preference-Applied: count=exact" },
    { "GET /v1/bills/" ANY_ID, .headers = "Prefer: handling=strict\r\n",
      .expect = 404 })
/* clang-format on */

/* --- keys ---------------------------------------------------------------- */

Test(contract, a_key_means_something_to_post_and_patch_only)
{
    const char *key, *path, *session;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    key = SAY(&wire, "Idempotency-Key: %s\r\n", session);
    path = make(&wire, "bills", bill(&wire, session, ""));
    for (int i = 0; i < 2; i++) {
        answer = ask(&wire, SAY(&wire, "PUT %s", path), key,
                     bill(&wire, session, ",\"summary\":\"s\""));
        EXPECT(answer, 200, NULL);
        cr_expect(text_is_null(answer_header(&answer, "Idempotency-Replayed")));
    }
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s", path), key, NULL), 200, NULL);
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s", path), key, NULL), 404, NULL);
    wire_close(&wire);
}

/* --- where If-Match must be given ---------------------------------------- */

static void expect_428(struct wire *wire, const char *path, const char *session)
{
    struct answer before = get(wire, path);

    EXPECT(put(wire, path, bill(wire, session, ",\"summary\":\"s\"")), 428,
           "\"code\":\"precondition_required\"");
    EXPECT(ask(wire, SAY(wire, "PATCH %s", path), NULL, "{\"summary\":\"s\"}"),
           428, NULL);
    EXPECT(drop(wire, path), 428, NULL);
    EXPECT(drop(wire, SAY(wire, "%s?purge=true", path)), 428, NULL);
    EXPECT(post(wire, "/v1/batch",
                SAY(wire, "[{\"method\":\"DELETE\",\"path\":\"%s\"}]", path)),
           428, "\"failed_at\":0");
    cr_expect(text_equal(get(wire, path).body, before.body));
}

Test(contract, if_match_may_be_required)
{
    struct own_service own = own_service_start("--require-if-match=on");
    const char *path, *session, *tag;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ""));
    expect_428(&wire, path, session);
    answer = get(&wire, path);
    tag = SAY(&wire, "If-Match: %.*s\r\n", TEXT_ARG(tag_of(&answer)));
    EXPECT(ask(&wire, SAY(&wire, "PUT %s", path), tag,
               bill(&wire, session, ",\"summary\":\"s\"")),
           200, NULL);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), tag, "{}"), 412, NULL);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), "If-Match: *\r\n", "{}"),
           200, NULL);
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s", path), "If-Match: *\r\n", NULL),
           200, NULL);
    EXPECT(post(&wire, SAY(&wire, "%s/restore", path), NULL), 200, NULL);
    wire_close(&wire);
    own_service_stop(&own);
}

/* --- imports ------------------------------------------------------------- */

Test(contract, a_line_of_an_import_needs_no_known_id)
{
    const char *session;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    answer = ask(&wire, "POST /v1/bills/import", NDJSON,
                 bill(&wire, session, ",\"id\":\"" ANY_ID "\",\"version\":1"));
    EXPECT(answer, 200,
           "{\"received\":1,\"created\":1,\"updated\":0,"
           "\"unchanged\":0,\"failed\":0,\"errors\":[]}");
    answer = get(&wire, SAY(&wire, "/v1/bills?session=%s", session));
    cr_expect_not(answer_has(&answer, ANY_ID), "ids are the service's to make");
    wire_close(&wire);
}
