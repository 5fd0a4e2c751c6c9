/* SPDX-License-Identifier: MIT */
/* Calls from pages of other sites. The shared service lets all in ("*"). */
#include "support/own_service.h"
#include "support/wire.h"

#include <criterion/criterion.h>

#define APP  "Origin: https://app.example\r\n"
#define EVIL "Origin: https://evil.example\r\n"
#define PREFLIGHT(origin)                           \
    origin "Access-Control-Request-Method: GET\r\n" \
           "Access-Control-Request-Headers: authorization\r\n"
#define EXPOSED                                                              \
    "Access-Control-Expose-Headers: Content-Range, X-Total-Count, Link, "    \
    "ETag, Location, Retry-After, X-Request-Id, Preference-Applied, "        \
    "Consistency-Token, Idempotency-Replayed, RateLimit, RateLimit-Policy, " \
    "Accept-Patch, Allow, Age, Cache-Status"
#define TAKEN                                                             \
    "Access-Control-Allow-Headers: Authorization, Content-Type, Accept, " \
    "If-Match, If-None-Match, Prefer, Idempotency-Key, Request-Timeout, " \
    "Consistency, Consistency-Token, X-Request-Id, traceparent, Range"

/* clang-format off */
SCENARIO(cors, every_answer_may_be_read,
    { "GET /v1/bills?limit=1", .headers = APP, .expect = 200,
      .header = "Access-Control-Allow-Origin: *" },
    { "GET /v1/bills?limit=1", .headers = APP, .expect = 200,
      .header = EXPOSED },
    { "GET /nothing", .headers = APP, .expect = 404,
      .header = "Access-Control-Allow-Origin: *" },
    { "DELETE /livez", .headers = APP, .expect = 405,
      .header = "Access-Control-Allow-Origin: *" },
    { "POST /v1/bills", .headers = APP, .body = "{}", .expect = 401,
      .header = "Access-Control-Allow-Origin: *" },
    { "GET /v1/bills?limit=x", .headers = APP, .expect = 400,
      .header = EXPOSED },
    { "OPTIONS /v1/bills", .headers = APP, .expect = 204,
      .header = "Access-Control-Allow-Origin: *" })

SCENARIO(cors, a_preflight_learns_what_the_path_takes,
    { "OPTIONS /livez", .headers = PREFLIGHT(APP), .expect = 204,
      .header = "Access-Control-Allow-Methods: GET, HEAD, OPTIONS" },
    { "OPTIONS /livez", .headers = PREFLIGHT(APP), .expect = 204,
      .header = "Access-Control-Allow-Origin: *" },
    { "OPTIONS /livez", .headers = PREFLIGHT(APP), .expect = 204,
      .header = "Access-Control-Max-Age: 86400" },
    { "OPTIONS /livez", .headers = PREFLIGHT(APP), .expect = 204,
      .header = TAKEN },
    { "OPTIONS /nothing", .headers = PREFLIGHT(APP), .expect = 404,
      .header = "Access-Control-Allow-Origin: *" })
/* clang-format on */

static struct answer ask(struct wire *wire, const char *request,
                         const char *headers)
{
    return wire_step(wire,
                     &(struct step){ .request = request, .headers = headers });
}

static void expect_field(const struct answer *answer, const char *name,
                         const char *value)
{
    struct text given = answer_header(answer, name);

    if (value)
        cr_expect(text_is(given, value), "%s: %.*s, not %s", name,
                  TEXT_ARG(given), value);
    else
        cr_expect(text_is_null(given), "%s: %.*s", name, TEXT_ARG(given));
}

Test(cors, nothing_is_said_to_who_names_no_origin)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = ask(&wire, "GET /livez", NULL);
    expect_field(&answer, "Access-Control-Allow-Origin", NULL);
    expect_field(&answer, "Access-Control-Expose-Headers", NULL);
    wire_close(&wire);
}

Test(cors, credentials_are_never_allowed)
{
    static const char *const requests[] = { "GET /livez", "OPTIONS /livez",
                                            "GET /nothing" };

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct answer answer;
        struct wire wire;

        wire_open(&wire);
        answer = ask(&wire, requests[i], PREFLIGHT(APP));
        expect_field(&answer, "Access-Control-Allow-Origin", "*");
        expect_field(&answer, "Access-Control-Allow-Credentials", NULL);
        wire_close(&wire);
    }
}

Test(cors, a_refusal_of_the_gate_may_be_read_too)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET / HTTP/9.9\r\nHost: a\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 505);
    expect_field(&answer, "Access-Control-Allow-Origin", "*");
    wire_close(&wire);
}

/* --- a list -------------------------------------------------------------- */

static void expect_listed(struct wire *wire)
{
    struct answer answer = ask(wire, "GET /livez", APP);

    expect_field(&answer, "Access-Control-Allow-Origin", "https://app.example");
    expect_field(&answer, "Vary", "Origin");
    answer = ask(wire, "GET /nothing", APP);
    cr_expect_eq(answer.status, 404);
    expect_field(&answer, "Access-Control-Allow-Origin", "https://app.example");
    answer = ask(wire, "OPTIONS /livez", PREFLIGHT(APP));
    expect_field(&answer, "Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
}

static void expect_others(struct wire *wire)
{
    struct answer answer = ask(wire, "GET /livez", EVIL);

    cr_expect_eq(answer.status, 200, "the browser keeps it from the page");
    expect_field(&answer, "Access-Control-Allow-Origin", NULL);
    expect_field(&answer, "Access-Control-Expose-Headers", NULL);
    expect_field(&answer, "Vary", "Origin");
    answer = ask(wire, "OPTIONS /livez", PREFLIGHT(EVIL));
    cr_expect_eq(answer.status, 204);
    expect_field(&answer, "Access-Control-Allow-Origin", NULL);
    expect_field(&answer, "Access-Control-Allow-Methods", NULL);
    answer = ask(wire, "GET /livez", "Origin: null\r\n");
    expect_field(&answer, "Access-Control-Allow-Origin", NULL);
    answer = ask(wire, "GET /livez", NULL);
    expect_field(&answer, "Access-Control-Allow-Origin", NULL);
    expect_field(&answer, "Vary", "Origin");
}

Test(cors, a_list_lets_in_those_on_it)
{
    struct own_service own = own_service_start(
        "--cors-origins=https://app.example,https://b.example");
    struct wire wire;

    wire_open(&wire);
    expect_listed(&wire);
    expect_others(&wire);
    wire_close(&wire);
    own_service_stop(&own);
}

Test(cors, an_empty_setting_lets_in_nobody)
{
    struct own_service own = own_service_start("--cors-origins=");
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = ask(&wire, "GET /livez", APP);
    expect_field(&answer, "Access-Control-Allow-Origin", NULL);
    expect_field(&answer, "Vary", NULL);
    wire_close(&wire);
    own_service_stop(&own);
}
