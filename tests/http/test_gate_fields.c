/* SPDX-License-Identifier: MIT */
#include "http/test_gate.h"

#include <stdio.h>

Test(gate_fields, passes_a_usual_head_as_it_is)
{
    PASSES(GET "User-Agent: curl/7.88.1\r\nAccept: */*\r\n"
               "If-None-Match: \"17\"\r\nX_y.z~!#$%&'*+^`|: 1\r\n\r\n");
}

Test(gate_fields, passes_tabs_and_obs_text_in_values)
{
    PASSES_FIELD("X: a\tb");
    PASSES_FIELD("X:\ta");
    PASSES_FIELD("X: b\xc3\xa4r\xff\x80 a long one, longer than eight");
    PASSES_FIELD("X: tab\tamong eight\tor more bytes");
}

Test(gate_fields, passes_empty_values)
{
    PASSES_FIELD("X:");
    PASSES_FIELD("X: ");
    PASSES_FIELD("X: \t ");
}

Test(gate_fields, moves_spaces_after_a_value_before_it)
{
    REWRITES(GET "X: a \r\nY:b\t \r\n\r\n", GET "X:  a\r\nY:  b\r\n\r\n");
    REWRITES("POST / HTTP/1.1\r\nHost:a \r\nContent-Length: 2 \r\n\r\nab",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:  2\r\n\r\nab");
}

Test(gate_fields, refuses_control_bytes_in_values)
{
    const char *why = "a field's value holds a control byte";

    REFUSES_FIELD("X: a\0b", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: a\rb", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: a\x1f", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: a\x7f", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: \x0b", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: a\r", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: eight or more bytes\x1f and none below 0x1f",
                  ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: eight or more bytes\x01 and one of control",
                  ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X: eight or more bytes\x7f\xff\x80, DEL among them",
                  ERR_BAD_REQUEST, why);
}

Test(gate_fields, refuses_a_space_before_the_colon)
{
    const char *why = "a space or a tab follows a field's name";

    REFUSES_FIELD("Content-Length : 3", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("Transfer-Encoding\t: chunked", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("two words: 3", ERR_BAD_REQUEST, why);
}

Test(gate_fields, refuses_names_that_are_no_tokens)
{
    const char *why = "a field's name holds a byte that no token may hold";

    REFUSES_FIELD("X(y): 1", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X\0: 1", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("X\r: 1", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("\x0b: 1", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("\xc3\xa4: 1", ERR_BAD_REQUEST, why);
    REFUSES_FIELD(": 1", ERR_BAD_REQUEST, "a field has no name");
    REFUSES_FIELD("X", ERR_BAD_REQUEST, "a field line has no colon");
}

Test(gate_fields, refuses_folded_lines)
{
    const char *why = "a field line begins with a space or a tab (line folding "
                      "is obsolete)";

    REFUSES_FIELD("X-Ten: v\r\n ant: 1", ERR_BAD_REQUEST, why);
    REFUSES_FIELD("Content-: 3\r\n\tLength", ERR_BAD_REQUEST, why);
    REFUSES("GET / HTTP/1.1\r\n " HOST "\r\n", ERR_BAD_REQUEST, why);
    REFUSES_FIELD(" ", ERR_BAD_REQUEST, why);
}

Test(gate_fields, refuses_lines_that_end_in_a_bare_lf)
{
    const char *why = "a line ends in LF without CR";

    REFUSES("GET / HTTP/1.1\n" HOST "\r\n", ERR_BAD_REQUEST, why);
    REFUSES("GET / HTTP/1.1\r\nHost: a\n\r\n", ERR_BAD_REQUEST, why);
    REFUSES(GET "\n", ERR_BAD_REQUEST, why);
    REFUSES(GET "X: 1\n\n", ERR_BAD_REQUEST, why);
}

Test(gate_fields, wants_one_host)
{
    REFUSES("GET / HTTP/1.1\r\n\r\n", ERR_BAD_REQUEST, "Host is missing");
    REFUSES("GET http://b/ HTTP/1.1\r\n\r\n", ERR_BAD_REQUEST,
            "Host is missing");
    REFUSES_FIELD("Host: a", ERR_BAD_REQUEST, "Host is given more than once");
    REFUSES_FIELD("hOsT: b", ERR_BAD_REQUEST, "Host is given more than once");
    REFUSES("GET / HTTP/1.0\r\n" HOST HOST "\r\n", ERR_BAD_REQUEST,
            "Host is given more than once");
}

#define HOST_PASSES(value) PASSES("GET / HTTP/1.1\r\nHost: " value "\r\n\r\n")
#define HOST_REFUSED(value)                                               \
    REFUSES("GET / HTTP/1.1\r\nHost: " value "\r\n\r\n", ERR_BAD_REQUEST, \
            "Host is not a host name or address with an optional port")

Test(gate_fields, passes_names_and_addresses_as_host)
{
    HOST_PASSES("a");
    HOST_PASSES("api.example.org:8080");
    HOST_PASSES("under_score-1.example");
    HOST_PASSES("127.0.0.1:65535");
    HOST_PASSES("[::1]");
    HOST_PASSES("[fe80::1:2]:80");
    HOST_PASSES("a:");
    HOST_PASSES("%41.example");
    HOST_PASSES("");
}

Test(gate_fields, refuses_anything_else_as_host)
{
    HOST_REFUSED("a b");
    HOST_REFUSED("a b/c");
    HOST_REFUSED("a/c");
    HOST_REFUSED("a, b");
    HOST_REFUSED("user@a");
    HOST_REFUSED(":80");
    HOST_REFUSED("a:b");
    HOST_REFUSED("a:80:80");
    HOST_REFUSED("a:65536");
    HOST_REFUSED("a:000080");
    HOST_REFUSED("[::1");
    HOST_REFUSED("[]");
    HOST_REFUSED("[::1]x");
    HOST_REFUSED("[1.2.3.4]");
    HOST_REFUSED("[::g]");
    HOST_REFUSED("[1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:22]");
    HOST_REFUSED("::1");
    HOST_REFUSED("%zz");
    HOST_REFUSED("a%4");
    HOST_REFUSED("a?b");
    HOST_REFUSED("\xc3\xa4");
}

Test(gate_fields, refuses_a_host_past_255_bytes)
{
    char in[400], name[257] = "";

    memset(name, 'h', 256);
    snprintf(in, sizeof(in), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", name);
    expect_outcome(text_of(in), TEXT(""), ERR_BAD_REQUEST,
                   "Host is not a host name or address with an optional port");
    name[255] = '\0';
    snprintf(in, sizeof(in), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", name);
    expect_outcome(text_of(in), text_of(in), 0, "");
}

Test(gate_fields, passes_100_continue_as_the_only_expectation)
{
    PASSES_FIELD("Expect: 100-continue");
    PASSES_FIELD("Expect: 100-Continue");
    REFUSES_FIELD("Expect: 200-ok", ERR_EXPECTATION_FAILED,
                  "100-continue is the only expectation known here");
    REFUSES_FIELD("Expect: 100-continue, x", ERR_EXPECTATION_FAILED,
                  "100-continue is the only expectation known here");
    REFUSES_FIELD("Expect:", ERR_EXPECTATION_FAILED,
                  "100-continue is the only expectation known here");
}

/* A head of `fields` fields, the last of them `Host`, padded to `bytes`. */
static void make_head(struct buffer *out, unsigned fields, size_t bytes)
{
    buffer_init(out, SIZE_MAX);
    buffer_add_string(out, "GET / HTTP/1.1\r\n");
    for (unsigned i = 1; i < fields; i++)
        buffer_add_string(out, "X: y\r\n");
    buffer_add_string(out, HOST "\r\n");
    if (bytes <= out->len)
        return;
    buffer_clear(out);
    buffer_add_string(out, GET "X: ");
    while (out->len < bytes - 4)
        buffer_add_byte(out, 'y');
    buffer_add_string(out, "\r\n\r\n");
}

Test(gate_fields, passes_as_many_fields_as_allowed)
{
    CLEANUP(buffer_fini) struct buffer in;

    make_head(&in, 100, 0);
    expect_outcome(buffer_text(&in), buffer_text(&in), 0, "");
}

Test(gate_fields, refuses_one_field_more)
{
    CLEANUP(buffer_fini) struct buffer in;

    make_head(&in, 101, 0);
    expect_outcome(buffer_text(&in), TEXT(""), ERR_HEADERS_TOO_LARGE,
                   "the head has more than 100 fields");
}

Test(gate_fields, counts_the_fields_of_each_head_and_its_trailers_anew)
{
    limits = gate_limits_default;
    limits.fields = 2;
    REWRITES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
             "0\r\nX: 1\r\nY: 2\r\n\r\n" GET "X: 1\r\n\r\n" GET "X: 1\r\n\r\n",
             "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
             "0\r\n\r\n" GET "X: 1\r\n\r\n" GET "X: 1\r\n\r\n");
}

Test(gate_fields, passes_a_head_of_just_the_limit)
{
    CLEANUP(buffer_fini) struct buffer in;

    make_head(&in, 2, 16384);
    expect_outcome(buffer_text(&in), buffer_text(&in), 0, "");
}

Test(gate_fields, refuses_a_head_one_byte_longer)
{
    CLEANUP(buffer_fini) struct buffer in;

    make_head(&in, 2, 16385);
    expect_outcome(buffer_text(&in), TEXT(""), ERR_HEADERS_TOO_LARGE,
                   "the head is longer than 16384 bytes");
}

Test(gate_fields, refuses_a_head_that_does_not_end)
{
    CLEANUP(buffer_fini) struct buffer in;

    make_head(&in, 2, 20000);
    expect_outcome(text_from(in.at, 16385), TEXT(""), ERR_HEADERS_TOO_LARGE,
                   "the head is longer than 16384 bytes");
}

Test(gate_fields, keeps_what_is_ahead_of_a_bad_head)
{
    REFUSES_AFTER(GET "\r\n" GET "\r\n", "GET / HTTP/1.1\nHost: a\r\n\r\n",
                  ERR_BAD_REQUEST, "a line ends in LF without CR");
}
