/* SPDX-License-Identifier: MIT */
#include "http/compress.h"

#include "codec/gunzip.h"
#include "http/conditions.h"

#include <criterion/criterion.h>

static struct request request;
static struct reply reply;
static struct header headers[2];
static struct compressor compressor;
static struct buffer body;

static void set_up(void)
{
    arena_init(&request.arena, 1 << 20);
    request.headers = headers;
    reply_init(&reply);
    compressor_init(&compressor);
    buffer_init(&body, 16 * 1024 * 1024);
}

static void tear_down(void)
{
    reply_fini(&reply);
    compressor_fini(&compressor);
    buffer_fini(&body);
    arena_fini(&request.arena);
}

TestSuite(compress, .init = set_up, .fini = tear_down);

static void give(const char *name, const char *value)
{
    headers[request.header_count++] =
        (struct header){ text_of(name), text_of(value) };
}

static void answer_with(size_t len, const char *content_type)
{
    while (body.len < len)
        buffer_add_byte(&body, "abcdefgh"[body.len % 8]);
    cr_assert_eq(reply_take(&reply, content_type, &body), 0);
}

static const char *field(const char *name)
{
    const char **value = reply_header_at(&reply, name);

    return value ? *value : "";
}

static const char *compress_with(const char *accepts)
{
    give("Accept-Encoding", accepts);
    reply_compress(&reply, &request, &compressor);
    return field("Content-Encoding");
}

Test(compress, packs_what_is_long_and_suffixes_its_tag)
{
    CLEANUP(gunzip_free) struct gunzip *gunzip = gunzip_new();
    struct text packed;
    char plain[2000];
    size_t made;

    answer_with(1025, CONTENT_JSON);
    reply_header(&reply, "ETag", "\"17\"");
    cr_expect_str_eq(compress_with("gzip"), "gzip");
    cr_expect_str_eq(field("Vary"), "Accept-Encoding");
    cr_expect_str_eq(field("ETag"), "\"17-gzip\"");
    cr_expect_str_eq(reply.content_type, CONTENT_JSON);
    packed = reply_body(&reply);
    cr_expect_lt(packed.len, 200);
    cr_assert_eq(gunzip_next(gunzip, &packed, plain, sizeof(plain), &made), 0);
    cr_expect_eq(made, 1025);
    cr_expect_eq(memcmp(plain, "abcdefghabc", 11), 0);
}

Test(compress, leaves_what_is_short_but_for_those_who_insist)
{
    answer_with(1024, CONTENT_JSON);
    cr_expect_str_eq(compress_with("gzip"), "");
    cr_expect_str_eq(field("Vary"), "");
    request.header_count = 0;
    cr_expect_str_eq(compress_with("zstd, identity;q=0"), "zstd");
}

Test(compress, tells_of_vary_also_who_takes_nothing)
{
    answer_with(2000, "text/plain; charset=utf-8");
    reply_header(&reply, "ETag", "\"17\"");
    reply_compress(&reply, &request, &compressor);
    cr_expect_str_eq(field("Vary"), "Accept-Encoding");
    cr_expect_str_eq(field("ETag"), "\"17\"");
    cr_expect_eq(reply_body(&reply).len, 2000);
}

Test(compress, packs_text_only)
{
    static const struct {
        char type[40];
        bool is_text;
    } types[] = {
        { "application/problem+json", true },
        { "application/health+json; v=1", true },
        { "application/yaml", true },
        { "text/javascript; charset=utf-8", true },
        { "text/css", true },
        { "application/x-ndjson", true },
        { "application/octet-stream", false },
        { "image/png", false },
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        reply_fini(&reply);
        reply_init(&reply);
        request.header_count = 0;
        answer_with(5000, types[i].type);
        cr_expect_eq(strcmp(compress_with("gzip"), "gzip") == 0,
                     types[i].is_text, "%s", types[i].type);
    }
}

Test(compress, leaves_what_is_coded_already)
{
    answer_with(5000, CONTENT_JSON);
    reply_header(&reply, "Content-Encoding", "gzip");
    compress_with("zstd");
    cr_expect_str_eq(field("Content-Encoding"), "gzip");
    cr_expect_eq(reply_body(&reply).len, 5000);
}

Test(compress, leaves_what_would_not_shrink)
{
    unsigned char byte = 1;
    unsigned noise = 1;

    for (size_t i = 0; i < 5000; i++) {
        noise = noise * 1103515245 + 12345;
        byte = (unsigned char)(noise >> 16);
        buffer_add_byte(&body, (char)byte);
    }
    cr_assert_eq(reply_take(&reply, CONTENT_JSON, &body), 0);
    reply_header(&reply, "ETag", "\"17\"");
    cr_expect_str_eq(compress_with("gzip"), "");
    cr_expect_str_eq(field("ETag"), "\"17\"");
    cr_expect_eq(reply_body(&reply).len, 5000);
    request.header_count = 0;
    cr_expect_str_eq(compress_with("gzip, identity;q=0"), "gzip");
    cr_expect_gt(reply_body(&reply).len, 5000);
}

/* --- conditions ---------------------------------------------------------- */

static const char *confirmed(const char *held, const char *accepts)
{
    reply_fini(&reply);
    reply_init(&reply);
    request.header_count = 0;
    give("If-None-Match", held);
    give("Accept-Encoding", accepts);
    reply.status = if_none_match(&request, "\"17\"") ? 304 : 200;
    reply_header(&reply, "ETag", "\"17\"");
    reply_compress(&reply, &request, &compressor);
    return reply.status == 304 ? field("ETag") : "200";
}

Test(compress, confirms_the_tag_that_the_client_holds)
{
    cr_expect_str_eq(confirmed("\"17-gzip\"", "gzip"), "\"17-gzip\"");
    cr_expect_str_eq(confirmed("W/\"17-zstd\"", "gzip, zstd"), "\"17-zstd\"");
    cr_expect_str_eq(confirmed("\"17\"", "gzip"), "\"17\"");
    cr_expect_str_eq(confirmed("*", "gzip"), "\"17\"");
    cr_expect_str_eq(confirmed("\"18-gzip\"", "gzip"), "200");
    cr_expect_str_eq(field("Vary"), "");
}

Test(compress, confirms_no_coding_that_the_client_cannot_read)
{
    cr_expect_str_eq(confirmed("\"17-zstd\", \"17-gzip\"", "gzip"),
                     "\"17-gzip\"");
    cr_expect_str_eq(confirmed("\"17-gzip\"", "br"), "\"17\"");
    cr_expect_str_eq(field("Vary"), "Accept-Encoding");
}

Test(compress, a_change_may_name_the_tag_it_was_given)
{
    struct if_match match;

    give("If-Match", "\"17-gzip\"");
    if_match_parse(&request, &match);
    cr_expect(if_match_allows(&match, 17));
    cr_expect_not(if_match_allows(&match, 18));
}
