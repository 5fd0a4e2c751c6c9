/* SPDX-License-Identifier: MIT */
/* What the running service makes of bytes that are hardly HTTP. */
#include "support/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>

/* One raw request: exactly one answer, of this status, then the end. */
static void expect_refused(const char *bytes, int status)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, bytes);
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, status, "%d for %s", answer.status, bytes);
    cr_expect(answer.closed, "it must close: %s", bytes);
    cr_expect(text_is(answer_header(&answer, "Content-Type"),
                      "application/problem+json"));
    cr_expect(wire_is_closed(&wire));
    cr_expect_eq(wire.unread_len, 0, "a second answer: %.*s",
                 (int)wire.unread_len, wire.unread);
    wire_close(&wire);
}

#define POST "POST /v1/bills HTTP/1.1\r\nHost: a\r\n"
#define GET  "GET /livez HTTP/1.1\r\nHost: a\r\n"

Test(framing, refuses_two_ways_to_read_a_body)
{
    expect_refused(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"
                        "\r\n0\r\n\r\n",
                   400);
    expect_refused(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
                   400);
    expect_refused(POST "Content-Length: 3, 3\r\n\r\nabc", 400);
    expect_refused(POST "Content-Length : 3\r\n\r\nabc", 400);
    expect_refused(POST "Transfer-Encoding: chunked, chunked\r\n\r\n", 400);
    expect_refused(POST "Transfer-Encoding: xchunked\r\n\r\n", 501);
    expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                   400);
}

Test(framing, refuses_lines_that_parsers_read_differently)
{
    expect_refused("GET /livez HTTP/1.1\nHost: a\n\n", 400);
    expect_refused(GET "X-A: b\r\n folded\r\n\r\n", 400);
    expect_refused(GET "X-A\x01: b\r\n\r\n", 400);
    expect_refused(GET "X-A: b\x02\r\n\r\n", 400);
    expect_refused(GET ": b\r\n\r\n", 400);
    expect_refused("GET /livez HTTP/1.1\r\n\r\n", 400);
    expect_refused(GET "Host: b\r\n\r\n", 400);
    expect_refused("GET /li\x80vez HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

Test(framing, refuses_a_nul_anywhere_in_a_head)
{
    static const char nul[] = GET "X-A: b\0c\r\n\r\n";
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send(&wire, text_from(nul, sizeof(nul) - 1));
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 400);
    cr_expect(wire_is_closed(&wire));
    wire_close(&wire);
}

Test(framing, names_what_it_does_not_speak)
{
    expect_refused("GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    expect_refused("GET /livez HTTX/1.1\r\nHost: a\r\n\r\n", 400);
    expect_refused("BREW /livez HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    expect_refused("TRACE /livez HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    expect_refused("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    expect_refused(POST "Expect: a-miracle\r\nContent-Length: 1\r\n\r\na", 417);
}

Test(framing, has_limits_on_everything_a_client_sizes)
{
    static char big[40000];
    struct wire wire;
    struct answer answer;
    int len;

    len = snprintf(big, sizeof(big), "GET /%09000d HTTP/1.1\r\nHost: a\r\n\r\n",
                   0);
    expect_refused(big, 414);
    snprintf(big, sizeof(big), GET "X-A: %017000d\r\n\r\n", 0);
    expect_refused(big, 431);
    len = snprintf(big, sizeof(big), GET);
    for (int i = 0; i < 120; i++)
        len += snprintf(big + len, sizeof(big) - (size_t)len, "X-%d: a\r\n", i);
    snprintf(big + len, sizeof(big) - (size_t)len, "\r\n");
    expect_refused(big, 431);
    expect_refused(POST "Content-Length: 1048577\r\n\r\n", 413);
    wire_open(&wire);
    snprintf(big, sizeof(big), GET "X-A: %015000d\r\n\r\n", 0);
    wire_send_string(&wire, big);
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 200, "15 KB are allowed");
    wire_close(&wire);
}

Test(framing, answers_what_came_before_a_bad_request)
{
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire,
                     GET "\r\n" GET "\r\n" GET "Host: b\r\n\r\n" GET "\r\n");
    cr_expect_eq(wire_read(&wire, false).status, 200);
    cr_expect_eq(wire_read(&wire, false).status, 200);
    cr_expect_eq(wire_read(&wire, false).status, 400);
    cr_expect(wire_is_closed(&wire), "nothing behind it is answered");
    wire_close(&wire);
}

Test(framing, refuses_a_broken_chunk_without_running_the_request)
{
    expect_refused(POST "Transfer-Encoding: chunked\r\n"
                        "Content-Type: application/json\r\n\r\n"
                        "5\r\nhello\n\r\n",
                   400);
    expect_refused(POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400);
}

Test(framing, answers_a_hundred_pipelined_requests_in_order)
{
    struct wire wire;
    char request[200], id[40];

    wire_open(&wire);
    for (int i = 0; i < 100; i++) {
        snprintf(request, sizeof(request), GET "X-Request-Id: n%d\r\n\r\n", i);
        wire_send_string(&wire, request);
    }
    for (int i = 0; i < 100; i++) {
        struct answer answer = wire_read(&wire, false);

        snprintf(id, sizeof(id), "n%d", i);
        cr_assert_eq(answer.status, 200);
        cr_assert(text_is(answer_header(&answer, "X-Request-Id"), id));
    }
    wire_close(&wire);
}

Test(framing, takes_a_body_in_chunks_and_after_100_continue)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, POST "Content-Type: application/json\r\n"
                                 "Expect: 100-continue\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n");
    wire_send_string(&wire, "1\r\n[\r\n");
    wire_send_string(&wire, "1;a=b\r\n]\r\n0\r\nX-Trailer: y\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 401, "it was read, and asks for a token: %d",
                 answer.status);
    wire_send_string(&wire, GET "\r\n");
    cr_expect_eq(wire_read(&wire, false).status, 200, "and the next follows");
    wire_close(&wire);
}

Test(framing, takes_an_absolute_target_and_an_old_client)
{
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire,
                     "GET http://b.example/livez HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(wire_read(&wire, false).status, 200);
    wire_send_string(&wire, "GET /livez HTTP/1.0\r\n\r\n");
    cr_expect_eq(wire_read(&wire, false).status, 200);
    cr_expect(wire_is_closed(&wire), "HTTP/1.0 closes unless told otherwise");
    wire_close(&wire);
}

Test(framing, answers_a_client_that_has_shut_its_side_down)
{
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET /v1/people?limit=1 HTTP/1.1\r\nHost: a\r\n"
                            "\r\n");
    shutdown(wire.fd, SHUT_WR);
    cr_expect_eq(wire_read(&wire, false).status, 200);
    wire_close(&wire);
}
