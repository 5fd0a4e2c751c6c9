/* SPDX-License-Identifier: MIT */
#include "http/test_gate.h"

#include "base/clock.h"

#define SPLIT_POST                                                  \
    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n" \
    "3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n"

/* What goes on of one read; the bytes themselves are of no interest. */
static size_t pass(struct gate *gate, const char *string, uint64_t now_ns)
{
    CLEANUP(memory_free) char *bytes = memory_copy(string, strlen(string));

    return gate_pass(gate, bytes, strlen(string), strlen(string), now_ns);
}

static void drain(struct gate *gate)
{
    char bytes[64];

    while (gate_pull(gate, bytes, sizeof(bytes)) > 0)
        continue;
}

static int error_of(const struct gate *gate)
{
    return gate_error(gate, NULL);
}

Test(gate_stream, passes_a_hundred_pipelined_requests)
{
    CLEANUP(outcome_fini) struct outcome outcome;
    CLEANUP(buffer_fini) struct buffer in;

    buffer_init(&in, SIZE_MAX);
    for (int i = 0; i < 50; i++)
        buffer_add_string(&in, GET "\r\nPUT / HTTP/1.1\r\n" HOST
                                   "Content-Length: 2\r\n\r\nab");
    feed_all_ways(buffer_text(&in), &outcome);
    cr_expect_eq(outcome.requests, 100);
    cr_expect_eq(outcome.code, 0);
    cr_expect(outcome.idle);
    cr_expect(text_equal(buffer_text(&outcome.released), buffer_text(&in)));
}

Test(gate_stream, releases_nothing_of_a_head_that_is_not_whole)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    cr_expect_eq(pass(&gate, GET, 0), 0);
    cr_expect_eq(gate_requests(&gate), 0);
    cr_expect_not(gate_is_idle(&gate));
}

Test(gate_stream, costs_an_idle_connection_no_buffer)
{
    CLEANUP(gate_fini) struct gate gate;

    cr_expect_leq(sizeof(gate), 160);
    gate_init(&gate, &gate_limits_default);
    cr_expect_eq(pass(&gate, GET "\r\n", 0), strlen(GET "\r\n"));
    cr_expect_null(gate.held.at, "nothing was copied");
    cr_expect_eq(pass(&gate, "GET /", 0), 0);
    cr_expect_not_null(gate.held.at);
    cr_expect_gt(pass(&gate, " HTTP/1.1\r\n" HOST "\r\n", 0), 0);
    drain(&gate);
    cr_expect_null(gate.held.at, "and what was copied is freed");
    cr_expect(gate_is_idle(&gate));
}

Test(gate_stream, holds_no_more_than_a_head_and_a_read)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    (void)pass(&gate, "GET / HTTP/1.1\r\nX: ", 0);
    while (error_of(&gate) == 0) {
        (void)pass(&gate, "yyyyyyyyyyyyyyyy", 0);
        cr_assert_leq(gate.held.capacity, 32768);
    }
    cr_expect_eq(error_of(&gate), -ERR_HEADERS_TOO_LARGE);
    cr_expect_null(gate.held.at, "a refused head is freed at once");
}

Test(gate_stream, hands_held_bytes_over_as_there_is_room)
{
    CLEANUP(gate_fini) struct gate gate;
    char bytes[8] = "\r\n", out[64];
    size_t n;

    gate_init(&gate, &gate_limits_default);
    cr_expect_eq(pass(&gate, GET, 0), 0);
    n = gate_pass(&gate, bytes, 2, sizeof(bytes), 0);
    cr_expect_eq(n, 8, "as many as fit, more than came");
    cr_expect_arr_eq(bytes, "GET / HT", 8);
    n = gate_pull(&gate, out, sizeof(out));
    cr_expect_eq(n, strlen("TP/1.1\r\n" HOST "\r\n"));
    cr_expect_arr_eq(out, "TP/1.1\r\n" HOST "\r\n", n);
    cr_expect_eq(gate_pull(&gate, out, sizeof(out)), 0);
}

Test(gate_stream, tells_an_error_only_when_all_before_it_was_pulled)
{
    CLEANUP(gate_fini) struct gate gate;
    struct diag diag;

    diag_init(&diag, NULL);
    gate_init(&gate, &gate_limits_default);
    cr_expect_eq(pass(&gate, "GET /", 0), 0);
    cr_expect_eq(pass(&gate, " HTTP/1.0\r\n\r\n@", 0), 14);
    cr_expect_eq(gate_error(&gate, &diag), 0);
    drain(&gate);
    cr_expect_eq(gate_error(&gate, &diag), -ERR_BAD_REQUEST);
    cr_expect_str_eq(diag.detail,
                     "the method is not a token followed by one space");
    cr_expect_eq(gate_requests(&gate), 1);
}

Test(gate_stream, releases_nothing_after_an_error)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    cr_expect_eq(pass(&gate, "@", 0), 0);
    cr_expect_eq(pass(&gate, GET "\r\n", 0), 0);
    cr_expect_eq(error_of(&gate), -ERR_BAD_REQUEST);
    cr_expect_eq(gate_requests(&gate), 0);
    cr_expect_not(gate_is_idle(&gate));
    cr_expect_eq(gate_deadline_ns(&gate), UINT64_MAX);
}

Test(gate_stream, knows_when_a_body_is_not_complete)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    (void)pass(&gate, "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n", 0);
    cr_expect(gate_in_body(&gate));
    cr_expect_not(gate_is_idle(&gate));
    (void)pass(&gate, "abc", 0);
    cr_expect_not(gate_in_body(&gate));
    cr_expect(gate_is_idle(&gate));
}

Test(gate_stream, tells_whether_the_fault_is_in_the_last_request_or_a_next)
{
    CLEANUP(gate_fini) struct gate next_bad, body_bad;

    gate_init(&next_bad, &gate_limits_default);
    (void)pass(&next_bad, SPLIT_POST, 0);
    (void)pass(&next_bad, SPLIT_POST, 0);
    (void)pass(&next_bad, "\nGET", 0);
    cr_expect_eq(error_of(&next_bad), -ERR_BAD_REQUEST);
    cr_expect_not(gate_in_body(&next_bad));

    gate_init(&body_bad, &gate_limits_default);
    (void)pass(&body_bad,
               "POST / HTTP/1.1\r\n" HOST
               "Transfer-Encoding: chunked\r\n\r\nx\r\n",
               0);
    cr_expect_eq(error_of(&body_bad), -ERR_BAD_REQUEST);
    cr_expect(gate_in_body(&body_bad));
    cr_expect_eq(gate_requests(&body_bad), 1);
}

/* Keeps the last field and the empty line. */
static size_t take_end(struct gate *gate, char *head, size_t len)
{
    cr_expect_eq(gate_requests(gate), 1, "it counts this one");
    cr_expect_arr_eq(head, "POST /p HTTP/1.1\r\nHost: b\r\n", 27);
    memmove(head, head + len - 8, 8);
    return 8;
}

Test(gate_stream, lets_the_owner_shorten_a_head)
{
    limits = gate_limits_default;
    limits.take_head = take_end;
    REWRITES("POST http://b/p HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
             "T: x\r\n\r\nabc",
             "T: x\r\n\r\nabc");
}

Test(gate_stream, shows_the_owner_no_head_that_is_refused)
{
    limits = gate_limits_default;
    limits.take_head = take_end;
    REFUSES("GET / HTTP/1.1\r\n\r\n", ERR_BAD_REQUEST, "Host is missing");
    REFUSES("POST / HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n",
            ERR_CONTENT_TOO_LARGE, "the body is longer than 1048576 bytes");
}

Test(gate_stream, has_no_deadline_between_requests)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    cr_expect_eq(gate_deadline_ns(&gate), UINT64_MAX);
    (void)pass(&gate, GET "\r\n", 5);
    cr_expect_eq(gate_deadline_ns(&gate), UINT64_MAX);
    (void)pass(&gate, "\r\n", 6);
    cr_expect_eq(gate_deadline_ns(&gate), UINT64_MAX,
                 "an empty line begins no request");
    cr_expect(gate_is_idle(&gate));
    cr_expect_not(gate_expire(&gate, UINT64_MAX - 1));
}

Test(gate_stream, counts_a_heads_time_from_its_first_byte)
{
    CLEANUP(gate_fini) struct gate gate;
    struct diag diag;

    diag_init(&diag, NULL);
    gate_init(&gate, &gate_limits_default);
    for (uint64_t s = 7; s < 17; s++) {
        cr_expect_eq(pass(&gate, "G", s * NS_PER_S), 0);
        cr_expect_eq(gate_deadline_ns(&gate), 17 * NS_PER_S);
        cr_expect_not(gate_expire(&gate, s * NS_PER_S));
    }
    cr_expect(gate_expire(&gate, 17 * NS_PER_S));
    cr_expect_eq(gate_error(&gate, &diag), -ERR_REQUEST_TIMEOUT);
    cr_expect_str_eq(diag.detail,
                     "the head was not complete 10 s after its first byte");
    cr_expect_null(gate.held.at);
    cr_expect_not(gate_in_body(&gate));
    cr_expect_not(gate_expire(&gate, 18 * NS_PER_S), "only once");
}

Test(gate_stream, counts_a_bodys_time_from_the_heads_end)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    (void)pass(&gate, "POST / HTTP/1.0\r\n", 1 * NS_PER_S);
    (void)pass(&gate, "Content-Length: 1048576\r\n\r\n", 9 * NS_PER_S);
    drain(&gate);
    cr_expect_eq(gate_deadline_ns(&gate), 19 * NS_PER_S);
    (void)pass(&gate, "some bytes", 18 * NS_PER_S);
    cr_expect_eq(gate_deadline_ns(&gate), 19 * NS_PER_S);
    cr_expect(gate_expire(&gate, 19 * NS_PER_S));
    cr_expect(gate_in_body(&gate));
    cr_expect_eq(error_of(&gate), -ERR_REQUEST_TIMEOUT);
}

Test(gate_stream, forgives_the_time_in_which_nobody_read)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &gate_limits_default);
    gate_forgive(&gate, NS_PER_S);
    cr_expect_eq(gate_deadline_ns(&gate), UINT64_MAX);
    (void)pass(&gate, "G", 0);
    gate_forgive(&gate, 30 * NS_PER_S);
    cr_expect_eq(gate_deadline_ns(&gate), 40 * NS_PER_S);
}

static uint64_t no_limit(void *arg UNUSED, struct text method UNUSED,
                         struct text target UNUSED)
{
    return UINT64_MAX;
}

static const char streamed_head[] =
    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
    "FFFFFFFFFFFFFFF\r\n";

static void begin_stream(struct gate *gate)
{
    limits = gate_limits_default;
    limits.body_limit = no_limit;
    gate_init(gate, &limits);
    (void)pass(gate, streamed_head, 0);
}

/* 16 KiB of a body. */
static void pass_16k(struct gate *gate, uint64_t now_ns)
{
    char bytes[16384];

    memset(bytes, 'x', sizeof(bytes));
    cr_expect_eq(gate_pass(gate, bytes, sizeof(bytes), sizeof(bytes), now_ns),
                 sizeof(bytes));
}

Test(gate_stream, lets_a_streamed_body_take_longer_at_16_kib_a_second)
{
    CLEANUP(gate_fini) struct gate gate;

    begin_stream(&gate);
    for (uint64_t s = 1; s < 100; s++) {
        pass_16k(&gate, s * NS_PER_S);
        cr_expect_eq(gate_deadline_ns(&gate), (s + 10) * NS_PER_S);
    }
    cr_expect_not(gate_expire(&gate, 108 * NS_PER_S));
    cr_expect(gate_expire(&gate, 109 * NS_PER_S));
    cr_expect(gate_in_body(&gate));
}

Test(gate_stream, ends_a_streamed_body_that_falls_behind)
{
    CLEANUP(gate_fini) struct gate gate;
    uint64_t s = 0;

    begin_stream(&gate);
    while (!gate_expire(&gate, s * NS_PER_S)) {
        pass_16k(&gate, s * NS_PER_S);
        s += 2;
    }
    cr_expect_geq(s, 18, "half the rate uses the ten seconds up in twenty");
    cr_expect_leq(s, 24);
}

Test(gate_stream, sells_no_silence_for_a_fast_start)
{
    CLEANUP(gate_fini) struct gate gate;

    begin_stream(&gate);
    for (int i = 0; i < 1000; i++)
        pass_16k(&gate, NS_PER_S);
    cr_expect_eq(gate_deadline_ns(&gate), 11 * NS_PER_S);
}
