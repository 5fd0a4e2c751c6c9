/* SPDX-License-Identifier: MIT */
/* Compressed answers, unpacked again by zlib and libzstd. */
#include "support/wire.h"

#include <criterion/criterion.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN_MAX = 8 * 1024 * 1024 };

#define PAGE "/v1/bills?limit=25&sort=id"

static struct answer get(struct wire *wire, const char *method,
                         const char *path, const char *headers)
{
    return wire_step(
        wire, &(struct step){
                  .request = arena_format(&wire->arena, "%s %s", method, path),
                  .headers = headers });
}

static struct text gunzip(struct wire *wire, struct text packed)
{
    char *plain = arena_take(&wire->arena, PLAIN_MAX);
    z_stream stream = { .next_in = (unsigned char *)(uintptr_t)packed.at,
                        .avail_in = (unsigned)packed.len,
                        .next_out = (unsigned char *)plain,
                        .avail_out = PLAIN_MAX };

    cr_assert_eq(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    cr_expect_eq(stream.avail_in, 0, "nothing lies behind it");
    inflateEnd(&stream);
    return text_from(plain, stream.total_out);
}

static struct text unzstd(struct wire *wire, struct text packed)
{
    char *plain = arena_take(&wire->arena, PLAIN_MAX);
    size_t n = ZSTD_decompress(plain, PLAIN_MAX, packed.at, packed.len);

    cr_assert_not(ZSTD_isError(n), "%s", ZSTD_getErrorName(n));
    return text_from(plain, n);
}

static bool field_is(const struct answer *answer, const char *name,
                     const char *value)
{
    return text_is(answer_header(answer, name), value);
}

static bool varies(const struct answer *answer)
{
    struct text vary = answer_header(answer, "Vary");

    return vary.len > 0 && memmem(vary.at, vary.len, "Accept-Encoding", 15);
}

Test(compression, unpacks_to_the_same_page)
{
    struct answer plain, packed;
    struct wire wire;

    wire_open(&wire);
    plain = get(&wire, "GET", PAGE, NULL);
    cr_assert_gt(plain.body.len, 5000);
    cr_expect(text_is_null(answer_header(&plain, "Content-Encoding")));
    cr_expect(varies(&plain));
    packed = get(&wire, "GET", PAGE, "Accept-Encoding: gzip, deflate\r\n");
    cr_expect(field_is(&packed, "Content-Encoding", "gzip"));
    cr_expect(field_is(&packed, "Content-Type", "application/json"));
    cr_expect(varies(&packed));
    cr_expect_lt(packed.body.len, plain.body.len / 2);
    cr_expect(text_equal(gunzip(&wire, packed.body), plain.body));
    packed =
        get(&wire, "GET", PAGE, "Accept-Encoding: gzip, deflate, br, zstd\r\n");
    cr_expect(field_is(&packed, "Content-Encoding", "zstd"));
    cr_expect_lt(packed.body.len, plain.body.len / 2);
    cr_expect(text_equal(unzstd(&wire, packed.body), plain.body));
    wire_close(&wire);
}

Test(compression, serves_prometheus_and_the_contract)
{
    static const char *const paths[] = { "/metrics", "/openapi.yaml",
                                         "/openapi.json" };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct answer answer;
        struct wire wire;

        wire_open(&wire);
        answer = get(&wire, "GET", paths[i], "Accept-Encoding: gzip\r\n");
        cr_expect_eq(answer.status, 200);
        cr_expect(field_is(&answer, "Content-Encoding", "gzip"), "%s",
                  paths[i]);
        cr_expect_gt(gunzip(&wire, answer.body).len, answer.body.len);
        wire_close(&wire);
    }
}

Test(compression, head_says_what_get_says)
{
    static const char accepts[] = "Accept-Encoding: gzip\r\n";
    static const char *const names[] = { "Content-Encoding", "Content-Length",
                                         "Content-Type", "Vary", "ETag" };
    struct answer head, whole;
    struct wire wire;

    wire_open(&wire);
    whole = get(&wire, "GET", "/openapi.json", accepts);
    head = get(&wire, "HEAD", "/openapi.json", accepts);
    cr_expect_eq(head.status, 200);
    cr_expect_eq(head.body.len, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_expect(text_equal(answer_header(&head, names[i]),
                             answer_header(&whole, names[i])),
                  "%s", names[i]);
    whole = get(&wire, "GET", "/livez", NULL);
    cr_expect(text_is(whole.body, "ok\n"), "nothing is left in between");
    wire_close(&wire);
}

Test(compression, an_export_is_packed_while_it_is_made)
{
    static const char path[] = "/v1/bills/export?status=enacted&sort=id";
    struct answer plain, packed;
    struct wire wire;

    wire_open(&wire);
    plain = get(&wire, "GET", path, NULL);
    cr_assert_gt(plain.body.len, 5000);
    cr_expect(varies(&plain));
    packed = get(&wire, "GET", path, "Accept-Encoding: gzip\r\n");
    cr_expect(field_is(&packed, "Content-Encoding", "gzip"));
    cr_expect(field_is(&packed, "Content-Type", "application/x-ndjson"));
    cr_expect_lt(packed.body.len, plain.body.len / 2);
    cr_expect(text_equal(gunzip(&wire, packed.body), plain.body));
    packed = get(&wire, "GET", path, "Accept-Encoding: gzip, zstd\r\n");
    cr_expect(field_is(&packed, "Content-Encoding", "zstd"));
    cr_expect(text_equal(unzstd(&wire, packed.body), plain.body));
    packed = get(&wire, "HEAD", path, "Accept-Encoding: gzip\r\n");
    cr_expect(field_is(&packed, "Content-Encoding", "gzip"));
    wire_close(&wire);
}

Test(compression, short_answers_stay_as_they_are)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = get(&wire, "GET", "/livez", "Accept-Encoding: gzip, zstd\r\n");
    cr_expect(text_is(answer.body, "ok\n"));
    answer = get(&wire, "GET", "/nothing", "Accept-Encoding: gzip\r\n");
    cr_expect(text_is_null(answer_header(&answer, "Content-Encoding")));
    wire_close(&wire);
}

Test(compression, who_refuses_identity_gets_everything_packed)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = get(&wire, "GET", "/livez",
                 "Accept-Encoding: gzip;q=0.1, identity;q=0\r\n");
    cr_expect(field_is(&answer, "Content-Encoding", "gzip"));
    cr_expect(text_is(gunzip(&wire, answer.body), "ok\n"));
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(compression, who_takes_nothing_there_is_gets_406,
    { "GET /v1/bills?limit=1", .headers = "Accept-Encoding: br, *;q=0\r\n",
      .expect = 406, .code = "not_acceptable" },
    { "GET /livez", .headers = "Accept-Encoding: identity;q=0\r\n",
      .expect = 406 })
/* clang-format on */

/* --- conditions ---------------------------------------------------------- */

static struct text tag_with(struct wire *wire, const char *accepts)
{
    struct answer answer = get(wire, "GET", "/openapi.json", accepts);

    cr_assert_eq(answer.status, 200);
    return answer_header(&answer, "ETag");
}

static struct answer get_if_not(struct wire *wire, struct text tag,
                                const char *accepts)
{
    return get(wire, "GET", "/openapi.json",
               arena_format(&wire->arena, "If-None-Match: %.*s\r\n%s",
                            TEXT_ARG(tag), accepts));
}

Test(compression, each_coding_has_its_tag_and_any_of_them_is_good)
{
    static const char *const accepts[] = { "", "Accept-Encoding: gzip\r\n",
                                           "Accept-Encoding: gzip, zstd\r\n" };
    struct text tags[3];
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < 3; i++)
        tags[i] = tag_with(&wire, accepts[i]);
    cr_expect_not(text_equal(tags[0], tags[1]));
    cr_expect_not(text_equal(tags[0], tags[2]));
    cr_expect_not(text_equal(tags[1], tags[2]));
    for (size_t i = 0; i < 9; i++) {
        struct answer answer = get_if_not(&wire, tags[i / 3], accepts[i % 3]);

        cr_expect_eq(answer.status, 304);
        cr_expect_eq(answer.body.len, 0);
        cr_expect(varies(&answer));
        cr_expect(text_is_null(answer_header(&answer, "Content-Encoding")));
    }
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = get_if_not(&wire, tags[i], accepts[i]);

        cr_expect(text_equal(answer_header(&answer, "ETag"), tags[i]),
                  "it confirms the one that is held");
    }
    wire_close(&wire);
}
