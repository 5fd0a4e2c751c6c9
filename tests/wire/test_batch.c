/* SPDX-License-Identifier: MIT */
/* Several operations as one transaction. */
#include "made.h"

static struct answer batch(struct wire *wire, const char *body)
{
    return post(wire, "/v1/batch", body);
}

static const char *creation(struct wire *wire, const char *session,
                            const char *more)
{
    return SAY(wire, "{\"method\":\"POST\",\"path\":\"/v1/bills\",\"body\":%s}",
               bill(wire, session, more));
}

static bool is_there(struct wire *wire, const char *session)
{
    struct answer answer =
        get(wire, SAY(wire, "/v1/bills?session=%s&deleted=include", session));

    cr_assert_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    return !text_is(answer.body, "[]");
}

/* The id in the first Location of this collection. */
static struct text created(const struct answer *answer, const char *collection)
{
    const char *at = memmem(answer->body.at, answer->body.len, collection,
                            strlen(collection));

    cr_assert_not_null(at);
    return text_from(at + strlen(collection), UUID_TEXT_BYTES - 1);
}

Test(batch, every_operation_has_its_result)
{
    const char *one, *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    one = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    answer = batch(&wire, SAY(&wire,
                              "[%s,{\"method\":\"PATCH\",\"path\":\"%s\","
                              "\"body\":{\"summary\":\"s\"}},"
                              "{\"method\":\"DELETE\",\"path\":\"%s\"},"
                              "{\"method\":\"POST\",\"path\":\"%s/restore\"}]",
                              creation(&wire, one, ""), path, path, path));
    EXPECT(answer, 200, "[{\"status\":201,\"headers\":{\"Location\":\"/v1/");
    EXPECT(answer, 200, "{\"status\":200,\"headers\":{\"ETag\":\"\\\"");
    EXPECT(answer, 200,
           SAY(&wire, "{\"status\":200,\"headers\":{},\"body\":{\"id\":\"%s\"}",
               id_of(path)));
    cr_expect(is_there(&wire, one));
    EXPECT(get(&wire, path), 200, "\"summary\":\"s\"");
    wire_close(&wire);
}

Test(batch, nothing_is_done_when_one_fails)
{
    const char *one, *two;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    one = some_key(&wire);
    two = some_key(&wire);
    answer =
        batch(&wire, SAY(&wire, "[%s,%s,%s]", creation(&wire, one, ""),
                         creation(&wire, one, ""), creation(&wire, two, "")));
    EXPECT(answer, 409, "\"code\":\"duplicate\"");
    EXPECT(answer, 409, "\"failed_at\":1");
    EXPECT(answer, 409, "\"instance\":\"/v1/batch\"");
    answer = batch(&wire, SAY(&wire, "[%s,%s]", creation(&wire, one, ""),
                              creation(&wire, two, ",\"colour\":\"red\"")));
    EXPECT(answer, 422, "\"failed_at\":1");
    EXPECT(answer, 422, "\"pointer\":\"/colour\",\"code\":\"unknown_field\"");
    answer = batch(&wire,
                   SAY(&wire,
                       "[%s,{\"method\":\"DELETE\",\"path\":\"/v1/bills/%s\"}]",
                       creation(&wire, one, ""), some_id(&wire)));
    EXPECT(answer, 404, "\"failed_at\":1");
    cr_expect_not(is_there(&wire, one));
    cr_expect_not(is_there(&wire, two));
    wire_close(&wire);
}

Test(batch, an_operation_sees_those_before_it)
{
    const char *one;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    one = some_key(&wire);
    answer = batch(
        &wire,
        SAY(&wire,
            "[{\"method\":\"POST\",\"path\":\"/v1/people\",\"body\":"
            "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}},%s,"
            "{\"method\":\"PATCH\",\"path\":\"/v1/bills/$1.id\",\"body\":"
            "[{\"op\":\"test\",\"path\":\"/sponsor_id\",\"value\":\"$0.id\"},"
            "{\"op\":\"add\",\"path\":\"/subjects/-\",\"value\":\"$1.type\"}]},"
            "{\"method\":\"DELETE\",\"path\":\"/v1/bills/$1.id\"},"
            "{\"method\":\"POST\",\"path\":\"/v1/bills/$3.id/restore\"}]",
            one, creation(&wire, one, ",\"sponsor_id\":\"$0.id\"")));
    EXPECT(answer, 200, "\"subjects\":[\"hr\"]");
    EXPECT(get(&wire, SAY(&wire, "/v1/bills?session=%s&embed=sponsor", one)),
           200, "\"full_name\":\"Ann\"");
    wire_close(&wire);
}

Test(batch, a_bill_has_its_parts_from_the_beginning)
{
    const char *one, *found, *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    one = some_key(&wire);
    answer = batch(
        &wire, SAY(&wire,
                   "[{\"method\":\"POST\",\"path\":\"/v1/people\",\"body\":"
                   "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}},%s,"
                   "{\"method\":\"PUT\","
                   "\"path\":\"/v1/bills/$1.id/cosponsors/$0.id\"},"
                   "{\"method\":\"POST\",\"path\":\"/v1/bills/$1.id/actions\","
                   "\"body\":{\"acted_on\":\"2026-03-01\",\"text\":\"$0.full_"
                   "name\"}}]",
                   one, creation(&wire, one, "")));
    cr_assert_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    found = SAY(&wire, "/v1/bills?session=%s&embed=cosponsors", one);
    EXPECT(get(&wire, found), 200, "\"cosponsors\":[{");
    EXPECT(get(&wire, found), 200, "\"latest_action\":\"Ann\"");
    path =
        SAY(&wire, "/v1/bills/%.*s", TEXT_ARG(created(&answer, "/v1/bills/")));
    EXPECT(answer, 200,
           SAY(&wire, "{\"Location\":\"%s/cosponsors/%.*s\"}", path,
               TEXT_ARG(created(&answer, "/v1/people/"))));
    answer = batch(&wire, SAY(&wire,
                              "[{\"method\":\"DELETE\",\"path\":"
                              "\"%s/cosponsors/%s\"}]",
                              path, some_id(&wire)));
    EXPECT(answer, 404, "\"failed_at\":0");
    wire_close(&wire);
}

Test(batch, a_role_and_its_rights_are_made_as_one)
{
    const char *key, *role, *parent, *grant;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    role = SAY(&wire,
               "{\"method\":\"POST\",\"path\":\"/v1/roles\","
               "\"body\":{\"key\":\"%s\",\"name\":\"A role\"}}",
               key);
    grant =
        "{\"method\":\"PUT\",\"path\":\"/v1/roles/$0.id/permissions/$1.id\"}";
    parent = "{\"method\":\"PUT\",\"path\":\"/v1/roles/$0.id/parents/$0.id\"}";
    role = SAY(&wire,
               "%s,{\"method\":\"POST\",\"path\":\"/v1/permissions\","
               "\"body\":{\"key\":\"%s:a\"}},%s",
               role, key, grant);
    EXPECT(batch(&wire, SAY(&wire, "[%s,%s]", role, parent)), 409,
           "\"code\":\"role_cycle\"");
    EXPECT(get(&wire, SAY(&wire, "/v1/roles?key=%s", key)), 200, "[]");
    EXPECT(batch(&wire, SAY(&wire, "[%s]", role)), 200, NULL);
    EXPECT(get(&wire, SAY(&wire, "/v1/roles?key=%s&embed=permissions", key)),
           200, SAY(&wire, "\"key\":\"%s:a\"", key));
    wire_close(&wire);
}

Test(batch, a_text_that_only_looks_like_a_reference_stays)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = batch(&wire,
                   SAY(&wire, "[%s]",
                       creation(&wire, some_key(&wire),
                                ",\"summary\":\"$5\",\"short_title\":\"$x.id\","
                                "\"official_title\":\"$0.Id\","
                                "\"latest_action\":\"pay $0.id\"")));
    EXPECT(answer, 200, "\"summary\":\"$5\"");
    EXPECT(answer, 200, "\"short_title\":\"$x.id\"");
    EXPECT(answer, 200, "\"official_title\":\"$0.Id\"");
    EXPECT(answer, 200, "\"latest_action\":\"pay $0.id\"");
    wire_close(&wire);
}

Test(batch, a_reference_to_nothing_is_told)
{
    const char *one;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    one = some_key(&wire);
    answer = batch(&wire, SAY(&wire, "[%s,%s]", creation(&wire, one, ""),
                              creation(&wire, some_key(&wire),
                                       ",\"summary\":\"$1.id\",\"subjects\":["
                                       "\"a\",\"$0.colour\"]")));
    EXPECT(answer, 422,
           "\"pointer\":\"/summary\",\"code\":\"unknown_reference\"");
    EXPECT(answer, 422, "\"pointer\":\"/subjects/1\"");
    EXPECT(answer, 422, "\"failed_at\":1");
    answer =
        batch(&wire, "[{\"method\":\"DELETE\",\"path\":\"/v1/bills/$0.id\"}]");
    EXPECT(answer, 422,
           "\"pointer\":\"/0/path\",\"code\":\"unknown_reference\"");
    cr_expect_not(is_there(&wire, one));
    wire_close(&wire);
}

Test(batch, if_match_names_the_version)
{
    struct answer made, answer;
    struct text tag, version;
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    made = get(&wire, path);
    tag = tag_of(&made);
    version = member(&made, "version");
    answer =
        batch(&wire, SAY(&wire,
                         "[{\"method\":\"PATCH\",\"path\":\"%s\",\"if_match\":"
                         "\"\\\"%.*s\\\"\",\"body\":{\"summary\":\"a\"}}]",
                         path, (int)tag.len - 2, tag.at + 1));
    EXPECT(answer, 200, "\"summary\":\"a\"");
    answer = batch(
        &wire, SAY(&wire,
                   "[{\"method\":\"PATCH\",\"path\":\"%s\",\"if_match\":%.*s,"
                   "\"body\":{\"summary\":\"b\"}}]",
                   path, TEXT_ARG(version)));
    EXPECT(answer, 412, "\"failed_at\":0");
    EXPECT(get(&wire, path), 200, "\"summary\":\"a\"");
    wire_close(&wire);
}

Test(batch, with_a_key_it_is_done_once)
{
    const char *headers, *body;
    struct answer first, again;
    struct wire wire;

    wire_open(&wire);
    headers = SAY(&wire, "Idempotency-Key: %s\r\n", some_key(&wire));
    body = SAY(&wire, "[%s,%s]", creation(&wire, some_key(&wire), ""),
               creation(&wire, some_key(&wire), ",\"summary\":\"$0.id\""));
    first = ask(&wire, "POST /v1/batch", headers, body);
    again = ask(&wire, "POST /v1/batch", headers, body);
    cr_assert_eq(first.status, 200, "%.*s", TEXT_ARG(first.body));
    cr_expect_eq(again.status, 200);
    cr_expect(text_is(answer_header(&again, "Idempotency-Replayed"), "true"));
    cr_expect(text_equal(again.body, first.body));
    EXPECT(ask(&wire, "POST /v1/batch", headers,
               SAY(&wire, "[%s]", creation(&wire, some_key(&wire), ""))),
           422, "\"code\":\"idempotency_key_reused\"");
    wire_close(&wire);
}

Test(batch, with_a_key_a_failure_is_told_and_not_kept)
{
    const char *headers, *one;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    headers = SAY(&wire, "Idempotency-Key: %s\r\n", some_key(&wire));
    one = some_key(&wire);
    answer = ask(&wire, "POST /v1/batch", headers,
                 SAY(&wire, "[%s,%s]", creation(&wire, one, ""),
                     creation(&wire, one, "")));
    EXPECT(answer, 409, "\"violations\":[{\"pointer\":\"/session\"");
    EXPECT(answer, 409, "\"failed_at\":1");
    EXPECT(ask(&wire, "POST /v1/batch", headers,
               SAY(&wire, "[%s]", creation(&wire, one, ""))),
           200, "\"status\":201");
    wire_close(&wire);
}

Test(batch, a_hundred_operations_are_taken_and_no_more)
{
    struct wire wire;
    const char *all = "", *session;

    wire_open(&wire);
    session = some_key(&wire);
    for (int i = 1; i <= 100; i++)
        all = SAY(&wire,
                  "%s%s{\"method\":\"POST\",\"path\":\"/v1/bills\",\"body\":"
                  "{\"session\":\"%s\",\"type\":\"s\",\"number\":%d,"
                  "\"chamber\":\"senate\",\"title\":\"t\","
                  "\"introduced_on\":\"2026-01-01\"}}",
                  all, i > 1 ? "," : "", session, i);
    EXPECT(batch(&wire, SAY(&wire, "[%s,%s]", all,
                            creation(&wire, some_key(&wire), ""))),
           422, "\"code\":\"too_many\"");
    cr_expect_not(is_there(&wire, session));
    EXPECT(batch(&wire, SAY(&wire, "[%s]", all)), 200, "\"number\":100");
    wire_close(&wire);
}

Test(batch, every_fault_of_its_operations_is_listed)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer =
        batch(&wire,
              "[{\"method\":\"POST\",\"path\":\"/v1/batch\",\"body\":[]},"
              "{\"method\":\"GET\",\"path\":\"/v1/bills\"},"
              "{\"method\":\"POST\",\"path\":\"/v1/dogs\",\"body\":{}},"
              "{\"method\":\"PUT\",\"path\":\"/v1/bills\",\"body\":{}},"
              "{\"method\":\"DELETE\",\"path\":\"/v1/bills/%GG\",\"colour\":1},"
              "{\"method\":\"POST\",\"path\":\"/v1/bills\"},{\"path\":7},8,"
              "{\"method\":\"DELETE\",\"path\":\"/v1/bills/x?a=%\","
              "\"if_match\":[]}]");
    EXPECT(answer, 422, "\"pointer\":\"/0/path\",\"code\":\"not_allowed\"");
    EXPECT(answer, 422, "\"pointer\":\"/1/method\",\"code\":\"not_allowed\"");
    EXPECT(answer, 422, "\"pointer\":\"/2/path\",\"code\":\"not_allowed\"");
    EXPECT(answer, 422, "\"pointer\":\"/3/method\",\"code\":\"not_allowed\"");
    EXPECT(answer, 422, "\"pointer\":\"/4/path\",\"code\":\"not_allowed\"");
    EXPECT(answer, 422, "\"pointer\":\"/4/colour\",\"code\":\"unknown_field\"");
    EXPECT(answer, 422, "\"pointer\":\"/5/body\",\"code\":\"required\"");
    EXPECT(answer, 422, "\"pointer\":\"/6/method\",\"code\":\"required\"");
    EXPECT(answer, 422, "\"pointer\":\"/6/path\",\"code\":\"wrong_type\"");
    EXPECT(answer, 422, "\"pointer\":\"/7\",\"code\":\"wrong_type\"");
    EXPECT(answer, 422, "\"pointer\":\"/8/path\",\"code\":\"not_allowed\"");
    EXPECT(answer, 422, "\"pointer\":\"/8/if_match\",\"code\":\"wrong_type\"");
    EXPECT(answer, 422, "\"failed_at\":0");
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(batch, what_is_no_batch_is_refused,
    { "POST /v1/batch", .as_admin = true, .body = "[]",
      .expect = 422, .has = "\"code\":\"too_short\"" },
    { "POST /v1/batch", .as_admin = true, .body = "{}",
      .expect = 422, .has = "\"code\":\"wrong_type\"" },
    { "POST /v1/batch", .as_admin = true, .body = "[",
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/batch", .as_admin = true, .body = "[]",
      .headers = "Content-Type: text/plain\r\n",
      .expect = 415, .code = "unsupported_media_type" },
    { "GET /v1/batch", .as_admin = true,
      .expect = 405, .header = "Allow: POST, OPTIONS" })

SCENARIO(batch, each_operation_asks_for_its_own_right,
    { "POST /v1/batch",
      .body = "[{\"method\":\"DELETE\",\"path\":\"/v1/bills/x\"}]",
      .expect = 401, .has = "\"failed_at\":0" })
/* clang-format on */
