/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include "base/fault.h"
#include "fetch/far_end.h"
#include "runtime/fiber.h"

#include <signal.h>

#define OK(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"

static struct far_end far;

/* One fetch, and how it came out. */
struct errand {
    struct fetch_request request;
    uint64_t within_ms; /* 0: ten seconds */
    size_t limit;       /* 0: enough */
    struct fiber *fiber;
    struct post cancel;
    int result, status;
    struct buffer body;
    struct diag diag;
};

static struct errand errand;
static char url[128];

static void set_up(void)
{
    signal(SIGPIPE, SIG_IGN);
    far = (struct far_end){ .answers = { OK("5") "hello" } };
    errand = (struct errand){ .request.url = url };
}

static void tear_down(void)
{
    buffer_fini(&errand.body);
}

TestSuite(fetch, .init = set_up, .fini = tear_down, .timeout = 60);

static void run(void *arg)
{
    struct errand *e = arg;
    uint64_t ms = e->within_ms ? e->within_ms : 10000;

    e->fiber = fiber_self();
    diag_init(&e->diag, NULL);
    buffer_init(&e->body, e->limit ? e->limit : 1 << 20);
    buffer_add_string(&e->body, "> ");
    e->result =
        fetch(&e->request, deadline_after(loop_now_ns(loop_current()), ms),
              &e->body, &e->status, &e->diag);
}

static void fetch_path(const char *scheme, const char *path)
{
    far_end_start(&far);
    snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", scheme, far.port, path);
    fiber_run_alone("errand", run, &errand);
    far_end_stop(&far);
}

static void expect_got(int status, const char *body)
{
    cr_expect_eq(errand.result, 0, "%s: %s", errand.diag.detail,
                 errand.diag.cause);
    cr_expect_eq(errand.status, status);
    cr_expect(text_is(buffer_text(&errand.body), body), "%.*s",
              TEXT_ARG(buffer_text(&errand.body)));
}

static void expect_failed(int result, const char *what)
{
    cr_expect_eq(errand.result, result, "%d: %s", errand.result,
                 errand.diag.cause);
    cr_expect(strstr(errand.diag.detail, what) ||
                  strstr(errand.diag.cause, what),
              "%s: %s", errand.diag.detail, errand.diag.cause);
    cr_expect(text_is(buffer_text(&errand.body), "> "),
              "the buffer is as it was");
    cr_expect_not(buffer_overflown(&errand.body));
}

/* --- what comes --- */

Test(fetch, brings_a_document)
{
    errand.request.accept = "application/json";
    fetch_path("http", "/jwks.json?a=b");
    expect_got(200, "> hello");
    cr_expect(text_starts_with(text_of(far.request),
                               "GET /jwks.json?a=b HTTP/1.1\r\n"));
    cr_expect_not_null(strstr(far.request, "Accept: application/json\r\n"));
    cr_expect_not_null(strstr(far.request, "User-Agent: portcullis\r\n"));
}

Test(fetch, brings_bad_news_with_their_status)
{
    far.answers[0] = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n";
    fetch_path("http", "/");
    expect_got(404, "> no\n");
}

Test(fetch, brings_a_chunked_document)
{
    far.answers[0] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    fetch_path("http", "/");
    expect_got(200, "> hello");
}

Test(fetch, posts)
{
    far.answers[0] = "HTTP/1.1 204 No Content\r\n\r\n";
    errand.request.post = TEXT("{\"rule\":\"lag\"}");
    errand.request.content_type = "application/json";
    fetch_path("http", "/hook");
    expect_got(204, "> ");
    cr_expect(text_starts_with(text_of(far.request), "POST /hook HTTP/1.1"));
    cr_expect_not_null(
        strstr(far.request, "Content-Type: application/json\r\n"));
    cr_expect_not_null(strstr(far.request, "\r\n\r\n{\"rule\":\"lag\"}"));
    cr_expect_null(strstr(far.request, "Expect:"));
}

Test(fetch, posts_nothing_too)
{
    errand.request.post = TEXT("");
    errand.request.content_type = "text/plain";
    fetch_path("http", "/hook");
    expect_got(200, "> hello");
    cr_expect_not_null(strstr(far.request, "Content-Length: 0\r\n"));
}

/* --- how much --- */

Test(fetch, takes_what_just_fits)
{
    errand.limit = 7;
    fetch_path("http", "/");
    expect_got(200, "> hello");
}

Test(fetch, takes_no_more_than_fits)
{
    errand.limit = 6;
    fetch_path("http", "/");
    expect_failed(-ERR_TOO_LARGE, "more than 6 bytes");
}

Test(fetch, takes_no_more_than_fits_of_what_has_no_length)
{
    errand.limit = 6;
    far.answers[0] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello";
    fetch_path("http", "/");
    expect_failed(-ERR_TOO_LARGE, "more than 6 bytes");
}

/* --- where to --- */

Test(fetch, follows_a_redirect)
{
    far.answers[0] = "HTTP/1.1 302 Found\r\nLocation: /there\r\n"
                     "Content-Length: 4\r\nConnection: close\r\n\r\ngone";
    far.answers[1] = OK("5") "there";
    fetch_path("http", "/here");
    expect_got(200, "> there");
    cr_expect(text_starts_with(text_of(far.request), "GET /there "));
}

Test(fetch, follows_no_more_than_three_redirects)
{
    for (int i = 0; i < FAR_END_ANSWERS; i++)
        far.answers[i] = "HTTP/1.1 302 Found\r\nLocation: /on\r\n"
                         "Content-Length: 0\r\nConnection: close\r\n\r\n";
    fetch_path("http", "/");
    expect_failed(-ERR_UNAVAILABLE, "Maximum (3) redirects followed");
    cr_expect_eq(far.connections, 4);
}

static void expect_no_redirect_to(const char *answer)
{
    far.answers[0] = answer;
    fetch_path("http", "/");
    expect_failed(-ERR_UNAVAILABLE, "127.0.0.1 cannot be fetched from");
    cr_expect_not_null(strstr(errand.diag.cause, "not supported or disabled"),
                       "%s", errand.diag.cause);
    cr_expect_eq(far.connections, 1);
}

Test(fetch, follows_no_redirect_to_another_scheme)
{
    expect_no_redirect_to("HTTP/1.1 302 Found\r\nLocation: "
                          "https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n");
}

Test(fetch, follows_no_redirect_to_a_file)
{
    expect_no_redirect_to("HTTP/1.1 302 Found\r\nLocation: "
                          "file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
}

Test(fetch, follows_no_redirect_with_a_post)
{
    errand.request.post = TEXT("x");
    errand.request.content_type = "text/plain";
    far.answers[0] = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\n"
                     "Content-Length: 0\r\nConnection: close\r\n\r\n";
    fetch_path("http", "/");
    expect_got(307, "> ");
    cr_expect_eq(far.connections, 1);
}

Test(fetch, takes_http_and_https_only)
{
    static const char *const others[] = {
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "dict://127.0.0.1/",
        "not a url",
        "",
        "http://",
        "http://a b/",
    };

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        errand.request.url = others[i];
        fiber_run_alone("errand", run, &errand);
        expect_failed(-ERR_INVALID_PARAMETER, "URL");
        buffer_fini(&errand.body);
    }
}

/* --- what can go wrong --- */

Test(fetch, fails_when_nobody_listens)
{
    far_end_start(&far);
    far_end_stop(&far);
    snprintf(url, sizeof(url), "http://user:secret@127.0.0.1:%u/?token=secret",
             far.port);
    fiber_run_alone("errand", run, &errand);
    expect_failed(-ERR_UNAVAILABLE, "127.0.0.1 cannot be fetched from");
    cr_expect_null(strstr(errand.diag.detail, "secret"));
    cr_expect_null(strstr(errand.diag.cause, "secret"));
}

Test(fetch, fails_when_the_answer_is_no_http)
{
    far.answers[0] = "220 smtp.example.org ready\r\n";
    fetch_path("http", "/");
    expect_failed(-ERR_UNAVAILABLE, "HTTP/0.9");
}

Test(fetch, fails_when_the_answer_is_cut_off)
{
    far.answers[0] = OK("50") "hello";
    fetch_path("http", "/");
    expect_failed(-ERR_UNAVAILABLE, "45 bytes remaining");
}

Test(fetch, fails_at_its_deadline)
{
    far.answers[0] = NULL;
    errand.within_ms = 50;
    fetch_path("http", "/");
    expect_failed(-ERR_DEADLINE, "127.0.0.1 did not answer in time");
}

static void cancel(void *arg)
{
    fiber_cancel(((struct errand *)arg)->fiber);
}

/* On the far end's thread, when the request has arrived. */
static void post_cancel(void *arg)
{
    struct errand *e = arg;

    e->cancel = (struct post){ .run = cancel, .arg = e };
    loop_post(fiber_loop(e->fiber), &e->cancel);
}

Test(fetch, ends_when_its_fiber_is_cancelled)
{
    far.answers[0] = NULL;
    far.heard = post_cancel;
    far.arg = &errand;
    fetch_path("http", "/");
    expect_failed(-ERR_CANCELLED, "");
}

Test(fetch, fails_where_a_fault_is_armed)
{
    fault_arm(FAULT_FETCH, 0, 1);
    fetch_path("http", "/");
    expect_failed(-ERR_UNAVAILABLE, "nothing can be fetched");
    cr_expect_eq(fault_count(FAULT_FETCH), 1);
    cr_expect_eq(far.connections, 0);
}

/* --- TLS --- */

Test(fetch, trusts_whom_it_is_told_to)
{
    far_end_use_tls(&far);
    errand.request.ca_file = far.ca_file;
    fetch_path("https", "/");
    expect_got(200, "> hello");
}

Test(fetch, trusts_nobody_else)
{
    far_end_use_tls(&far);
    fetch_path("https", "/");
    expect_failed(-ERR_UNAVAILABLE, "certificate");
    cr_expect_eq(far.request[0], '\0', "nothing was said before");
}

Test(fetch, trusts_a_certificate_for_its_own_name_only)
{
    far_end_use_tls(&far);
    errand.request.ca_file = far.ca_file;
    far_end_start(&far);
    snprintf(url, sizeof(url), "https://localhost:%u/", far.port);
    fiber_run_alone("errand", run, &errand);
    far_end_stop(&far);
    expect_failed(-ERR_UNAVAILABLE, "localhost");
}

Test(fetch, speaks_no_old_tls)
{
    far_end_use_tls(&far);
    SSL_CTX_set_security_level(far.tls, 0);
    cr_assert(SSL_CTX_set_min_proto_version(far.tls, TLS1_VERSION));
    cr_assert(SSL_CTX_set_max_proto_version(far.tls, TLS1_1_VERSION));
    errand.request.ca_file = far.ca_file;
    fetch_path("https", "/");
    expect_failed(-ERR_UNAVAILABLE, "protocol version");
}
