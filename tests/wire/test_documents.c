/* SPDX-License-Identifier: MIT */
/* The contract, and the page that shows it. */
#include "support/wire.h"

#include <criterion/criterion.h>

/* clang-format off */
SCENARIO(documents, the_contract_is_served_in_both_forms,
    { "GET /openapi.yaml", .expect = 200, .has = "\nopenapi: 3.1.0\n",
      .header = "Content-Type: application/yaml" },
    { "GET /openapi.json", .expect = 200, .has = "{\"openapi\":\"3.1.0\",",
      .header = "Content-Type: application/json" })

SCENARIO(documents, the_page_may_load_nothing_from_elsewhere,
    { "GET /docs", .expect = 200, .has = "<meta charset=\"utf-8\">",
      .header = "Content-Security-Policy: default-src 'none'; "
                "script-src 'self'; style-src 'self' 'unsafe-inline'; "
                "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
                "form-action 'none'; frame-ancestors 'none'" },
    { "GET /docs", .expect = 200, .has = "href=\"openapi.yaml\"",
      .header = "X-Content-Type-Options: nosniff" },
    { "GET /docs/page.css", .expect = 200,
      .header = "Content-Type: text/css; charset=utf-8" })
/* clang-format on */

Test(documents, are_304_for_who_has_them)
{
    static const char *const paths[] = { "/openapi.yaml", "/openapi.json",
                                         "/docs", "/docs/page.css" };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct answer first, again;
        struct wire wire;

        wire_open(&wire);
        first = wire_step(
            &wire, &(struct step){ .request = arena_format(
                                       &wire.arena, "GET %s", paths[i]) });
        again = wire_step(
            &wire, &(struct step){
                       .request = arena_format(&wire.arena, "GET %s", paths[i]),
                       .headers = arena_format(
                           &wire.arena, "If-None-Match: %.*s\r\n",
                           TEXT_ARG(answer_header(&first, "ETag"))) });
        cr_expect_eq(first.status, 200);
        cr_expect_eq(again.status, 304, "%s", paths[i]);
        cr_expect_eq(again.body.len, 0);
        wire_close(&wire);
    }
}

static struct answer get_viewer(struct wire *wire, const char *headers)
{
    return wire_step(wire, &(struct step){ .request = "GET /docs/viewer.js",
                                           .headers = headers });
}

/* A build without npm has none, and says so. */
Test(documents, the_viewer_is_compressed_for_who_asks)
{
    struct answer packed, plain;
    struct wire wire;

    wire_open(&wire);
    plain = get_viewer(&wire, NULL);
    packed = get_viewer(&wire, "Accept-Encoding: br, gzip\r\n");
    if (plain.status == 404) {
        cr_expect(answer_has(&plain, "npm did not answer"));
        cr_expect_eq(packed.status, 404);
    } else {
        cr_expect(answer_has(&plain, "MIT License"), "its licences are in it");
        cr_expect(answer_has(&packed, "\x1f\x8b"));
        cr_expect(text_is(answer_header(&packed, "Content-Encoding"), "gzip"));
        cr_expect(
            text_starts_with(answer_header(&plain, "Vary"), "Accept-Encoding"));
        cr_expect(text_is_null(answer_header(&plain, "Content-Encoding")));
        cr_expect_lt(packed.body.len, plain.body.len / 3);
        cr_expect_not(text_equal(answer_header(&packed, "ETag"),
                                 answer_header(&plain, "ETag")));
    }
    wire_close(&wire);
}
