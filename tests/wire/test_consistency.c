/* SPDX-License-Identifier: MIT */
/*
 * Tokens and what reads may say of their age. With replicas around the service
 * (./dev test --faults) the same must hold.
 */
#include "signed_in.h"

#include <criterion/criterion.h>

/* clang-format off */
SCENARIO(consistency, what_is_no_structured_field_of_ours_is_refused,
    { "GET /v1/bills?limit=1", .headers = "Consistency: any\r\n", .expect = 200 },
    { "GET /v1/bills?limit=1", .headers = "Consistency: bounded; max-age=500\r\n", .expect = 200 },
    { "GET /v1/bills?limit=1", .headers = "Consistency: bounded;max-age=0\r\n", .expect = 200 },
    { "GET /v1/bills?limit=1", .headers = "Consistency: strong\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: any; max-age=5\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: bounded\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: bounded; max-age=-1\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: bounded; max-age=1.5\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: bounded; max-age=86400001\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: \"any\"\r\n", .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: any\r\nConsistency: any\r\n", .expect = 400, .code = "invalid_header" })

SCENARIO(consistency, a_token_that_is_none_of_ours_is_refused,
    { "GET /v1/bills?limit=1", .headers = "Consistency-Token: garbled\r\n", .expect = 400, .code = "invalid_token" },
    { "GET /v1/bills?limit=1", .headers = "Consistency-Token:\r\n", .expect = 400, .code = "invalid_token" },
    { "GET /v1/bills?limit=1", .headers = "Consistency: any\r\nConsistency-Token: MDAwMDAwMDEwMDAwMDAwMDAwMDAwMDAx\r\n",
      .expect = 400, .code = "invalid_token" })
/* clang-format on */

static const char *token_line(struct wire *wire, const struct answer *answer)
{
    struct text token = answer_header(answer, "Consistency-Token");

    cr_assert(!text_is_null(token), "%.*s", TEXT_ARG(answer->head));
    return SAY(wire, "Consistency-Token: %.*s\r\n", TEXT_ARG(token));
}

Test(consistency, every_write_answers_with_a_token)
{
    const char *path, *twice;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = post(&wire, "/v1/bills", bill(&wire, some_key(&wire), ""));
    cr_assert_eq(answer.status, 201);
    (void)token_line(&wire, &answer);
    path = SAY(&wire, "/v1/bills/%.*s", TEXT_ARG(member(&answer, "id")));
    answer = ask(&wire, SAY(&wire, "PATCH %s", path),
                 "Prefer: return=minimal\r\n", "{\"title\":\"Another\"}");
    cr_expect_eq(answer.status, 204);
    (void)token_line(&wire, &answer);
    answer = post(&wire, SAY(&wire, "%s/actions", path),
                  "{\"acted_on\":\"2026-03-01\",\"text\":\"Read.\"}");
    cr_expect_eq(answer.status, 201);
    (void)token_line(&wire, &answer);
    answer =
        post(&wire, "/v1/batch",
             SAY(&wire, "[{\"method\":\"DELETE\",\"path\":\"%s\"}]", path));
    cr_expect_eq(answer.status, 200);
    (void)token_line(&wire, &answer);
    twice = SAY(&wire, "Idempotency-Key: %s\r\n", some_key(&wire));
    for (int i = 0; i < 2; i++) {
        static char body[256];

        if (i == 0)
            snprintf(body, sizeof(body), "%s",
                     bill(&wire, some_key(&wire), ""));
        answer = ask(&wire, "POST /v1/bills", twice, body);
        cr_expect_eq(answer.status, 201);
        (void)token_line(&wire, &answer);
    }
    wire_close(&wire);
}

Test(consistency, what_failed_and_what_only_reads_has_no_token)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = post(&wire, "/v1/bills", "{}");
    cr_expect_eq(answer.status, 422);
    cr_expect(text_is_null(answer_header(&answer, "Consistency-Token")));
    answer = get(&wire, "/v1/bills?limit=1");
    cr_expect(text_is_null(answer_header(&answer, "Consistency-Token")));
    cr_expect(text_is_null(answer_header(&answer, "Age")));
    wire_close(&wire);
}

Test(consistency, one_reads_what_one_wrote_whoever_answers)
{
    struct wire wire;

    wire_open(&wire);
    for (int i = 0; i < 50; i++) {
        const char *session = some_key(&wire), *path, *headers;
        struct answer answer =
            post(&wire, "/v1/bills", bill(&wire, session, ""));

        cr_assert_eq(answer.status, 201);
        path = SAY(&wire, "/v1/bills/%.*s", TEXT_ARG(member(&answer, "id")));
        headers = SAY(&wire, "Consistency: %s\r\n%s",
                      i % 2 ? "any" : "bounded; max-age=10000",
                      token_line(&wire, &answer));
        answer = ask(&wire, SAY(&wire, "GET %s", path), headers, NULL);
        cr_expect_eq(answer.status, 200);
        cr_expect(!text_is_null(answer_header(&answer, "Age")));
        answer = ask(&wire, SAY(&wire, "GET /v1/bills?session=%s", session),
                     headers, NULL);
        cr_expect(answer_has(&answer, session), "lists too");
        EXPECT(get(&wire, path), 200, session);
        EXPECT(get(&wire, SAY(&wire, "/v1/bills?session=%s", session)), 200,
               session);
    }
    wire_close(&wire);
}
