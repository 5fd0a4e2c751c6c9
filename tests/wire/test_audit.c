/* SPDX-License-Identifier: MIT */
/* GET /v1/audit, and that what was done and refused comes to be in it. */
#include "made.h"

#include "base/clock.h"

#include <time.h>
#include <unistd.h>

static const char *audit_of(struct wire *wire, const char *path,
                            const char *more)
{
    return SAY(wire, "/v1/audit?resource_id=%s%s", id_of(path), more);
}

Test(audit, tells_what_was_done_to_an_object_newest_first)
{
    const char *path, *asked;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    ask(&wire, SAY(&wire, "PATCH %s", path), NULL, "{\"status\":\"enacted\"}");
    drop(&wire, path);
    answer = get(&wire, audit_of(&wire, path, "&fields=action,resource_type"));
    EXPECT(answer, 200,
           "[{\"action\":\"delete\",\"resource_type\":\"bills\"},"
           "{\"action\":\"update\",\"resource_type\":\"bills\"},"
           "{\"action\":\"create\",\"resource_type\":\"bills\"}]");
    asked = audit_of(&wire, path, "&action=update&fields=before,after");
    answer = get(&wire, asked);
    EXPECT(answer, 200, "[{\"before\":{\"id\":");
    EXPECT(answer, 200, "\"status\":\"introduced\"");
    EXPECT(answer, 200, "\"status\":\"enacted\"");
    wire_close(&wire);
}

Test(audit, tells_which_request_did_it)
{
    const char *path, *request;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    request = some_key(&wire);
    path = SAY(&wire, "/v1/people/%s", some_id(&wire));
    answer =
        ask(&wire, SAY(&wire, "PUT %s", path),
            SAY(&wire, "If-None-Match: *\r\nX-Request-Id: %s\r\n", request),
            SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"A\"}", request));
    cr_assert_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    answer = get(&wire, SAY(&wire, "/v1/audit?request_id=%s", request));
    EXPECT(answer, 200, SAY(&wire, "\"request_id\":\"%s\"", request));
    EXPECT(answer, 200, SAY(&wire, "\"resource_id\":\"%s\"", id_of(path)));
    EXPECT(answer, 200, "\"before\":null");
    wire_close(&wire);
}

Test(audit, tells_nothing_of_what_failed)
{
    const char *session;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    make(&wire, "bills", bill(&wire, session, ""));
    answer = ask(&wire, "POST /v1/bills",
                 SAY(&wire, "X-Request-Id: again-%s\r\n", session),
                 bill(&wire, session, ""));
    cr_assert_eq(answer.status, 409);
    EXPECT(get(&wire, SAY(&wire, "/v1/audit?request_id=again-%s", session)),
           200, "[]");
    wire_close(&wire);
}

Test(audit, tells_of_a_batch_as_of_its_operations)
{
    const char *session, *body;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    body = SAY(&wire,
               "[{\"method\":\"POST\",\"path\":\"/v1/bills\",\"body\":%s},"
               "{\"method\":\"PATCH\",\"path\":\"/v1/bills/$0.id\","
               "\"body\":{\"title\":\"Another\"}}]",
               bill(&wire, session, ""));
    answer = ask(&wire, "POST /v1/batch",
                 SAY(&wire, "X-Request-Id: batch-%s\r\n", session), body);
    cr_assert_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    EXPECT(get(&wire, SAY(&wire, "/v1/audit?request_id=batch-%s&fields=action",
                          session)),
           200, "[{\"action\":\"update\"},{\"action\":\"create\"}]");
    wire_close(&wire);
}

Test(audit, keeps_what_is_personal_to_itself)
{
    const char *key, *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    path = make(&wire, "users",
                SAY(&wire,
                    "{\"email\":\"%s@example.org\",\"display_name\":\"N%s\"}",
                    key, key));
    answer = get(&wire, audit_of(&wire, path, ""));
    EXPECT(answer, 200, "\"email\":\"[redacted]\"");
    cr_expect_not(answer_has(&answer, key));
    wire_close(&wire);
}

/* --- as a list --------------------------------------------------------------
 */

Test(audit, is_paged_by_cursor)
{
    const char *path, *next;
    struct answer answer;
    struct text link;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    for (int i = 0; i < 4; i++)
        ask(&wire, SAY(&wire, "PATCH %s", path), NULL,
            SAY(&wire, "{\"title\":\"%d\"}", i));
    answer = get(&wire, audit_of(&wire, path, "&limit=3&fields=action"));
    EXPECT(answer, 200,
           "[{\"action\":\"update\"},{\"action\":\"update\"},"
           "{\"action\":\"update\"}]");
    link = answer_header(&answer, "Link");
    next = memmem(link.at, link.len, "cursor=", 7);
    cr_assert_not_null(next);
    answer = get(&wire, SAY(&wire, "%s&%.*s",
                            audit_of(&wire, path, "&limit=3&fields=action"),
                            (int)strcspn(next, ">"), next));
    EXPECT(answer, 200, "[{\"action\":\"update\"},{\"action\":\"create\"}]");
    wire_close(&wire);
}

SCENARIO(audit, cannot_be_written,
         { "POST /v1/audit", .body = "{}", .as_admin = true, .expect = 405,
           .header = "Allow: GET, HEAD, OPTIONS" },
         { "DELETE /v1/audit", .as_admin = true, .expect = 405,
           .code = "method_not_allowed" },
         { "GET /v1/audit/018f0000-0000-7000-8000-000000000001",
           .as_admin = true, .expect = 404 },
         { "DELETE /v1/audit/018f0000-0000-7000-8000-000000000001",
           .as_admin = true, .expect = 404 })

SCENARIO(audit, is_not_for_everybody,
         { "GET /v1/audit", .expect = 401, .code = "unauthenticated" },
         { "GET /v1/audit?action=create", .expect = 401 })

SCENARIO(audit, wants_questions_it_knows,
         { "GET /v1/audit?actor_id=me", .as_admin = true, .expect = 400,
           .has = "\"pointer\":\"actor_id\"" },
         { "GET /v1/audit?deleted=include", .as_admin = true, .expect = 400,
           .has = "unknown_parameter" },
         { "GET /v1/audit?route=/v1/bills", .as_admin = true, .expect = 400,
           .has = "resource_type" },
         { "GET /v1/audit?action=destroy", .as_admin = true, .expect = 400,
           .has = "unauthenticated" },
         { "GET /v1/audit?at_gte=2126-01-01T00:00:00Z", .as_admin = true,
           .expect = 200, .has = "[]" },
         { "GET /v1/audit?limit=1", .as_admin = true,
           .headers = "Prefer: count=exact\r\n", .expect = 200,
           .has = "\"resource_type\":" })

/* --- refusals ---------------------------------------------------------------
 */

/* Written a moment later, so that nobody who is refused waits for it. */
static struct answer refusal_of(struct wire *wire, const char *request)
{
    uint64_t until = clock_monotonic_ns() + 10 * NS_PER_S;
    struct answer answer;

    do {
        answer = get(wire, SAY(wire, "/v1/audit?request_id=%s", request));
        usleep(20000);
    } while (text_is(answer.body, "[]") && clock_monotonic_ns() < until);
    return answer;
}

Test(audit, tells_of_refused_attempts)
{
    const char *request, *path;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    request = some_key(&wire);
    path = SAY(&wire, "/v1/bills/%s", some_id(&wire));
    answer = wire_step(
        &wire, &(struct step){
                   .request = SAY(&wire, "DELETE %s", path),
                   .headers = SAY(&wire, "X-Request-Id: %s\r\n", request) });
    cr_assert_eq(answer.status, 401);
    answer = refusal_of(&wire, request);
    EXPECT(answer, 200, "\"action\":\"unauthenticated\"");
    EXPECT(answer, 200, "\"resource_type\":\"bills\"");
    EXPECT(answer, 200, SAY(&wire, "\"resource_id\":\"%s\"", id_of(path)));
    EXPECT(answer, 200, "\"permission\":\"bills:delete\"");
    EXPECT(answer, 200, "\"method\":\"DELETE\"");
    EXPECT(answer, 200, "\"address\":\"127.0.0.1\"");
    wire_close(&wire);
}

Test(audit, tells_of_tokens_that_are_none)
{
    const char *request;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    request = some_key(&wire);
    answer = wire_step(
        &wire,
        &(struct step){ .request = "GET /v1/users",
                        .headers = SAY(&wire,
                                       "X-Request-Id: %s\r\n"
                                       "Authorization: Bearer not-%s\r\n",
                                       request, request) });
    cr_assert_eq(answer.status, 401);
    answer = refusal_of(&wire, request);
    EXPECT(answer, 200, "\"action\":\"unauthenticated\"");
    cr_expect_not(answer_has(&answer, "not-"));
    wire_close(&wire);
}

/* --- seals ------------------------------------------------------------------
 */

static long metric(struct wire *wire, const char *name)
{
    struct answer answer = get(wire, "/metrics");
    const char *line = SAY(wire, "\n%s ", name);
    const char *at =
        memmem(answer.body.at, answer.body.len, line, strlen(line));

    cr_assert_not_null(at, "no %s", name);
    return strtol(at + strlen(line), NULL, 10);
}

Test(audit, is_sealed_behind_those_who_write)
{
    uint64_t until = clock_monotonic_ns() + 20 * NS_PER_S;
    long before;
    struct wire wire;

    wire_open(&wire);
    make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    while (metric(&wire, "portcullis_audit_sealed_rows_total") == 0 &&
           clock_monotonic_ns() < until)
        usleep(20000);
    before = metric(&wire, "portcullis_audit_sealed_rows_total");
    cr_expect_gt(before, 0);
    cr_expect_lt(
        labs(metric(&wire, "portcullis_audit_sealer_timestamp_seconds") -
             time(NULL)),
        30);
    cr_expect_geq(metric(&wire, "portcullis_audit_months_ahead"), 11);
    wire_close(&wire);
}
