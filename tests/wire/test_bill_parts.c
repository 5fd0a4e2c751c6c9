/* SPDX-License-Identifier: MIT */
/* A bill's history and its cosponsors. */
#include "support/made.h"

#define NOBODY "018f0000-0000-7000-8000-000000000000"

static struct answer get_bill(struct wire *wire, const char *bill)
{
    return wire_step(
        wire, &(struct step){ .request = arena_format(
                                  &wire->arena, "GET /v1/bills/%s", bill) });
}

Test(bill_parts, an_action_becomes_the_bills_latest)
{
    const char *bill, *tag, *history;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    bill = made_bill(&wire, "");
    answer = get_bill(&wire, bill);
    tag = arena_copy(&wire.arena, answer_header(&answer, "ETag"));
    answer = ADMIN(&wire,
                   "{\"acted_on\":\"2026-03-02\",\"acted_at\":\"09:05:01.25\","
                   "\"text\":\"Passed House\",\"status\":\"passed_house\"}",
                   "POST /v1/bills/%s/actions", bill);
    cr_assert_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    cr_expect(answer_has(&answer, "\"acted_at\":\"09:05:01.25\""));
    answer = ADMIN(&wire,
                   "{\"acted_on\":\"2026-03-01\",\"text\":\"Reported\","
                   "\"status\":\"reported\"}",
                   "POST /v1/bills/%s/actions", bill);
    cr_assert_eq(answer.status, 201);
    answer = get_bill(&wire, bill);
    cr_expect(answer_has(&answer, "\"status\":\"passed_house\""));
    cr_expect(answer_has(&answer, "\"latest_action_on\":\"2026-03-02\","
                                  "\"latest_action\":\"Passed House\""));
    cr_expect_not(text_is(answer_header(&answer, "ETag"), tag));
    answer = wire_step(
        &wire,
        &(struct step){ .request = arena_format(
                            &wire.arena, "GET /v1/bills/%s/actions", bill) });
    history = body_of(&wire, answer);
    cr_expect_lt(strstr(history, "Reported"), strstr(history, "Passed House"),
                 "%s", history);
    cr_expect(
        text_is(answer_header(&answer, "Content-Range"), "actions 0-1/2"));
    wire_close(&wire);
}

Test(bill_parts, a_history_is_paged)
{
    struct answer answer;
    const char *bill;
    struct wire wire;

    wire_open(&wire);
    bill = made_bill(&wire, "");
    for (int day = 1; day <= 5; day++)
        ADMIN(&wire,
              arena_format(&wire.arena,
                           "{\"acted_on\":\"2026-03-0%d\",\"text\":\"Day %d\"}",
                           day, day),
              "POST /v1/bills/%s/actions", bill);
    answer = wire_step(
        &wire, &(struct step){ .request = arena_format(
                                   &wire.arena,
                                   "GET /v1/bills/%s/actions?limit=2&offset=2",
                                   bill) });
    cr_expect_eq(answer.status, 200);
    cr_expect(answer_has(&answer, "Day 3") && answer_has(&answer, "Day 4"));
    cr_expect_not(answer_has(&answer, "Day 2") || answer_has(&answer, "Day 5"));
    cr_expect(text_is(answer_header(&answer, "Link"),
                      arena_format(&wire.arena,
                                   "</v1/bills/%s/actions?limit=2&offset=4>; "
                                   "rel=\"next\", "
                                   "</v1/bills/%s/actions?limit=2&offset=0>; "
                                   "rel=\"prev\", "
                                   "</v1/bills/%s/actions?limit=2&offset=0>; "
                                   "rel=\"first\"",
                                   bill, bill, bill)),
              "%.*s", TEXT_ARG(answer.head));
    wire_close(&wire);
}

Test(bill_parts, every_fault_of_an_action_is_told)
{
    struct answer answer;
    const char *bill;
    struct wire wire;

    wire_open(&wire);
    bill = made_bill(&wire, "");
    answer = ADMIN(&wire,
                   "{\"text\":\"\",\"acted_at\":\"24:00\",\"status\":\"lost\","
                   "\"id\":\"" NOBODY "\",\"colour\":1}",
                   "POST /v1/bills/%s/actions", bill);
    cr_expect_eq(answer.status, 422);
    cr_expect(answer_has(&answer, "\"pointer\":\"/acted_on\",\"code\":"
                                  "\"required\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/text\",\"code\":"
                                  "\"too_short\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/acted_at\",\"code\":"
                                  "\"invalid_format\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/status\",\"code\":"
                                  "\"not_allowed\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/id\",\"code\":"
                                  "\"read_only\""));
    cr_expect(answer_has(&answer, "\"pointer\":\"/colour\",\"code\":"
                                  "\"unknown_field\""));
    wire_close(&wire);
}

Test(bill_parts, a_key_appends_once)
{
    struct step step = {
        .headers = "Idempotency-Key: append\r\n",
        .body = "{\"acted_on\":\"2026-03-01\",\"text\":\"Once\"}",
        .as_admin = true,
    };
    struct answer first, second, answer;
    const char *bill;
    struct wire wire;

    wire_open(&wire);
    bill = made_bill(&wire, "");
    step.headers =
        arena_format(&wire.arena, "Idempotency-Key: %s\r\n", made_key(&wire));
    step.request = arena_format(&wire.arena, "POST /v1/bills/%s/actions", bill);
    first = wire_step(&wire, &step);
    second = wire_step(&wire, &step);
    cr_expect_eq(first.status, 201, "%.*s", TEXT_ARG(first.body));
    cr_expect_eq(second.status, 201);
    cr_expect(text_is(answer_header(&second, "Idempotency-Replayed"), "true"));
    cr_expect(text_equal(first.body, second.body));
    answer = wire_step(
        &wire,
        &(struct step){ .request = arena_format(
                            &wire.arena, "GET /v1/bills/%s/actions", bill) });
    cr_expect(text_is(answer_header(&answer, "X-Total-Count"), "1"));
    wire_close(&wire);
}

Test(bill_parts, cosponsors_come_and_go)
{
    const char *bill, *ann, *bob, *names;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    bill = made_bill(&wire, "");
    bob = made_person(&wire, "Bob Z");
    ann = made_person(&wire, "Ann Y");
    answer = ADMIN(&wire, NULL, "PUT /v1/bills/%s/cosponsors/%s", bill, bob);
    cr_expect_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    cr_expect(answer_has(&answer, "\"full_name\":\"Bob Z\""));
    answer = ADMIN(&wire, "{}", "PUT /v1/bills/%s/cosponsors/%s", bill, ann);
    cr_expect_eq(answer.status, 201);
    answer = ADMIN(&wire, NULL, "PUT /v1/bills/%s/cosponsors/%s", bill, ann);
    cr_expect_eq(answer.status, 200);
    answer = wire_step(
        &wire, &(struct step){
                   .request = arena_format(
                       &wire.arena, "GET /v1/bills/%s/cosponsors", bill) });
    names = body_of(&wire, answer);
    cr_expect_lt(strstr(names, "Ann Y"), strstr(names, "Bob Z"), "%s", names);
    answer = ADMIN(&wire, NULL, "DELETE /v1/bills/%s/cosponsors/%s", bill, ann);
    cr_expect_eq(answer.status, 200);
    answer = ADMIN(&wire, NULL, "DELETE /v1/bills/%s/cosponsors/%s", bill, ann);
    cr_expect_eq(answer.status, 404);
    cr_expect(answer_has(&answer, "the bill has no cosponsor with this id"));
    wire_close(&wire);
}

Test(bill_parts, another_cosponsor_is_another_version)
{
    const char *bill, *ann, *before;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    bill = made_bill(&wire, "");
    ann = made_person(&wire, "Ann X");
    answer = get_bill(&wire, bill);
    before = arena_copy(&wire.arena, answer_header(&answer, "ETag"));
    ADMIN(&wire, NULL, "PUT /v1/bills/%s/cosponsors/%s", bill, ann);
    answer = get_bill(&wire, bill);
    cr_expect_not(text_is(answer_header(&answer, "ETag"), before));
    before = arena_copy(&wire.arena, answer_header(&answer, "ETag"));
    ADMIN(&wire, NULL, "PUT /v1/bills/%s/cosponsors/%s", bill, ann);
    answer = get_bill(&wire, bill);
    cr_expect(text_is(answer_header(&answer, "ETag"), before),
              "the same again is no change");
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(bill_parts, need_a_bill,
    { "GET /v1/bills/" NOBODY "/actions", .expect = 404, .has = "no bill" },
    { "GET /v1/bills/7/actions", .expect = 404 },
    { "GET /v1/bills/" NOBODY "/cosponsors", .expect = 404 },
    { "POST /v1/bills/" NOBODY "/actions", .as_admin = true,
      .body = "{\"acted_on\":\"2026-03-01\",\"text\":\"x\"}", .expect = 404,
      .has = "no bill has this id" },
    { "PUT /v1/bills/" NOBODY "/cosponsors/" NOBODY, .as_admin = true,
      .expect = 404, .has = "no bill has this id" },
    { "POST /v1/bills/" NOBODY "/actions", .body = "{}", .expect = 401 },
    { "GET /v1/bills/" NOBODY "/actions?limit=5&cursor=x", .expect = 400 },
    { "POST /v1/bills/" NOBODY "/actions", .as_admin = true,
      .expect = 415, .code = "unsupported_media_type" })
/* clang-format on */
