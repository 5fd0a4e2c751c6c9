/* SPDX-License-Identifier: MIT */
/* What holds for every request (api.md § 1 and 5), beside test_edge.c. */
#include "made.h"

#include <regex.h>

#define ANY_ID "018f0000-0000-7000-8000-000000000000"

/* Does the whole text match? Patterns are POSIX extended. */
static bool matches(struct text t, const char *pattern)
{
    char copy[512];
    regex_t regex;
    bool found;

    if (text_is_null(t) || t.len >= sizeof(copy))
        return false;
    snprintf(copy, sizeof(copy), "%.*s", TEXT_ARG(t));
    cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    found = regexec(&regex, copy, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

#define EXPECT_MATCH(value, pattern)                           \
    do {                                                       \
        const struct text given = (value);                     \
                                                               \
        cr_expect(matches(given, (pattern)), "%.*s is not %s", \
                  TEXT_ARG(given), (pattern));                 \
    } while (0)

/* --- HTTP/1.1 ------------------------------------------------------------ */

Test(contract, versions_above_1_1_are_answered_as_1_1)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET /livez HTTP/1.9\r\nHost: a\r\n\r\n"
                            "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect(text_starts_with(answer.head, "HTTP/1.1 200 "));
    cr_expect_eq(wire_read(&wire, false).status, 200, "it stays open");
    wire_close(&wire);
}

Test(contract, host_makes_no_links)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET http://evil.example/v1/people?limit=1 "
                            "HTTP/1.1\r\nHost: evil.example\r\n"
                            "X-Forwarded-Host: evil.example\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 200);
    cr_expect(text_starts_with(answer_header(&answer, "Link"), "</v1/people?"));
    cr_expect_not(memmem(answer.head.at, answer.head.len, "evil", 4));
    answer = ask(&wire, "POST /v1/people", "X-Forwarded-Host: evil.example\r\n",
                 SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}",
                     some_key(&wire)));
    EXPECT_MATCH(answer_header(&answer, "Location"),
                 "^/v1/people/[0-9a-f-]{36}$");
    wire_close(&wire);
}

/* --- what an object looks like ------------------------------------------- */

#define MICROSECONDS \
    "^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"

/* All members at the head of the object, from its id to deleted_at. */
static void expect_common(const struct answer *answer)
{
    cr_expect(text_starts_with(answer->body, "{\"id\":\""));
    EXPECT_MATCH(member(answer, "id"), "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-"
                                       "[89ab][0-9a-f]{3}-[0-9a-f]{12}$");
    EXPECT_MATCH(member(answer, "version"), "^[1-9][0-9]*$");
    EXPECT_MATCH(member(answer, "created_at"), MICROSECONDS);
    EXPECT_MATCH(member(answer, "updated_at"), MICROSECONDS);
    EXPECT_MATCH(member(answer, "deleted_at"), "^null$");
}

Test(contract, every_object_has_an_id_a_version_and_its_times)
{
    const char *key;
    struct answer made;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    made = post(&wire, "/v1/bills", bill(&wire, key, ""));
    expect_common(&made);
    EXPECT_MATCH(member(&made, "introduced_on"), "^2026-02-28$");
    made = post(&wire, "/v1/people",
                SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"A\"}", key));
    expect_common(&made);
    made = post(
        &wire, "/v1/users",
        SAY(&wire, "{\"email\":\"%s@a.example\",\"display_name\":\"A\"}", key));
    expect_common(&made);
    made = post(&wire, "/v1/roles",
                SAY(&wire, "{\"key\":\"%s\",\"name\":\"A\"}", key));
    expect_common(&made);
    made = post(&wire, "/v1/permissions",
                SAY(&wire, "{\"key\":\"%s:read\"}", key));
    expect_common(&made);
    wire_close(&wire);
}

Test(contract, ids_grow_with_time)
{
    struct answer first, second;
    struct wire wire;

    wire_open(&wire);
    first = post(&wire, "/v1/bills", bill(&wire, some_key(&wire), ""));
    second = post(&wire, "/v1/bills", bill(&wire, some_key(&wire), ""));
    cr_expect_lt(memcmp(member(&first, "id").at, member(&second, "id").at, 13),
                 1, "the milliseconds stand in front");
    wire_close(&wire);
}

Test(contract, members_are_snake_case)
{
    struct answer answer;
    struct text rest, piece;
    struct wire wire;
    unsigned count = 0;

    wire_open(&wire);
    answer = get(&wire, "/v1/bills?limit=1&embed=sponsor,cosponsors,actions");
    rest = answer.body;
    while (text_cut(&rest, '"', &piece)) {
        if (rest.len == 0 || rest.at[0] != ':' || rest.len < 2)
            continue;
        EXPECT_MATCH(piece, "^[a-z][a-z0-9_]*$");
        count++;
    }
    cr_expect_gt(count, 0);
    wire_close(&wire);
}

/* --- every answer -------------------------------------------------------- */

Test(contract, a_request_id_has_64_characters_at_the_most)
{
    char id[66];
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    memset(id, 'a', sizeof(id));
    id[64] = '\0';
    answer =
        ask(&wire, "GET /livez", SAY(&wire, "X-Request-Id: %s\r\n", id), NULL);
    cr_expect(text_is(answer_header(&answer, "X-Request-Id"), id));
    id[64] = 'a';
    id[65] = '\0';
    answer =
        ask(&wire, "GET /livez", SAY(&wire, "X-Request-Id: %s\r\n", id), NULL);
    cr_expect_eq(answer_header(&answer, "X-Request-Id").len, 36);
    wire_close(&wire);
}

/* Whoever answers: a handler, the edge, the gate. */
Test(contract, every_answer_has_a_request_id)
{
    static const char *const requests[] = {
        "GET /livez",           "GET /nothing",
        "DELETE /v1/bills",     "OPTIONS /v1/bills",
        "POST /v1/bills",       "GET /v1/bills?colour=red",
        "GET /v1/bills/export", "GET /v1/bills/" ANY_ID,
    };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        answer = wire_step(&wire, &(struct step){ .request = requests[i] });
        cr_expect_eq(answer_header(&answer, "X-Request-Id").len, 36, "%s",
                     requests[i]);
    }
    wire_close(&wire);
    wire_open(&wire);
    wire_send_string(&wire, "GET / HTTP/9.9\r\nHost: a\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 505);
    cr_expect_eq(answer_header(&answer, "X-Request-Id").len, 36);
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(contract, json_is_asked_for_in_many_ways,
    { "GET /v1/people?limit=1", .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Accept:\r\n", .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Accept: */*\r\n", .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Accept: application/*;q=0.1\r\n",
      .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Accept: APPLICATION/JSON\r\n",
      .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Accept: application/problem+json\r\n",
      .expect = 406, .code = "not_acceptable" },
    { "POST /v1/people", .as_admin = true, .body = "{}",
      .headers = "Accept: text/html\r\n", .expect = 406 },
    { "GET /v1/people?limit=1",
      .headers = "Accept: application/json;q=0, */*\r\n", .expect = 406 })

SCENARIO(contract, everything_is_below_v1,
    { "GET /bills", .expect = 404 },
    { "GET /v2/bills", .expect = 404 },
    { "GET /V1/bills", .expect = 404 })

SCENARIO(contract, what_is_no_id_is_no_object_in_any_method,
    { "GET /v1/users/me", .as_admin = true, .expect = 404 },
    { "PATCH /v1/bills/7", .as_admin = true, .body = "{}", .expect = 404 },
    { "PUT /v1/bills/7", .as_admin = true, .body = "{}",
      .headers = "If-None-Match: *\r\n", .expect = 404 },
    { "GET /v1/bills/018f000000007000800000000000000", .expect = 404 },
    { "GET /v1/bills/{018f0000-0000-7000-8000-000000000000}", .expect = 404 },
    { "DELETE /v1/bills/import", .as_admin = true, .expect = 405,
      .header = "Allow: POST, OPTIONS" },
    { "PUT /v1/bills/facets", .as_admin = true, .body = "{}", .expect = 405 },
    { "DELETE /v1/bills/export", .as_admin = true, .expect = 405 })
/* clang-format on */

Test(contract, every_resource_has_the_same_methods)
{
    static const char *const resources[] = { "users", "roles", "permissions",
                                             "people", "bills" };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        answer =
            ask(&wire, SAY(&wire, "OPTIONS /v1/%s", resources[i]), NULL, NULL);
        cr_expect(text_is(answer_header(&answer, "Allow"),
                          "GET, HEAD, POST, OPTIONS"));
        answer = ask(&wire, SAY(&wire, "OPTIONS /v1/%s/" ANY_ID, resources[i]),
                     NULL, NULL);
        cr_expect(text_is(answer_header(&answer, "Allow"),
                          "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"));
        cr_expect(text_is(answer_header(&answer, "Accept-Patch"),
                          "application/merge-patch+json, "
                          "application/json-patch+json, application/json"));
    }
    wire_close(&wire);
}

Test(contract, head_tells_the_tag_and_no_body)
{
    const char *path;
    struct answer head, whole;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    whole = get(&wire, path);
    head = ask(&wire, SAY(&wire, "HEAD %s", path), NULL, NULL);
    cr_expect_eq(head.status, 200);
    cr_expect_eq(head.body.len, 0);
    cr_expect(text_equal(tag_of(&head), tag_of(&whole)));
    cr_expect(text_equal(answer_header(&head, "Content-Length"),
                         answer_header(&whole, "Content-Length")));
    wire_close(&wire);
}

/* --- problems ------------------------------------------------------------ */

Test(contract, a_problem_says_all_that_is_known)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = ask(&wire, "POST /v1/bills?", "X-Request-Id: t-1\r\n",
                 bill(&wire, "", ",\"status\":\"lost\""));
    cr_expect_eq(answer.status, 422);
    cr_expect(text_is(answer_header(&answer, "Content-Type"),
                      "application/problem+json"));
    cr_expect(
        text_starts_with(answer.body,
                         "{\"type\":\"/problems/validation\","
                         "\"title\":\"Validation failed\",\"status\":422,"
                         "\"detail\":\"2 members are invalid\","
                         "\"instance\":\"/v1/bills\",\"code\":\"validation\","
                         "\"request_id\":\"t-1\","
                         "\"message\":\"2 members are invalid\",\"errors\":{"),
        "%.*s", TEXT_ARG(answer.body));
    EXPECT(answer, 422, "\"session\":\"must be 1 to 20 characters\"");
    EXPECT(answer, 422, "\"status\":\"must be one of introduced, ");
    EXPECT(answer, 422,
           "{\"pointer\":\"/session\",\"code\":\"too_short\","
           "\"detail\":\"must be 1 to 20 characters\"}");
    wire_close(&wire);
}

Test(contract, only_400_409_and_422_name_members)
{
    static const char *const requests[] = { "GET /nothing",
                                            "GET /v1/bills/" ANY_ID,
                                            "DELETE /v1/bills",
                                            "POST /v1/bills" };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        answer = wire_step(&wire, &(struct step){ .request = requests[i] });
        cr_expect_geq(answer.status, 400);
        cr_expect_not(answer_has(&answer, "\"errors\":"), "%s", requests[i]);
        cr_expect_not(answer_has(&answer, "\"violations\":"), "%s",
                      requests[i]);
    }
    wire_close(&wire);
}
