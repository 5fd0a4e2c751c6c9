/* SPDX-License-Identifier: MIT */
#include "http/head.h"

#include <criterion/criterion.h>

static struct request request;

static void set_up(void)
{
    request = (struct request){ 0 };
    arena_init(&request.arena, 1 << 20);
    diag_init(&request.diag, &request.arena);
}

static void tear_down(void)
{
    arena_fini(&request.arena);
}

TestSuite(head, .init = set_up, .fini = tear_down);

static void parse(const char *head)
{
    cr_assert_eq(head_parse(&request, text_of(head)), 0);
}

Test(head, is_taken_apart_into_method_path_query_and_fields)
{
    parse("PATCH /v1/bills/7?a=1?b HTTP/1.1\r\nHost:x\r\nX-A:  b c \r\n\r\n");
    cr_expect_eq(request.method, METHOD_PATCH);
    cr_expect(text_is(request.target, "/v1/bills/7?a=1?b"));
    cr_expect(text_is(request.path, "/v1/bills/7"));
    cr_expect(text_is(request.query, "a=1?b"));
    cr_expect(text_is(request_header(&request, "x-a"), "b c"));
    cr_expect(text_is_null(request_header(&request, "X-B")));
}

Test(head, without_a_query_has_an_empty_one)
{
    parse("GET /v1/bills HTTP/1.0\r\n\r\n");
    cr_expect(text_is(request.path, "/v1/bills"));
    cr_expect_eq(request.query.len, 0);
    cr_expect_eq(request.header_count, 0);
}

static void expect_reduced(const char *head, const char *reduced)
{
    char *copy = arena_copy(&request.arena, text_of(head));
    size_t len = head_reduce(copy, strlen(head));

    cr_expect(text_equal(text_from(copy, len), text_of(reduced)),
              "%s became %.*s", head, (int)len, copy);
}

Test(head, is_reduced_to_method_version_and_framing)
{
    expect_reduced("GET /v1/bills?q=x HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n",
                   "GET / HTTP/1.1\r\nHost:\r\n\r\n");
    expect_reduced("POST /v1 HTTP/1.1\r\nhost:\r\ncontent-length:   5\r\n\r\n",
                   "POST / HTTP/1.1\r\nHost:\r\nContent-Length:5\r\n\r\n");
    expect_reduced("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n",
                   "GET / HTTP/1.0\r\nConnection:keep-alive\r\n\r\n");
    expect_reduced("PUT / HTTP/1.1\r\nHost:b\r\ntransfer-encoding:chunked\r\n"
                   "EXPECT: 100-continue\r\nConnection:a,close\r\n\r\n",
                   "PUT / HTTP/1.1\r\nHost:\r\nTransfer-Encoding:chunked\r\n"
                   "Expect:100-continue\r\nConnection:close\r\n\r\n");
}

Test(head, accept_is_decided_by_the_most_specific_range)
{
    struct {
        char accept[64];
        bool json;
    } cases[] = {
        { "*/*", true },
        { "application/*", true },
        { "application/json", true },
        { "APPLICATION/JSON;q=0.1", true },
        { "text/html", false },
        { "text/html, */*;q=0.1", true },
        { "application/json;q=0, */*", false },
        { "application/json; q=0.0, application/*;q=1", false },
        { "", true },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct header header = { TEXT("accept"), text_of(cases[i].accept) };

        request.headers = &header;
        request.header_count = 1;
        cr_expect_eq(
            request_accepts(&request, TEXT("application"), TEXT("json")),
            cases[i].json, "%s", cases[i].accept);
    }
}

static int body_of_type(const char *type, struct text *body)
{
    struct header header = { TEXT("Content-Type"), text_of(type) };

    request.headers = &header;
    request.header_count = type ? 1 : 0;
    request.body = TEXT("{}");
    diag_clear(&request.diag);
    return request_body(&request, "application/json", body);
}

Test(head, body_is_taken_only_of_the_type_that_is_asked_for)
{
    struct text body;

    cr_expect_eq(body_of_type("application/json", &body), 0);
    cr_expect(text_is(body, "{}"));
    cr_expect_eq(body_of_type("Application/JSON ; charset=\"UTF-8\"", &body),
                 0);
    cr_expect_eq(body_of_type("application/json; charset=utf-16", &body),
                 -ERR_UNSUPPORTED_MEDIA_TYPE);
    cr_expect_eq(body_of_type("text/json", &body), -ERR_UNSUPPORTED_MEDIA_TYPE);
    cr_expect_eq(body_of_type(NULL, &body), -ERR_UNSUPPORTED_MEDIA_TYPE);
}
