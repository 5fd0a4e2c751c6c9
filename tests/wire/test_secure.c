/* SPDX-License-Identifier: MIT */
/* What every answer tells browsers and caches. */
#include "support/wire.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void expect(const struct answer *answer, const char *cache)
{
    static const char *const fields[][2] = {
        { "Content-Security-Policy",
          "default-src 'none'; frame-ancestors 'none'" },
        { "Referrer-Policy", "no-referrer" },
        { "X-Content-Type-Options", "nosniff" },
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        cr_expect(text_is(answer_header(answer, fields[i][0]), fields[i][1]),
                  "%s of a %d", fields[i][0], answer->status);
    cr_expect(text_is(answer_header(answer, "Cache-Control"), cache),
              "%s of a %d", cache, answer->status);
    cr_expect(text_is_null(answer_header(answer, "Server")));
    cr_expect(text_is_null(answer_header(answer, "X-Powered-By")));
}

Test(secure, every_answer_takes_liberties_away_and_names_no_version)
{
    static const struct step steps[] = {
        { .request = "GET /v1/bills?limit=1" },
        { .request = "GET /nothing" },
        { .request = "DELETE /livez" },
        { .request = "OPTIONS /v1/bills" },
        { .request = "GET /v1/bills/export?session=of-nobody" },
        { .request = "POST /v1/bills", .body = "{}" },
        { .request = "GET /v1/bills?limit=none" },
    };
    static const char caches[][9] = { "no-cache", "no-store", "no-store",
                                      "no-store", "no-cache", "no-store",
                                      "no-store" };
    struct wire wire;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct answer answer;

        wire_open(&wire);
        answer = wire_step(&wire, &steps[i]);
        expect(&answer, caches[i]);
        wire_close(&wire);
    }
}

Test(secure, nobody_keeps_what_was_read_with_credentials)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer =
        wire_step(&wire, &(struct step){ .request = "GET /v1/bills?limit=1",
                                         .as_admin = true });
    cr_expect_eq(answer.status, 200);
    expect(&answer, "no-store");
    wire_close(&wire);
}

Test(secure, a_refusal_of_the_gate_is_no_exception)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET / HTTP/9.9\r\nHost: a\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 505);
    expect(&answer, "no-store");
    wire_close(&wire);
}
