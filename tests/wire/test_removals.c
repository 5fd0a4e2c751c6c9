/* SPDX-License-Identifier: MIT */
/* Deleting, restoring and removing for good, as a client sees them. */
#include "made.h"

/* Which bills of the session a list shows: their titles, "a,b". */
static const char *titles(struct wire *wire, const char *session,
                          const char *more)
{
    struct answer answer =
        get(wire, SAY(wire, "/v1/bills?session=%s&fields=title&sort=title%s",
                      session, more));
    const char *all = "";
    struct text rest = answer.body, piece;

    cr_expect_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    while (text_cut(&rest, '{', &piece)) {
        struct answer one = { .body = piece };
        struct text title = member(&one, "title");

        if (!text_is_null(title))
            all = SAY(wire, "%s%s%.*s", all, *all ? "," : "", TEXT_ARG(title));
    }
    return all;
}

static const char *numbered(struct wire *wire, const char *session, int number,
                            const char *title)
{
    return SAY(wire,
               "{\"session\":\"%s\",\"type\":\"s\",\"number\":%d,"
               "\"chamber\":\"senate\",\"title\":\"%s\","
               "\"introduced_on\":\"2026-03-01\"}",
               session, number, title);
}

/* --- deleting ------------------------------------------------------------ */

Test(removals, a_deleted_bill_is_not_there)
{
    const char *session, *path;
    struct answer gone;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ""));
    gone = drop(&wire, path);
    cr_expect_eq(gone.status, 200);
    cr_expect(text_is(gone.body, SAY(&wire, "{\"id\":\"%s\"}", id_of(path))),
              "%.*s", TEXT_ARG(gone.body));
    EXPECT(get(&wire, path), 404, "\"code\":\"not_found\"");
    EXPECT(put(&wire, path, bill(&wire, session, "")), 404, NULL);
    EXPECT(drop(&wire, path), 404, "\"code\":\"not_found\"");
    cr_expect_str_eq(titles(&wire, session, ""), "");
    wire_close(&wire);
}

Test(removals, lists_show_the_deleted_to_who_may_restore)
{
    const char *session, *path, *list;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    make(&wire, "bills", numbered(&wire, session, 1, "kept"));
    path = make(&wire, "bills", numbered(&wire, session, 2, "dropped"));
    EXPECT(drop(&wire, path), 200, NULL);
    cr_expect_str_eq(titles(&wire, session, ""), "kept");
    cr_expect_str_eq(titles(&wire, session, "&deleted=include"),
                     "dropped,kept");
    cr_expect_str_eq(titles(&wire, session, "&deleted=only"), "dropped");
    cr_expect_str_eq(
        titles(&wire, session, "&deleted=include&deleted_at_null=true"),
        "kept");
    list = SAY(&wire, "GET /v1/bills?session=%s&deleted=only", session);
    answer = ask(&wire, list, NULL, NULL);
    EXPECT(answer, 200, "\"deleted_at\":\"20");
    answer = wire_step(&wire, &(struct step){ .request = list });
    EXPECT(answer, 403, "\"code\":\"forbidden\"");
    wire_close(&wire);
}

Test(removals, a_deletion_may_be_minimal_and_conditional)
{
    const char *path, *request;
    struct answer gone;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    request = SAY(&wire, "DELETE %s", path);
    EXPECT(ask(&wire, request, "If-Match: \"1\"\r\n", NULL), 412,
           "\"code\":\"precondition_failed\"");
    EXPECT(get(&wire, path), 200, NULL);
    gone = ask(
        &wire, request,
        SAY(&wire, "Prefer: return=minimal\r\nIf-Match: %.*s\r\n",
            TEXT_ARG(answer_header(
                &(struct answer){ .head = get(&wire, path).head }, "ETag"))),
        NULL);
    cr_expect_eq(gone.status, 204);
    cr_expect_eq(gone.body.len, 0);
    cr_expect(
        text_is(answer_header(&gone, "Preference-Applied"), "return=minimal"));
    EXPECT(get(&wire, path), 404, NULL);
    wire_close(&wire);
}

/* --- restoring ----------------------------------------------------------- */

Test(removals, a_restored_bill_is_as_it_was)
{
    const char *path, *restore;
    struct answer before, after;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    restore = SAY(&wire, "%s/restore", path);
    before = get(&wire, path);
    EXPECT(post(&wire, restore, NULL), 404, "\"code\":\"not_found\"");
    EXPECT(drop(&wire, path), 200, NULL);
    after = post(&wire, restore, NULL);
    EXPECT(after, 200, "\"deleted_at\":null");
    cr_expect(text_equal(member(&after, "title"), member(&before, "title")));
    cr_expect(text_equal(member(&after, "created_at"),
                         member(&before, "created_at")));
    cr_expect_not(text_equal(tag_of(&after), tag_of(&before)),
                  "a deletion and its undoing are changes");
    cr_expect(text_equal(get(&wire, path).body, after.body));
    EXPECT(post(&wire, restore, NULL), 404, "\"code\":\"not_found\"");
    wire_close(&wire);
}

Test(removals, a_restoration_needs_its_natural_key)
{
    const char *session, *path, *other, *restore;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ""));
    restore = SAY(&wire, "%s/restore", path);
    EXPECT(drop(&wire, path), 200, NULL);
    other = make(&wire, "bills", bill(&wire, session, ""));
    answer = post(&wire, restore, NULL);
    EXPECT(answer, 409, "\"code\":\"duplicate\"");
    EXPECT(answer, 409, "\"pointer\":\"/number\"");
    EXPECT(get(&wire, path), 404, NULL);
    EXPECT(drop(&wire, other), 200, NULL);
    EXPECT(post(&wire, restore, NULL), 200, NULL);
    wire_close(&wire);
}

Test(removals, a_restoration_may_be_minimal)
{
    const char *path;
    struct answer after;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    EXPECT(drop(&wire, path), 200, NULL);
    after = ask(&wire, SAY(&wire, "POST %s/restore", path),
                "Prefer: return=minimal\r\n", NULL);
    cr_expect_eq(after.status, 204);
    cr_expect(text_equal(
        tag_of(&after),
        answer_header(&(struct answer){ .head = get(&wire, path).head },
                      "ETag")));
    wire_close(&wire);
}

/* --- for good ------------------------------------------------------------ */

Test(removals, what_is_purged_never_comes_back)
{
    const char *session, *path, *purge;
    struct answer gone;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ""));
    purge = SAY(&wire, "%s?purge=true", path);
    gone = drop(&wire, purge);
    EXPECT(gone, 200, SAY(&wire, "{\"id\":\"%s\"}", id_of(path)));
    EXPECT(post(&wire, SAY(&wire, "%s/restore", path), NULL), 404, NULL);
    cr_expect_str_eq(titles(&wire, session, "&deleted=include"), "");
    EXPECT(drop(&wire, purge), 404, NULL);
    EXPECT(put_new(&wire, path, bill(&wire, session, "")), 201, NULL);
    wire_close(&wire);
}

Test(removals, what_is_deleted_can_be_purged)
{
    const char *session, *path;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ""));
    EXPECT(drop(&wire, SAY(&wire, "%s?purge=false", path)), 200, NULL);
    cr_expect_str_eq(titles(&wire, session, "&deleted=only"), "A bill");
    EXPECT(drop(&wire, SAY(&wire, "%s?purge=true", path)), 200, NULL);
    cr_expect_str_eq(titles(&wire, session, "&deleted=only"), "");
    wire_close(&wire);
}

Test(removals, a_person_bills_refer_to_stays)
{
    const char *person, *of_theirs, *purge;
    struct wire wire;

    wire_open(&wire);
    person = make(&wire, "people",
                  SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}",
                      some_key(&wire)));
    of_theirs = make(&wire, "bills",
                     bill(&wire, some_key(&wire),
                          SAY(&wire, ",\"sponsor_id\":\"%s\"", id_of(person))));
    purge = SAY(&wire, "%s?purge=true", person);
    EXPECT(drop(&wire, purge), 409, "\"code\":\"referenced\"");
    EXPECT(get(&wire, person), 200, NULL);
    EXPECT(drop(&wire, SAY(&wire, "%s?purge=true", of_theirs)), 200, NULL);
    EXPECT(drop(&wire, purge), 200, NULL);
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(removals, purge_is_true_or_false,
    { "DELETE /v1/bills/018f0000-0000-7000-8000-000000000000?purge=yes",
      .as_admin = true, .expect = 400, .code = "invalid_parameter",
      .has = "\"purge\":\"must be true or false\"" },
    { "DELETE /v1/bills/018f0000-0000-7000-8000-000000000000?prune=true",
      .as_admin = true, .expect = 400, .has = "unknown_parameter" },
    { "DELETE /v1/bills/018f0000-0000-7000-8000-000000000000"
      "?purge=true&purge=false",
      .as_admin = true, .expect = 400, .code = "invalid_parameter" })
/* clang-format on */

/* --- every resource ------------------------------------------------------ */

/* Its path, from the first row of a list; the list must not be empty. */
static const char *path_of_first(struct wire *wire, const char *resource,
                                 const char *query)
{
    struct answer list =
        get(wire, SAY(wire, "/v1/%s?fields=id&%s", resource, query));
    struct text id = member(&list, "id");

    cr_assert(!text_is_null(id), "%.*s", TEXT_ARG(list.body));
    return SAY(wire, "/v1/%s/%.*s", resource, TEXT_ARG(id));
}

Test(removals, a_system_role_stays)
{
    const char *path;
    struct wire wire;

    wire_open(&wire);
    path = path_of_first(&wire, "roles", "key=viewer");
    EXPECT(drop(&wire, path), 409, "\"code\":\"system\"");
    EXPECT(drop(&wire, SAY(&wire, "%s?purge=true", path)), 409,
           "\"code\":\"system\"");
    EXPECT(
        ask(&wire, SAY(&wire, "DELETE %s", path), "If-Match: \"0\"\r\n", NULL),
        412, NULL);
    EXPECT(get(&wire, path), 200, "\"system\":true");
    wire_close(&wire);
}

/* From its making to its end. */
static void live(struct wire *wire, const char *resource, const char *body,
                 const char *other)
{
    const char *path = make(wire, resource, body);
    const char *restore = SAY(wire, "%s/restore", path);
    const char *purge = SAY(wire, "%s?purge=true", path);
    struct answer answer;

    EXPECT(put(wire, path, other), 200, NULL);
    EXPECT(drop(wire, path), 200, id_of(path));
    EXPECT(put(wire, path, body), 404, NULL);
    EXPECT(post(wire, restore, NULL), 200, "\"deleted_at\":null");
    answer = put(wire, path, body);
    EXPECT(answer, 200, NULL);
    cr_expect(text_equal(put(wire, path, body).body, answer.body),
              "the same again is no change");
    EXPECT(drop(wire, purge), 200, id_of(path));
    EXPECT(post(wire, restore, NULL), 404, NULL);
}

Test(removals, every_resource_lives_and_ends_alike)
{
    const char *key;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    live(&wire, "bills", bill(&wire, key, ""),
         bill(&wire, key, ",\"summary\":\"s\""));
    live(&wire, "people",
         SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}", key),
         SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Bo\"}", key));
    live(
        &wire, "users",
        SAY(&wire, "{\"email\":\"%s@a.example\",\"display_name\":\"A\"}", key),
        SAY(&wire, "{\"email\":\"%s@a.example\",\"display_name\":\"B\"}", key));
    live(&wire, "roles", SAY(&wire, "{\"key\":\"%s\",\"name\":\"A\"}", key),
         SAY(&wire, "{\"key\":\"%s\",\"name\":\"B\"}", key));
    live(&wire, "permissions", SAY(&wire, "{\"key\":\"%s:read\"}", key),
         SAY(&wire, "{\"key\":\"%s:read:own\"}", key));
    wire_close(&wire);
}
