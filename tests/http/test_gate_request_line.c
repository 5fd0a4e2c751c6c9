/* SPDX-License-Identifier: MIT */
#include "http/test_gate.h"

#define LINE_REFUSED(line, error, why) \
    REFUSES(line "\r\n" HOST "\r\n", error, why)

Test(gate_request_line, passes_every_method_that_is_served)
{
    PASSES("GET / HTTP/1.1\r\n" HOST "\r\n");
    PASSES("HEAD / HTTP/1.1\r\n" HOST "\r\n");
    PASSES("POST / HTTP/1.1\r\n" HOST "\r\n");
    PASSES("PUT / HTTP/1.1\r\n" HOST "\r\n");
    PASSES("PATCH / HTTP/1.1\r\n" HOST "\r\n");
    PASSES("DELETE / HTTP/1.1\r\n" HOST "\r\n");
    PASSES("OPTIONS / HTTP/1.1\r\n" HOST "\r\n");
}

Test(gate_request_line, answers_other_methods_with_not_implemented)
{
    const char *why = "the method is none of GET, HEAD, POST, PUT, PATCH, "
                      "DELETE, OPTIONS";

    LINE_REFUSED("TRACE / HTTP/1.1", ERR_NOT_IMPLEMENTED, why);
    LINE_REFUSED("CONNECT a:80 HTTP/1.1", ERR_NOT_IMPLEMENTED, why);
    LINE_REFUSED("get / HTTP/1.1", ERR_NOT_IMPLEMENTED, why);
    LINE_REFUSED("GETT / HTTP/1.1", ERR_NOT_IMPLEMENTED, why);
    LINE_REFUSED("M-SEARCH * HTTP/1.1", ERR_NOT_IMPLEMENTED, why);
}

Test(gate_request_line, refuses_a_method_that_is_no_token)
{
    const char *why = "the method is not a token followed by one space";

    LINE_REFUSED("G@T / HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED(" GET / HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET\t/ HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET\0 / HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("G\x80T / HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("\rGET / HTTP/1.1", ERR_BAD_REQUEST, why);
}

Test(gate_request_line, refuses_another_protocol_at_its_first_byte)
{
    REFUSES("\x16\x03\x01\x02", ERR_BAD_REQUEST,
            "the method is not a token followed by one space");
}

Test(gate_request_line, wants_three_parts)
{
    const char *why =
        "the request line is not a method, a target and a version";

    LINE_REFUSED("GET", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET ", ERR_BAD_REQUEST, why);
}

Test(gate_request_line, wants_one_space_between_them)
{
    LINE_REFUSED("GET  / HTTP/1.1", ERR_BAD_REQUEST,
                 "the target holds a space, a control byte or a byte outside "
                 "of ASCII");
    LINE_REFUSED("GET /  HTTP/1.1", ERR_BAD_REQUEST,
                 "the target holds a space, a control byte or a byte outside "
                 "of ASCII");
    LINE_REFUSED("GET  HTTP/1.1", ERR_BAD_REQUEST,
                 "the target is neither a path nor an http URI");
    LINE_REFUSED("GET / HTTP/1.1 ", ERR_BAD_REQUEST,
                 "the version is not written like HTTP/1.1");
}

Test(gate_request_line, passes_visible_ascii_in_a_target)
{
    PASSES("GET /a%00%zz%2f..;b=\"<>[]^`{|}\\?q=/?x&y HTTP/1.1\r\n" HOST
           "\r\n");
    PASSES("GET //evil/.. HTTP/1.1\r\n" HOST "\r\n");
}

Test(gate_request_line, refuses_other_bytes_in_a_target)
{
    const char *why = "the target holds a space, a control byte or a byte "
                      "outside of ASCII";

    LINE_REFUSED("GET /a b HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /a\tb HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /a\0b HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /a\rb HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /a\x7f HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /\xc3\xa4 HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET /a#b HTTP/1.1", ERR_BAD_REQUEST,
                 "the target holds a fragment");
}

Test(gate_request_line, refuses_a_target_that_is_neither_path_nor_uri)
{
    const char *why = "the target is neither a path nor an http URI";

    LINE_REFUSED("GET a HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET ?q HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET a:80 HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET ftp://a/ HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET http:/a HTTP/1.1", ERR_BAD_REQUEST, why);
}

Test(gate_request_line, takes_an_asterisk_for_options_only)
{
    PASSES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n");
    LINE_REFUSED("GET * HTTP/1.1", ERR_BAD_REQUEST,
                 "the target \"*\" is for OPTIONS only");
}

Test(gate_request_line, makes_an_absolute_target_a_path_and_its_host_the_host)
{
    REWRITES("GET http://b.example:80/p?q=1 HTTP/1.1\r\nX: y\r\n" HOST
             "Z: z\r\n\r\n",
             "GET /p?q=1 HTTP/1.1\r\nX: y\r\nHost: b.example:80\r\n"
             "Z: z\r\n\r\n");
    REWRITES("GET HTTPS://b/p HTTP/1.1\r\nhOST:\r\n\r\n",
             "GET /p HTTP/1.1\r\nHost: b\r\n\r\n");
    REWRITES("GET http://b/ HTTP/1.1\r\nHost: longer.than.that\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    REWRITES("DELETE http://[::1]:8080/x HTTP/1.9\r\n" HOST "\r\n",
             "DELETE /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
}

Test(gate_request_line, gives_an_absolute_target_without_path_one)
{
    REWRITES("GET http://b HTTP/1.1\r\n" HOST "\r\n",
             "GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    REWRITES("GET http://b?q HTTP/1.1\r\n" HOST "\r\n",
             "GET /?q HTTP/1.1\r\nHost: b\r\n\r\n");
    REWRITES("OPTIONS http://b HTTP/1.1\r\n" HOST "\r\n",
             "OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n");
    REWRITES("OPTIONS http://b?q HTTP/1.1\r\n" HOST "\r\n",
             "OPTIONS /?q HTTP/1.1\r\nHost: b\r\n\r\n");
}

Test(gate_request_line, adds_no_host_to_an_old_request)
{
    REWRITES("GET http://b/p HTTP/1.0\r\n\r\n", "GET /p HTTP/1.0\r\n\r\n");
    REWRITES("GET http://b HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\n");
    REWRITES("GET http://b/p HTTP/1.0\r\n" HOST "\r\n",
             "GET /p HTTP/1.0\r\nHost: b\r\n\r\n");
}

Test(gate_request_line, refuses_an_absolute_target_with_a_bad_host)
{
    const char *why = "the target's host is missing or invalid";

    LINE_REFUSED("GET http:///p HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET http://user@b/p HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET http://b:x/p HTTP/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET http://:80/p HTTP/1.1", ERR_BAD_REQUEST, why);
}

Test(gate_request_line, takes_every_1_x_for_1_1_or_1_0)
{
    PASSES("GET / HTTP/1.0\r\n\r\n");
    REWRITES("GET / HTTP/1.2\r\n" HOST "\r\n", GET "\r\n");
    REWRITES("GET / HTTP/1.9\r\n" HOST "\r\n", GET "\r\n");
}

Test(gate_request_line, refuses_other_major_versions)
{
    const char *why = "only HTTP/1.1 and HTTP/1.0 are served";

    LINE_REFUSED("GET / HTTP/2.0", ERR_VERSION_NOT_SUPPORTED, why);
    LINE_REFUSED("GET / HTTP/0.9", ERR_VERSION_NOT_SUPPORTED, why);
    REFUSES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ERR_VERSION_NOT_SUPPORTED, why);
}

Test(gate_request_line, refuses_a_malformed_version)
{
    const char *why = "the version is not written like HTTP/1.1";

    LINE_REFUSED("GET / HTTP/1.10", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTP/11.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / http/1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTP/1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTP/1,1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTP/1.x", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTP/x.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTPS1.1", ERR_BAD_REQUEST, why);
    LINE_REFUSED("GET / HTTP/1.1\r", ERR_BAD_REQUEST, why);
}

Test(gate_request_line, drops_one_empty_line_before_it)
{
    REWRITES("\r\n" GET "\r\n", GET "\r\n");
    REWRITES(GET "\r\n\r\n" GET "\r\n", GET "\r\n" GET "\r\n");
    REWRITES("\r\n" GET "\r\n\r\n" GET "\r\n", GET "\r\n" GET "\r\n");
    REWRITES("\r\n", "");
    REFUSES("\r\n\r\n" GET "\r\n", ERR_BAD_REQUEST,
            "more than one empty line comes before the request");
    REFUSES("\n" GET "\r\n", ERR_BAD_REQUEST, "a line ends in LF without CR");
}

/* A request whose target has `len` bytes; the caller frees it. */
static char *with_target(size_t len)
{
    CLEANUP(memory_free) char *target = memory_new(len + 1);

    memset(target, 'x', len);
    target[0] = '/';
    return memory_format("GET %s HTTP/1.1\r\n" HOST "\r\n", target);
}

Test(gate_request_line, passes_a_target_of_just_the_limit)
{
    CLEANUP(memory_free) char *in = with_target(8192);

    expect_outcome(text_of(in), text_of(in), 0, "");
}

Test(gate_request_line, refuses_a_target_past_the_limit)
{
    CLEANUP(memory_free) char *in = with_target(8193);

    expect_outcome(text_of(in), TEXT(""), ERR_URI_TOO_LONG,
                   "the target is longer than 8192 bytes");
}

Test(gate_request_line, refuses_a_target_that_does_not_end)
{
    CLEANUP(memory_free) char *in = with_target(60000);

    expect_outcome(text_from(in, 9000), TEXT(""), ERR_URI_TOO_LONG,
                   "the target is longer than 8192 bytes");
}
