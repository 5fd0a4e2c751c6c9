/* SPDX-License-Identifier: MIT */
#include "http/test_gate.h"

#include <stdio.h>

#define POST           "POST / HTTP/1.1\r\n" HOST
#define CHUNKED        POST "Transfer-Encoding: chunked\r\n\r\n"
#define LENGTH(number) POST "Content-Length: " number "\r\n\r\n"

#define CODING_REFUSED(value, error, why) \
    REFUSES(POST "Transfer-Encoding: " value "\r\n\r\n", error, why)

Test(gate_body, passes_a_body_of_the_length_given)
{
    PASSES(LENGTH("3") "a\nb");
    PASSES(LENGTH("0"));
    PASSES(LENGTH("00000000000000000000000000000003") "\0\r\n" GET "\r\n");
    PASSES("GET / HTTP/1.0\r\nContent-Length: 4\r\n\r\nGET ");
}

Test(gate_body, refuses_a_second_content_length)
{
    const char *why = "Content-Length is given more than once";

    REFUSES(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            ERR_BAD_REQUEST, why);
    REFUSES(POST "Content-Length: 3\r\nX: y\r\ncontent-length: 5\r\n\r\nabc",
            ERR_BAD_REQUEST, why);
}

Test(gate_body, refuses_a_length_that_is_not_one_number)
{
    const char *why = "Content-Length is not one decimal number below 2^63";

    REFUSES(LENGTH(""), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("3, 3"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("+3"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("-3"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("3.0"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("0x3"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("3 3"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("9223372036854775808"), ERR_BAD_REQUEST, why);
    REFUSES(LENGTH("18446744073709551619"), ERR_BAD_REQUEST, why);
}

Test(gate_body, refuses_length_and_transfer_coding_together)
{
    const char *why = "Content-Length and Transfer-Encoding are both given";

    REFUSES(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            ERR_BAD_REQUEST, why);
    REFUSES(POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            ERR_BAD_REQUEST, why);
}

Test(gate_body, knows_chunked_in_any_case_and_nothing_else)
{
    const char *unknown = "chunked is the only transfer coding known here";

    PASSES(POST "transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n");
    CODING_REFUSED("gzip", ERR_NOT_IMPLEMENTED, unknown);
    CODING_REFUSED("identity", ERR_NOT_IMPLEMENTED, unknown);
    CODING_REFUSED("xchunked", ERR_NOT_IMPLEMENTED, unknown);
    CODING_REFUSED("gzip, chunked", ERR_NOT_IMPLEMENTED, unknown);
    CODING_REFUSED("gzip;q=1,\tchunked", ERR_NOT_IMPLEMENTED, unknown);
}

Test(gate_body, wants_chunked_once_and_last)
{
    const char *why =
        "chunked is applied twice or is not the last transfer coding";

    CODING_REFUSED("chunked, chunked", ERR_BAD_REQUEST, why);
    CODING_REFUSED("chunked, gzip", ERR_BAD_REQUEST, why);
    CODING_REFUSED("chunked,", ERR_BAD_REQUEST, why);
    REFUSES(POST "Transfer-Encoding: chunked\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n",
            ERR_BAD_REQUEST, "Transfer-Encoding is given more than once");
    REFUSES(POST "Transfer-Encoding: chunked\r\n"
                 "Transfer-Encoding: x\r\n\r\n",
            ERR_BAD_REQUEST, "Transfer-Encoding is given more than once");
}

Test(gate_body, refuses_a_malformed_list_of_codings)
{
    const char *why = "Transfer-Encoding is not a list of codings";

    CODING_REFUSED("", ERR_BAD_REQUEST, why);
    CODING_REFUSED(",chunked", ERR_BAD_REQUEST, why);
    CODING_REFUSED("chunk ed", ERR_BAD_REQUEST, why);
    CODING_REFUSED("chunked;x=y", ERR_BAD_REQUEST, why);
    CODING_REFUSED("\"chunked\"", ERR_BAD_REQUEST, why);
}

Test(gate_body, refuses_transfer_codings_in_http_1_0)
{
    REFUSES("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            ERR_BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
}

Test(gate_body, passes_chunks)
{
    PASSES(CHUNKED "0\r\n\r\n");
    PASSES(CHUNKED "3\r\nabc\r\n0\r\n\r\n" GET "\r\n");
    PASSES(CHUNKED "a\r\n0123456789\r\nB\r\n0\r\n\r\n\n01234\r\n0\r\n\r\n");
}

Test(gate_body, drops_zeros_before_a_chunks_size)
{
    REWRITES(CHUNKED "0000000000000003\r\nabc\r\n000\r\n\r\n",
             CHUNKED "3\r\nabc\r\n0\r\n\r\n");
}

Test(gate_body, checks_and_drops_chunk_extensions)
{
    REWRITES(CHUNKED "3;a\r\nabc\r\n2;a=b;c=\"d;\\\"\xff\"\r\n",
             CHUNKED "3\r\nabc\r\n2\r\n");
    REWRITES(CHUNKED "3;a;b=c\r\nabc\r\n1;q=\"\\\"; \t\"\r\nd\r\n0;e\r\n\r\n",
             CHUNKED "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
}

#define SIZE_REFUSED(line, why) \
    REFUSES_AFTER(CHUNKED, line "\r\nabc\r\n0\r\n\r\n", ERR_BAD_REQUEST, why)

Test(gate_body, refuses_malformed_chunk_extensions)
{
    const char *why =
        "a chunk's extension is not ;name, ;name=token or ;name=\"text\"";

    SIZE_REFUSED("3;", why);
    SIZE_REFUSED("3;;a", why);
    SIZE_REFUSED("3; a", why);
    SIZE_REFUSED("3;a =b", why);
    SIZE_REFUSED("3;a=", why);
    SIZE_REFUSED("3;a=\"b", why);
    SIZE_REFUSED("3;a=\"b\\", why);
    SIZE_REFUSED("3;a=\"b\"c", why);
    SIZE_REFUSED("3;a=\"\x01\"", why);
    SIZE_REFUSED("3;a=\"\\\x01\"", why);
    SIZE_REFUSED("3;a\rb", why);
}

Test(gate_body, refuses_a_size_that_is_not_hexadecimal_digits)
{
    const char *why = "a chunk's size is not 1 to 16 hexadecimal digits";

    SIZE_REFUSED("", why);
    SIZE_REFUSED("x", why);
    SIZE_REFUSED("0x3", why);
    SIZE_REFUSED("+3", why);
    SIZE_REFUSED("-3", why);
    SIZE_REFUSED(" 3", why);
    SIZE_REFUSED("3 ", why);
    SIZE_REFUSED("3 ;a", why);
    SIZE_REFUSED("3\r", why);
    SIZE_REFUSED("3\0", why);
    SIZE_REFUSED("00000000000000003", why);
    SIZE_REFUSED("10000000000000003", why);
}

Test(gate_body, refuses_bare_lf_in_chunk_framing)
{
    const char *why = "a line ends in LF without CR";

    REFUSES_AFTER(CHUNKED, "3\nabc\r\n", ERR_BAD_REQUEST, why);
    REFUSES_AFTER(CHUNKED, "3;x\nabc\r\n", ERR_BAD_REQUEST, why);
    REFUSES_AFTER(CHUNKED "3\r\nabc", "\n0\r\n\r\n", ERR_BAD_REQUEST, why);
    REFUSES_AFTER(CHUNKED, "0\n\r\n", ERR_BAD_REQUEST, why);
    REFUSES_AFTER(CHUNKED, "0\r\n\n", ERR_BAD_REQUEST, why);
}

Test(gate_body, wants_crlf_right_after_a_chunks_data)
{
    const char *why = "a chunk's data does not end in CRLF after its size";

    REFUSES_AFTER(CHUNKED "3\r\nabc", "d\r\n", ERR_BAD_REQUEST, why);
    REFUSES_AFTER(CHUNKED "3\r\nabc", "\rd\n", ERR_BAD_REQUEST, why);
    REFUSES_AFTER(CHUNKED "3\r\nabc", "0\r\n\r\n", ERR_BAD_REQUEST, why);
}

Test(gate_body, refuses_a_size_line_past_the_limit)
{
    char in[600], pad[300] = "";

    memset(pad, 'x', 271);
    snprintf(in, sizeof(in), CHUNKED "3;%s\r\nabc", pad);
    expect_outcome(text_of(in), TEXT(CHUNKED), ERR_BAD_REQUEST,
                   "a chunk's size line is longer than 274 bytes");
    pad[270] = '\0';
    snprintf(in, sizeof(in), CHUNKED "3;%s\r\nabc", pad);
    expect_outcome(text_of(in), TEXT(CHUNKED "3\r\nabc"), 0, "");
}

Test(gate_body, checks_and_drops_trailers)
{
    REWRITES(CHUNKED "0\r\nX-Sum: 17\r\nY:\r\n\r\n" GET "\r\n",
             CHUNKED "0\r\n\r\n" GET "\r\n");
}

Test(gate_body, holds_trailers_to_the_rules_of_fields)
{
#define TRAILER_REFUSED(line, why) \
    REFUSES_AFTER(CHUNKED, "0\r\n" line "\r\n\r\n", ERR_BAD_REQUEST, why)
    TRAILER_REFUSED("X : y", "a space or a tab follows a field's name");
    TRAILER_REFUSED(": y", "a field has no name");
    TRAILER_REFUSED("X: a\0b", "a field's value holds a control byte");
    TRAILER_REFUSED("GET / HTTP/1.1",
                    "a space or a tab follows a field's name");
    TRAILER_REFUSED(" X: y", "a field line begins with a space or a tab (line "
                             "folding is obsolete)");
}

Test(gate_body, refuses_trailers_that_frame_or_route)
{
    const char *why = "a field that frames or routes the request is a trailer";

    TRAILER_REFUSED("Content-Length: 3", why);
    TRAILER_REFUSED("transfer-encoding: chunked", why);
    TRAILER_REFUSED("Host: b", why);
    TRAILER_REFUSED("Expect: 100-continue", why);
}

Test(gate_body, limits_the_number_of_trailers)
{
    CLEANUP(buffer_fini) struct buffer in;

    buffer_init(&in, SIZE_MAX);
    buffer_add_string(&in, CHUNKED "0\r\n");
    for (int i = 0; i < 101; i++)
        buffer_add_string(&in, "X: y\r\n");
    expect_outcome(buffer_text(&in), TEXT(CHUNKED), ERR_HEADERS_TOO_LARGE,
                   "there are more than 100 trailers");
}

Test(gate_body, limits_the_bytes_of_trailers)
{
    CLEANUP(buffer_fini) struct buffer in;

    buffer_init(&in, SIZE_MAX);
    buffer_add_string(&in, CHUNKED "0\r\nX: ");
    while (in.len < 17000)
        buffer_add_byte(&in, 'y');
    expect_outcome(buffer_text(&in), TEXT(CHUNKED), ERR_HEADERS_TOO_LARGE,
                   "the trailers are longer than 16384 bytes");
}

static uint64_t twenty_for_import(void *arg, struct text method,
                                  struct text target)
{
    cr_expect_eq(arg, &limits);
    cr_expect(text_is(method, "POST"));
    return text_is(target, "/import") ? 20 : 10;
}

static void set_limit(bool by_request)
{
    limits = gate_limits_default;
    limits.body_bytes = 10;
    limits.body_limit = by_request ? twenty_for_import : NULL;
    limits.arg = &limits;
}

Test(gate_body, refuses_a_length_past_the_limit_before_its_head_goes_on)
{
    set_limit(false);
    PASSES(LENGTH("10") "0123456789");
    REFUSES_AFTER(GET "\r\n", LENGTH("11") "0123456789", ERR_CONTENT_TOO_LARGE,
                  "the body is longer than 10 bytes");
}

Test(gate_body, refuses_chunks_as_soon_as_they_pass_the_limit)
{
    const char *why = "the body is longer than 10 bytes";

    set_limit(false);
    PASSES(CHUNKED "4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n");
    REFUSES_AFTER(CHUNKED "4\r\nabcd\r\n", "7\r\nefghijk\r\n0\r\n\r\n",
                  ERR_CONTENT_TOO_LARGE, why);
    REFUSES_AFTER(CHUNKED, "ffffffffffffffff\r\n", ERR_CONTENT_TOO_LARGE, why);
    REFUSES_AFTER(CHUNKED "1\r\na\r\n", "FFFFFFFFFFFFFFFF\r\n",
                  ERR_CONTENT_TOO_LARGE, why);
}

#define IMPORT(target, fields) "POST " target " HTTP/1.1\r\n" HOST fields "\r\n"

Test(gate_body, asks_for_the_limit_of_each_request)
{
    set_limit(true);
    PASSES(IMPORT("/import",
                  "Content-Length: 20\r\n") "0123456789012345678"
                                            "9" LENGTH("10") "0123456789");
    REFUSES(IMPORT("/import", "Content-Length: 21\r\n"), ERR_CONTENT_TOO_LARGE,
            "the body is longer than 20 bytes");
    REFUSES(IMPORT("/other", "Content-Length: 11\r\n"), ERR_CONTENT_TOO_LARGE,
            "the body is longer than 10 bytes");
    REWRITES(IMPORT("http://b/import", "Content-Length: 11\r\n") "01234567890",
             "POST /import HTTP/1.1\r\nHost: b\r\nContent-Length: 11\r\n\r\n"
             "01234567890");
}
