/* SPDX-License-Identifier: MIT */
/* How much one client may ask for. The shared service limits nobody. */
#include "support/own_service.h"
#include "wire/signed_in.h"

#include <criterion/criterion.h>

#define BAD  "Authorization: Bearer no-such-token\r\n"
#define FROM "X-Forwarded-For: "

static struct wire wire;
static struct own_service own;

static void start(const char *flag, const char *other)
{
    own = own_service_start_with(
        (const char *const[]){ flag, "--log-level=error", other, NULL },
        STDERR_FILENO);
    wire_open(&wire);
}

static void stop(void)
{
    wire_close(&wire);
    own_service_stop(&own);
}

static struct answer request(const char *path, const char *headers)
{
    return wire_step(&wire,
                     &(struct step){ .request = path, .headers = headers });
}

static void expect_status(const char *headers, int status)
{
    cr_expect_eq(request("GET /v1/bills?limit=1", headers).status, status, "%s",
                 headers);
}

static bool has_field(const struct answer *answer, const char *name)
{
    return !text_is_null(answer_header(answer, name));
}

/* Asks until it is too much; more is there again every second. */
static struct answer exhaust(void)
{
    struct answer answer = { 0 };

    for (int i = 0; i < 500 && answer.status != 429; i++)
        answer = request("GET /v1/bills?limit=1", NULL);
    cr_assert_eq(answer.status, 429);
    return answer;
}

Test(limits, too_many_requests_of_an_address_are_429_with_what_is_left)
{
    struct answer answer;

    start("--rate-limit-address=1", "--rate-limit-address-burst=3");
    answer = request("GET /v1/bills?limit=1", NULL);
    cr_expect_eq(answer.status, 200);
    cr_expect(text_is(answer_header(&answer, "RateLimit-Policy"),
                      "\"address\";q=3;w=3"));
    cr_expect(
        text_is(answer_header(&answer, "RateLimit"), "\"address\";r=2;t=1"));
    answer = exhaust();
    cr_expect(answer_has(&answer, "\"code\":\"rate_limited\""));
    cr_expect(text_is(answer_header(&answer, "Retry-After"), "1"));
    cr_expect(has_field(&answer, "RateLimit"));
    stop();
}

Test(limits, probes_are_answered_whoever_asks_how_often)
{
    struct answer answer;

    start("--rate-limit-address=1", "--rate-limit-address-burst=1");
    exhaust();
    for (int i = 0; i < 5; i++) {
        answer = request("GET /livez", NULL);
        cr_expect_eq(answer.status, 200);
        cr_expect_not(has_field(&answer, "RateLimit"));
    }
    stop();
}

Test(limits, paths_that_are_none_count_too)
{
    struct answer answer;

    start("--rate-limit-address=1", "--rate-limit-address-burst=2");
    answer = request("GET /nothing", NULL);
    cr_expect_eq(answer.status, 404);
    cr_expect(has_field(&answer, "RateLimit"));
    for (int i = 0; i < 500 && answer.status != 429; i++)
        answer = request("GET /nothing", NULL);
    cr_expect_eq(answer.status, 429);
    stop();
}

Test(limits, nobody_is_told_of_limits_that_are_not)
{
    struct answer answer;

    wire_open(&wire);
    answer = request("GET /v1/bills?limit=1", NULL);
    cr_expect_eq(answer.status, 200);
    cr_expect_not(has_field(&answer, "RateLimit"));
    cr_expect_not(has_field(&answer, "RateLimit-Policy"));
    wire_close(&wire);
}

Test(limits, bad_credentials_slow_down_their_address_and_no_other)
{
    start("--failed-credentials-limit=1", "--trusted-proxies=127.0.0.0/8");
    expect_status(BAD FROM "203.0.113.1\r\n", 401);
    expect_status(BAD FROM "203.0.113.1\r\n", 429);
    expect_status(FROM "203.0.113.1\r\n", 200); /* without credentials */
    expect_status(BAD FROM "203.0.113.2\r\n", 401);
    expect_status(BAD FROM "2001:db8:1:2::1\r\n", 401);
    expect_status(BAD FROM "2001:db8:1:2::2\r\n", 429);
    expect_status(BAD FROM "2001:db8:1:3::1\r\n", 401);
    stop();
}

Test(limits, what_a_client_writes_itself_does_not_make_it_another)
{
    start("--failed-credentials-limit=1", "--trusted-proxies=127.0.0.1");
    expect_status(BAD FROM "203.0.113.1\r\n", 401);
    expect_status(BAD FROM "198.51.100.7, 203.0.113.1\r\n", 429);
    expect_status(BAD FROM "198.51.100.7\r\n" FROM "203.0.113.1\r\n", 429);
    stop();
    start("--failed-credentials-limit=1", "--trusted-proxies=192.0.2.0/24");
    expect_status(BAD FROM "203.0.113.1\r\n", 401);
    expect_status(BAD FROM "203.0.113.2\r\n", 429);
    stop();
}

/* --- callers -------------------------------------------------------------- */

/* What the caller has left, as the answer to another request tells. */
static long left_of(const char *credential)
{
    struct answer answer = ask_as(&wire, credential, "GET /v1/me", NULL);
    const char *field =
        SAY(&wire, "%.*s", TEXT_ARG(answer_header(&answer, "RateLimit")));
    long left = -1;

    cr_assert_eq(sscanf(field, "\"caller\";r=%ld;", &left), 1, "%s", field);
    return left;
}

/* One a second comes back, so slow machines may be 200 s at it. */
Test(limits, a_users_keys_have_no_limit_of_their_own, .timeout = 120)
{
    enum { PORTION = 300 };
    struct signed_in user, other;
    struct answer answer;
    const char *key;

    wire_open(&wire); /* at the shared service, which limits nobody */
    user = sign_in(&wire, NULL);
    other = sign_in(&wire, NULL);
    answer = ask_as(&wire, user.token, "POST /v1/api-keys", "{\"name\":\"k\"}");
    cr_assert_eq(answer.status, 201);
    key = strdup(SAY(&wire, "%.*s", TEXT_ARG(member(&answer, "secret"))));
    user.token = strdup(user.token);
    other.token = strdup(other.token);
    wire_close(&wire);
    start("--rate-limit=1", "--rate-limit-burst=1000");
    cr_expect_geq(left_of(user.token), 999);
    for (int i = 0; i < PORTION; i++)
        left_of(key);
    cr_expect_lt(left_of(key), 1000 - PORTION + 200);
    cr_expect_lt(left_of(user.token), 1000 - PORTION + 200);
    cr_expect_geq(left_of(other.token), 999);
    stop();
    free((void *)(uintptr_t)key);
    free((void *)(uintptr_t)user.token);
    free((void *)(uintptr_t)other.token);
}
