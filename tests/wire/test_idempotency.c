/* SPDX-License-Identifier: MIT */
/* Requests that are sent twice with an Idempotency-Key. */
#include "signed_in.h"

static const char *key_header(struct wire *wire, const char *key)
{
    return SAY(wire, "Idempotency-Key: %s\r\n", key);
}

static struct answer post_keyed(struct wire *wire, const char *key,
                                const char *body)
{
    return ask(wire, "POST /v1/bills", key_header(wire, key), body);
}

static bool is_replayed(const struct answer *answer)
{
    return text_is(answer_header(answer, "Idempotency-Replayed"), "true");
}

/* How many bills of a session there are, as X-Total-Count tells. */
static struct text count_of(struct wire *wire, const char *session)
{
    struct answer answer =
        ask(wire, SAY(wire, "GET /v1/bills?session=%s", session),
            "Prefer: count=exact\r\n", NULL);

    return answer_header(&answer, "X-Total-Count");
}

static void expect_same(const struct answer *first, const struct answer *again)
{
    cr_expect_eq(again->status, first->status);
    cr_expect(text_equal(again->body, first->body), "%.*s\n%.*s",
              TEXT_ARG(again->body), TEXT_ARG(first->body));
    cr_expect(text_equal(tag_of(again), tag_of(first)));
    cr_expect(text_equal(answer_header(again, "Location"),
                         answer_header(first, "Location")));
    cr_expect(text_equal(answer_header(again, "Preference-Applied"),
                         answer_header(first, "Preference-Applied")));
    cr_expect_not(is_replayed(first));
    cr_expect(is_replayed(again));
}

Test(idempotency, the_same_request_is_answered_the_same_and_done_once)
{
    struct answer first, again;
    const char *key, *body;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    body = bill(&wire, key, ",\"summary\":\"žluťoučký 🐎 \\u2028\"");
    first = post_keyed(&wire, key, body);
    again = post_keyed(&wire, key, body);
    cr_assert_eq(first.status, 201, "%.*s", TEXT_ARG(first.body));
    expect_same(&first, &again);
    cr_expect(text_is(count_of(&wire, key), "1"));
    wire_close(&wire);
}

Test(idempotency, a_key_is_the_same_with_quotes_and_without)
{
    struct answer first, again;
    const char *key, *body;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    body = bill(&wire, key, "");
    first = post_keyed(&wire, SAY(&wire, "%s\\\"", key), body);
    cr_assert_eq(first.status, 201, "%.*s", TEXT_ARG(first.body));
    again = post_keyed(&wire, SAY(&wire, "\"%s\\\\\\\"\"", key), body);
    expect_same(&first, &again);
    wire_close(&wire);
}

Test(idempotency, an_answer_without_a_body_is_repeated_too)
{
    struct answer first, again;
    const char *headers, *body;
    struct wire wire;

    wire_open(&wire);
    headers = SAY(&wire, "Prefer: return=minimal\r\n%s",
                  key_header(&wire, some_key(&wire)));
    body = bill(&wire, some_key(&wire), "");
    first = ask(&wire, "POST /v1/bills", headers, body);
    again = ask(&wire, "POST /v1/bills", headers, body);
    cr_assert_eq(first.status, 204, "%.*s", TEXT_ARG(first.body));
    expect_same(&first, &again);
    wire_close(&wire);
}

Test(idempotency, a_key_of_another_request_is_refused)
{
    struct answer made, other;
    const char *key, *body;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    body = bill(&wire, key, "");
    made = post_keyed(&wire, key, body);
    cr_assert_eq(made.status, 201);
    other = post_keyed(&wire, key, bill(&wire, key, ",\"summary\":\"x\""));
    EXPECT(other, 422, "\"code\":\"idempotency_key_reused\"");
    other = ask(&wire, "POST /v1/bills?x", key_header(&wire, key), body);
    EXPECT(other, 422, "\"code\":\"idempotency_key_reused\"");
    other = ask(&wire, "POST /v1/people", key_header(&wire, key), body);
    EXPECT(other, 422, "\"code\":\"idempotency_key_reused\"");
    wire_close(&wire);
}

Test(idempotency, what_failed_is_not_kept)
{
    const char *key;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    EXPECT(post_keyed(&wire, key, "{}"), 422, "\"code\":\"validation\"");
    EXPECT(post_keyed(&wire, key, "{"), 400, "\"code\":\"malformed_json\"");
    EXPECT(post_keyed(&wire, key,
                      bill(&wire, key,
                           ",\"sponsor_id\":\"018f0000-0000-7000-8000-"
                           "000000000000\"")),
           422, "\"code\":\"unknown_reference\"");
    EXPECT(post_keyed(&wire, key, bill(&wire, key, "")), 201, NULL);
    cr_expect(text_is(count_of(&wire, key), "1"));
    wire_close(&wire);
}

Test(idempotency, a_patch_and_a_restoration_are_made_once)
{
    struct answer first, again;
    const char *path, *headers, *key;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    headers = key_header(&wire, some_key(&wire));
    first = ask(&wire, SAY(&wire, "PATCH %s", path), headers,
                "{\"summary\":\"one\"}");
    cr_assert_eq(first.status, 200, "%.*s", TEXT_ARG(first.body));
    ask(&wire, SAY(&wire, "PATCH %s", path), NULL, "{\"summary\":\"two\"}");
    again = ask(&wire, SAY(&wire, "PATCH %s", path), headers,
                "{\"summary\":\"one\"}");
    expect_same(&first, &again);
    EXPECT(get(&wire, path), 200, "\"summary\":\"two\"");

    key = some_key(&wire);
    drop(&wire, path);
    first = ask(&wire, SAY(&wire, "POST %s/restore", path),
                key_header(&wire, key), NULL);
    cr_assert_eq(first.status, 200, "%.*s", TEXT_ARG(first.body));
    again = ask(&wire, SAY(&wire, "POST %s/restore", path),
                key_header(&wire, key), NULL);
    expect_same(&first, &again);
    wire_close(&wire);
}

Test(idempotency, a_malformed_key_is_told)
{
    const char *bad[] = { "",       "two words", "\"\"",     "\"open",
                          "\"a\"b", "\"\\a\"",   "\"a\"b\"", "k\xc3\xa4se" };
    struct wire wire;
    char *long_key;

    wire_open(&wire);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        EXPECT(post_keyed(&wire, bad[i], "{}"), 400,
               "\"code\":\"invalid_header\"");
    EXPECT(ask(&wire, "POST /v1/bills",
               "Idempotency-Key: a\r\nIdempotency-Key: a\r\n", "{}"),
           400, "\"code\":\"invalid_header\"");
    long_key = SAY(&wire, "%256s", "");
    memset(long_key, 'k', 256);
    EXPECT(post_keyed(&wire, long_key, "{}"), 400,
           "\"code\":\"invalid_header\"");
    EXPECT(post_keyed(&wire, long_key + 1, "{}"), 422,
           "\"code\":\"validation\"");
    wire_close(&wire);
}

/* --- at the same time ---------------------------------------------------- */

enum { CLIENTS = 16 };

static const char *raw_post(struct wire *wire, const char *key,
                            const char *body)
{
    return SAY(wire,
               "POST /v1/bills HTTP/1.1\r\nHost: test\r\n"
               "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
               "Idempotency-Key: %s\r\nContent-Length: %zu\r\n\r\n%s",
               getenv("ADMIN_TOKEN"), key, strlen(body), body);
}

Test(idempotency, of_many_at_the_same_time_one_is_done)
{
    struct wire wires[CLIENTS];
    unsigned done = 0, replayed = 0, refused = 0;
    const char *key, *request;

    for (unsigned i = 0; i < CLIENTS; i++)
        wire_open(&wires[i]);
    key = some_key(&wires[0]);
    request = raw_post(&wires[0], key, bill(&wires[0], key, ""));
    for (unsigned i = 0; i < CLIENTS; i++)
        wire_send_string(&wires[i], request);
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct answer answer = wire_read(&wires[i], false);

        done += answer.status == 201 && !is_replayed(&answer);
        replayed += answer.status == 201 && is_replayed(&answer);
        refused +=
            answer.status == 409 &&
            answer_has(&answer, "\"code\":\"idempotency_in_progress\"") &&
            text_is(answer_header(&answer, "Retry-After"), "1");
    }
    cr_expect_eq(done, 1, "%u", done);
    cr_expect_eq(done + replayed + refused, CLIENTS, "%u, %u, %u", done,
                 replayed, refused);
    cr_expect(text_is(count_of(&wires[0], key), "1"));
    cr_expect_eq(post_keyed(&wires[0], key, bill(&wires[0], key, "")).status,
                 201);
    for (unsigned i = 0; i < CLIENTS; i++)
        wire_close(&wires[i]);
}

/* --- callers ---------------------------------------------------------------
 */

static struct answer post_keyed_as(struct wire *wire, const char *credential,
                                   const char *key, const char *body)
{
    return wire_step(
        wire, &(struct step){ .request = "POST /v1/bills",
                              .headers = SAY(wire,
                                             "Authorization: Bearer %s\r\n"
                                             "Idempotency-Key: %s\r\n",
                                             credential, key),
                              .body = body });
}

Test(idempotency, a_key_belongs_to_who_sent_it)
{
    struct signed_in one, other;
    struct answer first, made;
    const char *key, *body, *secret;
    struct wire wire;

    wire_open(&wire);
    one = sign_in(&wire, "editor");
    other = sign_in(&wire, "editor");
    made = ask_as(&wire, one.token, "POST /v1/api-keys", "{\"name\":\"k\"}");
    secret = SAY(&wire, "%.*s", TEXT_ARG(member(&made, "secret")));
    key = some_key(&wire);
    body = bill(&wire, key, "");
    first = post_keyed_as(&wire, one.token, key, body);
    cr_assert_eq(first.status, 201, "%.*s", TEXT_ARG(first.body));
    made = post_keyed_as(&wire, one.token, key, body);
    expect_same(&first, &made);
    made = post_keyed_as(&wire, other.token, key,
                         bill(&wire, some_key(&wire), ""));
    cr_expect_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
    first = post_keyed_as(&wire, secret, key,
                          bill(&wire, SAY(&wire, "%sk", key), ""));
    cr_assert_eq(first.status, 201, "%.*s", TEXT_ARG(first.body));
    made = post_keyed_as(&wire, secret, key,
                         bill(&wire, SAY(&wire, "%sk", key), ""));
    expect_same(&first, &made);
    wire_close(&wire);
}
