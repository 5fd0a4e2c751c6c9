/* SPDX-License-Identifier: MIT */
/* PATCH in its three media types (api.md § 3), as a client sees it. */
#include "place.h"

#include <stdlib.h>

#define MERGE      "Content-Type: application/merge-patch+json\r\n"
#define OPERATIONS "Content-Type: application/json-patch+json\r\n"

static struct answer patch(struct place *p, const char *headers,
                           const char *body)
{
    return ask(&p->wire, SAY(&p->wire, "PATCH %s", p->path), headers, body);
}

/* --- merge patch --------------------------------------------------------- */

Test(patches, a_merge_changes_what_it_names)
{
    struct answer after;
    struct place p;

    place_open(&p, ",\"summary\":\"old\",\"policy_area\":\"Water\","
                   "\"status\":\"enacted\"");
    after = patch(&p, MERGE, "{\"title\":\"New\",\"summary\":null}");
    EXPECT(after, 200, "\"title\":\"New\"");
    cr_expect(answer_has(&after, "\"summary\":null"));
    cr_expect(answer_has(&after, "\"policy_area\":\"Water\""));
    cr_expect(answer_has(&after, "\"status\":\"enacted\""));
    cr_expect_not(text_equal(tag_of(&after), tag_of(&p.before)));
    cr_expect(text_equal(get(&p.wire, p.path).body, after.body));
    place_close(&p);
}

Test(patches, json_is_a_merge)
{
    struct place p;

    place_open(&p, ",\"subjects\":[\"a\",\"b\"]");
    EXPECT(patch(&p, NULL, "{\"subjects\":[\"c\"]}"), 200,
           "\"subjects\":[\"c\"]");
    place_close(&p);
}

Test(patches, a_merge_of_the_same_is_no_change)
{
    static const char *const same[] = { "{}", "{\"title\":\"A bill\"}",
                                        "{\"summary\":null,\"number\":1}" };
    struct place p;

    place_open(&p, "");
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct answer after = patch(&p, MERGE, same[i]);

        EXPECT(after, 200, NULL);
        cr_expect(text_equal(after.body, p.before.body), "%s", same[i]);
    }
    place_close(&p);
}

Test(patches, a_merge_goes_into_a_profile)
{
    const char *path;
    struct answer after;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "users",
                SAY(&wire,
                    "{\"email\":\"%s@a.example\",\"display_name\":\"A\","
                    "\"profile\":{\"locale\":\"de\",\"bio\":\"b\"}}",
                    some_key(&wire)));
    after = ask(&wire, SAY(&wire, "PATCH %s", path), MERGE,
                "{\"profile\":{\"bio\":null,\"phone\":\"1\"}}");
    EXPECT(after, 200, NULL);
    cr_expect(text_is(member(&after, "locale"), "de"));
    cr_expect(text_is(member(&after, "phone"), "1"));
    cr_expect(text_is_null(member(&after, "bio")), "null takes it out");
    EXPECT(get(&wire, path), 200,
           ",\"profile\":{\"phone\":\"1\",\"locale\":\"de\"}}");
    wire_close(&wire);
}

Test(patches, a_merge_says_nothing_it_may_not)
{
    struct place p;

    place_open(&p, "");
    EXPECT(patch(&p, MERGE, "{\"colour\":1}"), 422,
           "{\"pointer\":\"/colour\",\"code\":\"unknown_field\"");
    EXPECT(patch(&p, MERGE, "{\"version\":9}"), 422,
           "{\"pointer\":\"/version\",\"code\":\"read_only\"");
    EXPECT(patch(&p, MERGE, "{\"id\":null,\"created_by\":null}"), 422,
           "{\"pointer\":\"/created_by\",\"code\":\"read_only\"");
    EXPECT(patch(&p, MERGE, "{\"title\":null}"), 422,
           "{\"pointer\":\"/title\",\"code\":\"not_null\"");
    EXPECT(patch(&p, MERGE, "{\"title\":\"\"}"), 422,
           "{\"pointer\":\"/title\",\"code\":\"too_short\"");
    EXPECT(patch(&p, MERGE, "{\"title\":\"\\u0000\"}"), 422,
           "\"code\":\"nul\"");
    EXPECT(patch(&p, MERGE, "[]"), 422, "\"code\":\"validation\"");
    EXPECT(patch(&p, MERGE, "{"), 400, "\"code\":\"malformed_json\"");
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

/* --- JSON Patch ---------------------------------------------------------- */

Test(patches, operations_are_done_in_their_order)
{
    struct answer after;
    struct place p;

    place_open(&p, ",\"subjects\":[\"a\",\"b\"]");
    after = patch(&p, OPERATIONS,
                  "[{\"op\":\"test\",\"path\":\"/title\",\"value\":\"A bill\"},"
                  "{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"One\"},"
                  "{\"op\":\"copy\",\"from\":\"/title\","
                  "\"path\":\"/short_title\"},"
                  "{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"Two\"},"
                  "{\"op\":\"add\",\"path\":\"/subjects/-\",\"value\":\"z\"},"
                  "{\"op\":\"add\",\"path\":\"/subjects/0\",\"value\":\"y\"},"
                  "{\"op\":\"remove\",\"path\":\"/subjects/1\"}]");
    EXPECT(after, 200, "\"title\":\"Two\",\"short_title\":\"One\"");
    EXPECT(after, 200, "\"subjects\":[\"y\",\"b\",\"z\"]");
    place_close(&p);
}

Test(patches, a_failed_test_undoes_all)
{
    struct place p;

    place_open(&p, "");
    EXPECT(
        patch(&p, OPERATIONS,
              "[{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"x\"},"
              "{\"op\":\"test\",\"path\":\"/status\",\"value\":\"vetoed\"}]"),
        409, "\"code\":\"test_failed\"");
    EXPECT(patch(&p, OPERATIONS,
                 "[{\"op\":\"test\",\"path\":\"/nowhere\",\"value\":1}]"),
           409, "\"code\":\"test_failed\"");
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(patches, an_operation_that_cannot_be_done_undoes_all)
{
    static const char *const patches[] = {
        "{\"op\":\"remove\",\"path\":\"/nowhere\"}",
        "{\"op\":\"replace\",\"path\":\"/colour\",\"value\":1}",
        "{\"op\":\"add\",\"path\":\"/colour\",\"value\":1}",
        "{\"op\":\"remove\",\"path\":\"/subjects/7\"}",
        "{\"op\":\"add\",\"path\":\"/subjects/01\",\"value\":\"a\"}",
        "{\"op\":\"replace\",\"path\":\"/version\",\"value\":1}",
        "{\"op\":\"replace\",\"path\":\"/title\",\"value\":\"\"}",
        "{\"op\":\"remove\",\"path\":\"/session\"}",
        "{\"op\":\"move\",\"from\":\"/x\",\"path\":\"/title\"}",
        "{\"op\":\"append\",\"path\":\"/title\",\"value\":1}",
        "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"x\"}",
        "{\"op\":\"replace\",\"path\":\"/title\"}",
        "{\"path\":\"/title\",\"value\":\"x\"}",
        "7",
    };
    struct place p;

    place_open(&p, "");
    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        struct answer answer = patch(
            &p, OPERATIONS,
            SAY(&p.wire,
                "[{\"op\":\"add\",\"path\":\"/summary\",\"value\":\"s\"},%s]",
                patches[i]));

        cr_expect_eq(answer.status, 422, "%s: %d %.*s", patches[i],
                     answer.status, TEXT_ARG(answer.body));
    }
    EXPECT(patch(&p, OPERATIONS, "{}"), 422, NULL);
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(patches, a_test_alone_changes_nothing)
{
    struct answer after;
    struct place p;

    place_open(&p, "");
    after = patch(&p, OPERATIONS,
                  "[{\"op\":\"test\",\"path\":\"/version\",\"value\":"
                  "0}]");
    EXPECT(after, 409, NULL);
    after = patch(&p, OPERATIONS,
                  SAY(&p.wire,
                      "[{\"op\":\"test\",\"path\":\"/version\","
                      "\"value\":%.*s}]",
                      TEXT_ARG(member(&p.before, "version"))));
    EXPECT(after, 200, NULL);
    cr_expect(text_equal(after.body, p.before.body));
    place_close(&p);
}

/* --- conditions ---------------------------------------------------------- */

Test(patches, if_match_holds_for_patches_too)
{
    const char *tag;
    struct place p;

    place_open(&p, "");
    tag = SAY(&p.wire, "If-Match: %.*s\r\n", TEXT_ARG(tag_of(&p.before)));
    EXPECT(patch(&p, "If-Match: \"1\"\r\n", "{\"title\":\"x\"}"), 412,
           "\"code\":\"precondition_failed\"");
    EXPECT(patch(&p, tag, "{\"title\":\"x\"}"), 200, NULL);
    EXPECT(patch(&p, tag, "{\"title\":\"y\"}"), 412, NULL);
    EXPECT(patch(&p, "If-Match: *\r\n", "{\"title\":\"y\"}"), 200, NULL);
    place_close(&p);
}

Test(patches, what_is_deleted_is_not_patched)
{
    struct place p;

    place_open(&p, "");
    EXPECT(drop(&p.wire, p.path), 200, NULL);
    EXPECT(patch(&p, MERGE, "{\"title\":\"x\"}"), 404, NULL);
    EXPECT(patch(&p, OPERATIONS, "[]"), 404, NULL);
    place_close(&p);
}

Test(patches, other_media_types_are_told_the_right_ones)
{
    struct answer answer;
    struct place p;

    place_open(&p, "");
    answer = patch(&p, "Content-Type: text/plain\r\n", "{\"title\":\"x\"}");
    EXPECT(answer, 415, "\"code\":\"unsupported_media_type\"");
    cr_expect(text_is(answer_header(&answer, "Accept-Patch"),
                      "application/merge-patch+json, "
                      "application/json-patch+json, application/json"));
    cr_expect(is_unchanged(&p));
    place_close(&p);
}

Test(patches, return_minimal_is_204_with_the_new_tag)
{
    struct answer after;
    struct place p;

    place_open(&p, "");
    after = patch(&p, "Prefer: return=minimal\r\n", "{\"title\":\"x\"}");
    cr_expect_eq(after.status, 204);
    cr_expect(text_equal(
        tag_of(&after),
        answer_header(&(struct answer){ .head = get(&p.wire, p.path).head },
                      "ETag")));
    place_close(&p);
}

/* --- side by side -------------------------------------------------------- */

/* Sent all before the first answer is read, so that the service has them at
 * once. None of them names a version, so all of them must be done. */
Test(patches, patches_at_the_same_time_are_all_done)
{
    enum { CLIENTS = 12 };
    struct wire clients[CLIENTS];
    struct answer after;
    struct place p;

    place_open(&p, "");
    for (int i = 0; i < CLIENTS; i++) {
        const char *body = SAY(
            &p.wire,
            "[{\"op\":\"add\",\"path\":\"/subjects/-\",\"value\":\"s%d\"}]", i);

        wire_open(&clients[i]);
        wire_send_string(&clients[i],
                         SAY(&p.wire,
                             "PATCH %s HTTP/1.1\r\nHost: t\r\n" OPERATIONS
                             "Authorization: Bearer %s\r\n"
                             "Content-Length: %zu\r\n\r\n%s",
                             p.path, getenv("ADMIN_TOKEN"), strlen(body),
                             body));
    }
    for (int i = 0; i < CLIENTS; i++) {
        struct answer answer = wire_read(&clients[i], false);

        cr_expect_eq(answer.status, 200, "%d: %d %.*s", i, answer.status,
                     TEXT_ARG(answer.body));
        wire_close(&clients[i]);
    }
    after = get(&p.wire, p.path);
    for (int i = 0; i < CLIENTS; i++)
        EXPECT(after, 200, SAY(&p.wire, "\"s%d\"", i));
    place_close(&p);
}
