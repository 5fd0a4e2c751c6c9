/* SPDX-License-Identifier: MIT */
/* PUT and its conditions (api.md § 3), as a client sees them. */
#include "place.h"

/* Replaces its title under this If-Match. */
static struct answer retitle(struct place *p, const char *title,
                             const char *if_match)
{
    const char *more = SAY(&p->wire, ",\"title\":\"%s\"", title);
    const char *body =
        SAY(&p->wire,
            "{\"session\":\"%s\",\"type\":\"hr\",\"number\":1,"
            "\"chamber\":\"house\",\"introduced_on\":\"2026-02-28\"%s}",
            p->session, more);

    return ask(&p->wire, SAY(&p->wire, "PUT %s", p->path),
               if_match ? SAY(&p->wire, "If-Match: %s\r\n", if_match) : NULL,
               body);
}

/* --- what it writes ------------------------------------------------------ */

Test(writes, put_replaces_and_what_is_left_out_begins_anew)
{
    struct answer after;
    struct place p;

    place_open(&p, ",\"summary\":\"old\",\"status\":\"enacted\","
                   "\"subjects\":[\"a\"],\"url\":\"https://a.example/\"");
    after = retitle(&p, "Another", NULL);
    EXPECT(after, 200, "\"title\":\"Another\"");
    cr_expect(answer_has(&after, "\"summary\":null"));
    cr_expect(answer_has(&after, "\"status\":\"introduced\""));
    cr_expect(answer_has(&after, "\"subjects\":[]"));
    cr_expect(answer_has(&after, "\"url\":null"));
    cr_expect(text_equal(member(&after, "created_at"),
                         member(&p.before, "created_at")));
    cr_expect_not(text_equal(member(&after, "updated_at"),
                             member(&p.before, "updated_at")));
    cr_expect(text_equal(get(&p.wire, p.path).body, after.body));
    place_close(&p);
}

Test(writes, put_takes_back_what_was_read_and_keeps_its_version)
{
    struct answer after;
    struct place p;

    place_open(&p, ",\"summary\":\"s\",\"subjects\":[\"b\",\"a\"]");
    after = put(&p.wire, p.path, SAY(&p.wire, "%.*s", TEXT_ARG(p.before.body)));
    EXPECT(after, 200, NULL);
    cr_expect(text_equal(after.body, p.before.body), "%.*s",
              TEXT_ARG(after.body));
    cr_expect(text_equal(tag_of(&after), tag_of(&p.before)));
    place_close(&p);
}

Test(writes, put_ignores_the_values_of_read_only_members)
{
    struct answer after;
    struct place p;

    place_open(&p, "");
    after = put(&p.wire, p.path,
                bill(&p.wire, p.session,
                     ",\"id\":7,\"version\":\"x\",\"created_at\":null,"
                     "\"deleted_at\":\"2026-01-01T00:00:00Z\","
                     "\"created_by\":[],\"sponsor\":{},\"actions\":1"));
    EXPECT(after, 200, NULL);
    cr_expect(text_equal(after.body, p.before.body));
    place_close(&p);
}

Test(writes, put_refuses_what_is_no_member)
{
    struct answer answer;
    struct place p;

    place_open(&p, "");
    answer = put(&p.wire, p.path,
                 bill(&p.wire, p.session, ",\"colour\":\"red\",\"id\":1"));
    EXPECT(answer, 422,
           "\"violations\":[{\"pointer\":\"/colour\","
           "\"code\":\"unknown_field\"");
    cr_expect_not(answer_has(&answer, "read_only"));
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(writes, put_asks_for_all_that_a_creation_does)
{
    struct answer answer;
    struct place p;

    place_open(&p, "");
    answer = put(&p.wire, p.path, "{\"title\":\"only\"}");
    EXPECT(answer, 422, "\"pointer\":\"/session\",\"code\":\"required\"");
    EXPECT(answer, 422, "\"pointer\":\"/introduced_on\",\"code\":\"required\"");
    cr_expect_not(answer_has(&answer, "/status"));
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(writes, put_takes_no_key_of_another)
{
    const char *other;
    struct answer answer;
    struct place p;

    place_open(&p, "");
    other = some_key(&p.wire);
    make(&p.wire, "bills", bill(&p.wire, other, ""));
    answer = put(&p.wire, p.path, bill(&p.wire, other, ""));
    EXPECT(answer, 409, "\"code\":\"duplicate\"");
    EXPECT(answer, 409, "\"pointer\":\"/session\"");
    EXPECT(answer, 409, "\"pointer\":\"/type\"");
    EXPECT(answer, 409, "\"pointer\":\"/number\"");
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(writes, put_refers_to_nobody_unknown)
{
    struct answer answer;
    struct place p;

    place_open(&p, "");
    answer = put(&p.wire, p.path,
                 bill(&p.wire, p.session,
                      ",\"sponsor_id\":\"018f0000-0000-7000-8000-"
                      "000000000000\""));
    EXPECT(answer, 422,
           "\"pointer\":\"/sponsor_id\",\"code\":\"unknown_reference\"");
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

/* --- with an id of the client's choice ----------------------------------- */

Test(writes, put_makes_nothing_unless_it_says_so)
{
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = SAY(&wire, "/v1/bills/%s", some_id(&wire));
    EXPECT(put(&wire, path, bill(&wire, some_key(&wire), "")), 404,
           "\"code\":\"not_found\"");
    EXPECT(get(&wire, path), 404, NULL);
    wire_close(&wire);
}

Test(writes, put_makes_an_object_with_the_id_once)
{
    const char *session, *path;
    struct answer made, again;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = SAY(&wire, "/v1/bills/%s", some_id(&wire));
    made = put_new(&wire, path, bill(&wire, session, ""));
    EXPECT(made, 201, SAY(&wire, "{\"id\":\"%s\",", id_of(path)));
    cr_expect(text_equal(get(&wire, path).body, made.body));
    cr_expect(text_equal(
        tag_of(&made),
        text_of(SAY(&wire, "\"%.*s\"", TEXT_ARG(member(&made, "version"))))));
    again = put_new(&wire, path, bill(&wire, some_key(&wire), ""));
    EXPECT(again, 412, "\"code\":\"precondition_failed\"");
    path = SAY(&wire, "/v1/bills/%s", some_id(&wire));
    EXPECT(put_new(&wire, path, bill(&wire, session, "")), 409,
           "\"code\":\"duplicate\"");
    wire_close(&wire);
}

Test(writes, an_id_of_a_deleted_object_stays_taken)
{
    struct place p;

    place_open(&p, "");
    EXPECT(drop(&p.wire, p.path), 200, NULL);
    EXPECT(put_new(&p.wire, p.path, bill(&p.wire, p.session, "")), 412,
           "\"code\":\"precondition_failed\"");
    place_close(&p);
}

Test(writes, ids_are_lower_case_however_they_are_asked_for)
{
    static const char upper[] = "018F%04X-ABCD-7ABC-8DEF-%012llX";
    const char *path, *lower;
    unsigned long long random;
    struct answer made, read;
    struct wire wire;

    wire_open(&wire);
    random_bytes(&random, sizeof(random));
    path = SAY(&wire, upper, (unsigned)(random & 0xFFFF), random >> 16);
    lower = SAY(&wire, "018f%04x-abcd-7abc-8def-%012llx",
                (unsigned)(random & 0xFFFF), random >> 16);
    path = SAY(&wire, "/v1/bills/%s", path);
    made = put_new(&wire, path, bill(&wire, some_key(&wire), ""));
    EXPECT(made, 201, SAY(&wire, "\"id\":\"%s\"", lower));
    read = get(&wire, SAY(&wire, "/v1/bills/%s", lower));
    EXPECT(read, 200, NULL);
    cr_expect(text_equal(read.body, get(&wire, path).body));
    EXPECT(drop(&wire, path), 200, SAY(&wire, "{\"id\":\"%s\"}", lower));
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(writes, no_uuid_is_no_object,
    { "PUT /v1/bills/7", .as_admin = true, .body = "{}", .expect = 404 },
    { "PUT /v1/people/018f0000-0000-7000-8000-00000000000g", .as_admin = true,
      .body = "{\"bioguide\":\"Z\",\"full_name\":\"Z\"}", .expect = 404 },
    { "DELETE /v1/bills/x", .as_admin = true, .expect = 404 },
    { "POST /v1/bills/x/restore", .as_admin = true, .expect = 404 })
/* clang-format on */

/* --- If-Match ------------------------------------------------------------ */

Test(writes, if_match_lets_the_version_through_it_names)
{
    const char *tag;
    struct answer after;
    struct place p;

    place_open(&p, "");
    tag = SAY(&p.wire, "%.*s", TEXT_ARG(tag_of(&p.before)));
    after = retitle(&p, "Two", tag);
    EXPECT(after, 200, "\"title\":\"Two\"");
    cr_expect_not(text_equal(tag_of(&after), text_of(tag)));
    EXPECT(retitle(&p, "Three", tag), 412, "\"code\":\"precondition_failed\"");
    EXPECT(get(&p.wire, p.path), 200, "\"title\":\"Two\"");
    place_close(&p);
}

Test(writes, if_match_compares_strongly)
{
    static const char *const foreign[] = { "W/%.*s", "\"0\"", "\"x\"",
                                           "\"\"",   "abc",   "\"1\", W/%.*s" };
    struct text tag;
    struct place p;

    place_open(&p, "");
    tag = tag_of(&p.before);
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        const char *percent = strchr(foreign[i], '%');
        const char *given =
            percent ? SAY(&p.wire, "%.*s%.*s", (int)(percent - foreign[i]),
                          foreign[i], TEXT_ARG(tag))
                    : foreign[i];
        struct answer answer = retitle(&p, "Two", given);

        cr_expect_eq(answer.status, 412, "%s: %d", given, answer.status);
    }
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(writes, if_match_takes_several_tags_and_any)
{
    struct text tag;
    struct place p;

    place_open(&p, "");
    tag = tag_of(&p.before);
    EXPECT(retitle(&p, "Two", "\"1\", \"2\""), 412, NULL);
    EXPECT(
        retitle(&p, "Two", SAY(&p.wire, "\"1\", %.*s ,\"2\"", TEXT_ARG(tag))),
        200, NULL);
    EXPECT(retitle(&p, "Three", "*"), 200, NULL);
    tag = tag_of(&p.before);
    EXPECT(retitle(&p, "Four",
                   SAY(&p.wire, "\"1\"\r\nIf-Match: %.*s", TEXT_ARG(tag))),
           412, NULL);
    place_close(&p);
}

Test(writes, if_match_knows_the_tag_of_a_selection)
{
    struct answer part;
    struct place p;

    place_open(&p, "");
    part = get(&p.wire, SAY(&p.wire, "%s?fields=id,title", p.path));
    cr_expect_not(text_equal(tag_of(&part), tag_of(&p.before)));
    EXPECT(retitle(&p, "Two", SAY(&p.wire, "%.*s", TEXT_ARG(tag_of(&part)))),
           200, NULL);
    place_close(&p);
}

Test(writes, if_match_finds_nothing_where_nothing_is)
{
    struct place p;

    place_open(&p, "");
    EXPECT(drop(&p.wire, p.path), 200, NULL);
    EXPECT(retitle(&p, "Two", "\"17\""), 404, NULL);
    EXPECT(retitle(&p, "Two", "\"17\", \"18\""), 404, NULL);
    place_close(&p);
}

Test(writes, versions_grow_with_each_change)
{
    int64_t last = 0;
    struct place p;

    place_open(&p, "");
    for (int i = 0; i < 5; i++) {
        struct answer after = retitle(&p, SAY(&p.wire, "Title %d", i), NULL);
        int64_t version;

        cr_assert(text_to_int64(member(&after, "version"), &version));
        cr_expect_gt(version, last);
        last = version;
        cr_expect(text_is(tag_of(&after),
                          SAY(&p.wire, "\"%lld\"", (long long)version)));
    }
    place_close(&p);
}

/* --- Prefer -------------------------------------------------------------- */

Test(writes, return_minimal_is_204_with_the_new_tag)
{
    struct answer after, read;
    struct place p;

    place_open(&p, "");
    after = ask(&p.wire, SAY(&p.wire, "PUT %s", p.path),
                "Prefer: return=minimal\r\n",
                bill(&p.wire, p.session, ",\"summary\":\"new\""));
    cr_expect_eq(after.status, 204);
    cr_expect_eq(after.body.len, 0);
    cr_expect(
        text_is(answer_header(&after, "Preference-Applied"), "return=minimal"));
    read = get(&p.wire, p.path);
    EXPECT(read, 200, "\"summary\":\"new\"");
    cr_expect(text_equal(tag_of(&read), tag_of(&after)));
    place_close(&p);
}

Test(writes, a_strict_client_hears_of_unknown_preferences)
{
    const char *request;
    struct answer answer;
    struct place p;

    place_open(&p, "");
    request = SAY(&p.wire, "PUT %s", p.path);
    answer = ask(&p.wire, request, "Prefer: handling=strict, speed=high\r\n",
                 bill(&p.wire, p.session, ",\"summary\":\"new\""));
    EXPECT(answer, 400, "\"code\":\"invalid_header\"");
    cr_expect(is_unchanged(&p));
    answer = ask(&p.wire, request, "Prefer: speed=high\r\n",
                 bill(&p.wire, p.session, ",\"summary\":\"new\""));
    EXPECT(answer, 200, "\"summary\":\"new\"");
    place_close(&p);
}

/* --- bodies -------------------------------------------------------------- */

static const char *nested(struct wire *wire, int depth)
{
    char *open = SAY(wire, "%*s", depth, ""),
         *shut = SAY(wire, "%*s", depth, "");

    memset(open, '[', (size_t)depth);
    memset(shut, ']', (size_t)depth);
    return SAY(wire, "{\"subjects\":%s%s}", open, shut);
}

Test(writes, a_body_must_be_an_object_of_json)
{
    struct place p;

    place_open(&p, "");
    EXPECT(put(&p.wire, p.path, "{\"title\""), 400,
           "\"code\":\"malformed_json\"");
    EXPECT(put(&p.wire, p.path, ""), 400, "\"code\":\"malformed_json\"");
    EXPECT(put(&p.wire, p.path, "{\"title\":\"a\",\"title\":\"b\"}"), 400,
           "\"code\":\"malformed_json\"");
    EXPECT(put(&p.wire, p.path, nested(&p.wire, 32)), 400, NULL);
    EXPECT(put(&p.wire, p.path, nested(&p.wire, 31)), 422, NULL);
    EXPECT(put(&p.wire, p.path, "[]"), 422, "\"code\":\"validation\"");
    EXPECT(put(&p.wire, p.path, "null"), 422, "\"code\":\"validation\"");
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

/* clang-format off */
SCENARIO(writes, a_body_must_say_that_it_is_json,
    { "PUT /v1/bills/018f0000-0000-7000-8000-000000000000", .as_admin = true,
      .body = "{}", .headers = "Content-Type: text/plain\r\n",
      .expect = 415, .code = "unsupported_media_type" },
    { "PUT /v1/bills/018f0000-0000-7000-8000-000000000000", .as_admin = true,
      .body = "{}", .headers = "Content-Type: application/json-patch+json\r\n",
      .expect = 415 },
    { "PUT /v1/bills/018f0000-0000-7000-8000-000000000000", .as_admin = true,
      .body = "{}",
      .headers = "Content-Type: application/json; charset=latin1\r\n",
      .expect = 415 },
    { "PUT /v1/bills/018f0000-0000-7000-8000-000000000000", .as_admin = true,
      .body = "{}",
      .headers = "Content-Type: Application/JSON; charset=UTF-8\r\n",
      .expect = 422 })

SCENARIO(writes, changes_ask_for_a_token,
    { "PUT /v1/bills/018f0000-0000-7000-8000-000000000000", .body = "{}",
      .expect = 401, .code = "unauthenticated" },
    { "DELETE /v1/people/018f0000-0000-7000-8000-000000000000",
      .expect = 401, .code = "unauthenticated" },
    { "POST /v1/users/018f0000-0000-7000-8000-000000000000/restore",
      .expect = 401, .code = "unauthenticated" },
    { "DELETE /v1/roles/018f0000-0000-7000-8000-000000000000",
      .headers = "Authorization: Bearer wrong\r\n",
      .expect = 401, .code = "unauthenticated" })
/* clang-format on */
