/* SPDX-License-Identifier: MIT */
/* Facets and analytics, over bills of a session that only this test has. */
#include "support/made.h"

static struct answer get(struct wire *wire, const char *path)
{
    return wire_step(wire, &(struct step){ .request = arena_format(
                                               &wire->arena, "GET %s", path) });
}

/* Three bills of one subject area each; returns the session. */
static const char *make_session(struct wire *wire)
{
    static const char *const rest[] = {
        "\"type\":\"hr\",\"chamber\":\"house\",\"status\":\"enacted\","
        "\"policy_area\":\"Health\",\"subjects\":[\"a\",\"b\"],"
        "\"introduced_on\":\"2025-01-31\"",
        "\"type\":\"hr\",\"chamber\":\"house\",\"policy_area\":\"Health\","
        "\"subjects\":[\"b\"],\"introduced_on\":\"2025-02-01\"",
        "\"type\":\"s\",\"chamber\":\"senate\",\"introduced_on\":"
        "\"2025-02-28\"",
    };
    const char *session = made_key(wire);

    for (int i = 0; i < 3; i++)
        made(wire, "bills",
             arena_format(&wire->arena,
                          "{\"session\":\"%s\",\"number\":%d,"
                          "\"title\":\"A bill about trains\",%s}",
                          session, i + 1, rest[i]));
    return session;
}

Test(analytics, count_by_one_dimension)
{
    static const struct {
        const char *by, *groups;
    } want[] = {
        { "status", "[{\"key\":\"enacted\",\"count\":1},"
                    "{\"key\":\"introduced\",\"count\":2}]" },
        { "chamber", "[{\"key\":\"house\",\"count\":2},"
                     "{\"key\":\"senate\",\"count\":1}]" },
        { "type",
          "[{\"key\":\"hr\",\"count\":2},{\"key\":\"s\",\"count\":1}]" },
        { "policy_area", "[{\"key\":\"Health\",\"count\":2},"
                         "{\"key\":null,\"count\":1}]" },
        { "subject", "[{\"key\":\"a\",\"count\":1},{\"key\":\"b\","
                     "\"count\":2}]" },
        { "sponsor", "[{\"key\":null,\"count\":3}]" },
        { "month", "[{\"key\":\"2025-01\",\"count\":1},{\"key\":\"2025-02\","
                   "\"count\":2}]" },
    };
    const char *session;
    struct wire wire;

    wire_open(&wire);
    session = make_session(&wire);
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct answer answer = get(
            &wire, arena_format(&wire.arena,
                                "/v1/analytics/bills?group_by=%s&session=%s",
                                want[i].by, session));

        cr_expect_eq(answer.status, 200);
        cr_expect_str_eq(body_of(&wire, answer), want[i].groups);
    }
    wire_close(&wire);
}

Test(analytics, facets_follow_the_filters)
{
    struct answer answer;
    const char *session;
    struct wire wire;

    wire_open(&wire);
    session = make_session(&wire);
    answer = get(&wire, arena_format(&wire.arena,
                                     "/v1/bills/facets?session=%s&by=type,"
                                     "status&q=trains",
                                     session));
    cr_expect_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    cr_expect_str_eq(body_of(&wire, answer),
                     "{\"type\":[{\"value\":\"hr\",\"count\":2},{\"value\":"
                     "\"s\",\"count\":1}],\"status\":[{\"value\":"
                     "\"introduced\",\"count\":2},{\"value\":\"enacted\","
                     "\"count\":1}]}");
    answer = get(&wire, arena_format(&wire.arena,
                                     "/v1/bills/facets?session=%s&by=type&"
                                     "introduced_on_gte=2025-02-01&"
                                     "filter=%%7B%%22chamber%%22:%%22senate"
                                     "%%22%%7D",
                                     session));
    cr_expect_str_eq(body_of(&wire, answer),
                     "{\"type\":[{\"value\":\"s\",\"count\":1}]}");
    answer = get(&wire, arena_format(&wire.arena,
                                     "/v1/bills/facets?session=%s&by=month&"
                                     "q=submarines",
                                     session));
    cr_expect_str_eq(body_of(&wire, answer), "{\"month\":[]}");
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(analytics, name_what_they_count_by,
    { "GET /v1/bills/facets", .expect = 400, .code = "invalid_parameter",
      .has = "status, chamber, type, policy_area, subject, sponsor, month" },
    { "GET /v1/bills/facets?by=title", .expect = 400,
      .has = "status, chamber, type, policy_area, subject, sponsor, month" },
    { "GET /v1/bills/facets?by=type,type", .expect = 400 },
    { "GET /v1/bills/facets?by=type&by=status", .expect = 400 },
    { "GET /v1/bills/facets?by=type&limit=3", .expect = 400 },
    { "GET /v1/bills/facets?by=type&colour=red", .expect = 400 },
    { "GET /v1/analytics/bills", .expect = 400, .has = "group_by" },
    { "GET /v1/analytics/bills?group_by=1;drop%20table%20bills",
      .expect = 400 },
    { "GET /v1/analytics/bills?group_by=type,status", .expect = 400 },
    { "GET /v1/analytics/bills?group_by=type&number=seven", .expect = 400 },
    { "GET /v1/analytics/bills?group_by=type&deleted=only", .expect = 403 },
    { "GET /v1/analytics/people?group_by=type", .expect = 404 },
    { "POST /v1/bills/facets?by=type", .as_admin = true, .expect = 405 })
/* clang-format on */
