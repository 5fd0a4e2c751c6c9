/* SPDX-License-Identifier: MIT */
/* HTTPS: the same service behind TLS, and certificates that are renewed. */
#include "made.h"
#include "support/askers.h"
#include "support/program.h"
#include "support/told_service.h"

#include "base/buffer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

TestSuite(tls, .timeout = 120);

static char folder[] = "/tmp/test-tls-XXXXXX";
static char certificate[96], key[96];

/* --- certificates -------------------------------------------------------- */

/* Both files anew, each at once. */
static void renew(const char *name)
{
    char command[1024];

    snprintf(command, sizeof(command),
             "cd %s && openssl req -x509 -newkey ec"
             " -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
             " -subj /CN=%s -keyout key.next -out certificate.next"
             " 2>/dev/null && mv key.next key.pem"
             " && mv certificate.next certificate.pem",
             folder, name);
    cr_assert_eq(system(command), 0, "%s", command);
}

static void make_certificate(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(certificate, sizeof(certificate),
             "--tls-certificate=%s/certificate.pem", folder);
    snprintf(key, sizeof(key), "--tls-key=%s/key.pem", folder);
    renew("first");
}

static void remove_files(void)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_expect_eq(system(command), 0);
}

/* --- a service and its clients ------------------------------------------- */

static void start(struct told_service *service, const char *flag)
{
    make_certificate();
    told_service_start(service, (const char *const[]){ certificate, key,
                                                       "--log-requests=off",
                                                       flag, NULL });
    cr_expect(strncmp(getenv("SERVICE_URL"), "https://", 8) == 0);
}

static void stop(struct told_service *service)
{
    told_service_stop(service);
    remove_files();
}

static ssize_t send_secured(struct wire *wire, const void *from, size_t len)
{
    size_t sent = 0;

    return SSL_write_ex(wire->way_arg, from, len, &sent) == 1 ? (ssize_t)sent
                                                              : -1;
}

static ssize_t receive_secured(struct wire *wire, void *to, size_t room)
{
    size_t got = 0;

    return SSL_read_ex(wire->way_arg, to, room, &got) == 1 ? (ssize_t)got : 0;
}

static const struct wire_way secured_way = { send_secured, receive_secured };

/* False where the two do not come to terms. */
static bool try_to_open(struct wire *wire, int version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    wire_open(wire);
    SSL_CTX_set_security_level(context, 0); /* it is the service that refuses */
    if (version)
        SSL_CTX_set_max_proto_version(context, version);
    else
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (version)
        SSL_CTX_set_min_proto_version(context, version);
    wire->way_arg = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(wire->way_arg, wire->fd);
    wire->way = &secured_way;
    return SSL_connect(wire->way_arg) == 1;
}

static void open_secured(struct wire *wire)
{
    cr_assert(try_to_open(wire, 0), "no handshake: %s",
              ERR_reason_error_string(ERR_peek_error()));
}

static void close_secured(struct wire *wire)
{
    SSL_shutdown(wire->way_arg);
    SSL_free(wire->way_arg);
    wire_close(wire);
}

/* Did the service say goodbye before it closed? */
static bool was_told_the_end(struct wire *wire)
{
    char byte;
    int got = SSL_read(wire->way_arg, &byte, 1);

    return got <= 0 &&
           SSL_get_error(wire->way_arg, got) == SSL_ERROR_ZERO_RETURN;
}

/* Whose certificate new connections get. */
static void expect_name(const char *want)
{
    char name[64] = "";
    struct wire wire;
    X509 *seen;

    open_secured(&wire);
    seen = SSL_get1_peer_certificate(wire.way_arg);
    X509_NAME_get_text_by_NID(X509_get_subject_name(seen), NID_commonName, name,
                              sizeof(name));
    X509_free(seen);
    cr_expect_str_eq(name, want);
    close_secured(&wire);
}

/* --- what goes through it ------------------------------------------------- */

Test(tls, a_connection_serves_request_after_request)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    struct told_service service;
    struct answer answer;
    struct wire wire;

    start(&service, NULL);
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        cr_assert(try_to_open(&wire, versions[i]));
        EXPECT(get(&wire, "/livez"), 200, NULL);
        EXPECT(get(&wire, "/v1/me"), 200, NULL);
        EXPECT(put_new(&wire, SAY(&wire, "/v1/bills/%s", some_id(&wire)),
                       bill(&wire, some_key(&wire), "")),
               201, "A bill");
        answer = get(&wire, "/v1/nothing");
        cr_expect_eq(answer.status, 404);
        cr_expect(
            text_is_null(answer_header(&answer, "Strict-Transport-Security")));
        close_secured(&wire);
    }
    stop(&service);
}

Test(tls, pipelined_requests_are_answered_in_their_order)
{
    enum { REQUESTS = 200 };
    struct buffer requests;
    struct told_service service;
    struct wire wire;

    start(&service, NULL);
    open_secured(&wire);
    buffer_init(&requests, 1 << 20);
    for (int i = 0; i < REQUESTS; i++)
        buffer_add_format(&requests,
                          "GET /%s HTTP/1.1\r\nHost: a\r\nX-Request-Id: "
                          "n%d\r\n\r\n",
                          i % 3 ? "livez" : "v1/bills?limit=1", i);
    wire_send(&wire, buffer_text(&requests));
    buffer_fini(&requests);
    for (int i = 0; i < REQUESTS; i++) {
        struct answer answer = wire_read(&wire, false);

        cr_expect_eq(answer.status, 200);
        cr_expect(text_is(answer_header(&answer, "X-Request-Id"),
                          SAY(&wire, "n%d", i)));
    }
    close_secured(&wire);
    stop(&service);
}

Test(tls, a_request_may_come_byte_by_byte)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    struct told_service service;
    struct wire wire;

    start(&service, NULL);
    open_secured(&wire);
    for (size_t i = 0; i + 1 < sizeof(request); i++)
        wire_send(&wire, text_from(&request[i], 1));
    cr_expect_eq(wire_read(&wire, false).status, 200);
    close_secured(&wire);
    stop(&service);
}

Test(tls, the_gate_reads_what_was_encrypted)
{
    struct told_service service;
    struct answer answer;
    struct wire wire;

    start(&service, NULL);
    open_secured(&wire);
    wire_send_string(&wire,
                     "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
                     "POST /v1/bills HTTP/1.1\r\nHost: a\r\n"
                     "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(wire_read(&wire, false).status, 200);
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 400);
    cr_expect(answer_has(&answer, "Transfer-Encoding"), "%.*s",
              TEXT_ARG(answer.body));
    cr_expect(answer.closed);
    cr_expect(was_told_the_end(&wire), "nothing follows");
    close_secured(&wire);
    stop(&service);
}

/* Each line is longer than a record, and all of them than any buffer. */
Test(tls, long_streams_go_through_both_ways)
{
    enum { LINES = 100, SUMMARY = 100000 };
    struct told_service service;
    struct answer answer;
    const char *session;
    struct buffer lines;
    struct wire wire;

    start(&service, NULL);
    open_secured(&wire);
    session = SAY(&wire, "%.12s", some_key(&wire));
    buffer_init(&lines, (size_t)LINES * (SUMMARY + 1024));
    for (int i = 1; i <= LINES; i++)
        buffer_add_format(&lines,
                          "{\"session\":\"%s\",\"type\":\"hr\",\"number\":%d,"
                          "\"chamber\":\"house\",\"title\":\"A bill\","
                          "\"introduced_on\":\"2026-02-28\","
                          "\"summary\":\"%0*d\"}\n",
                          session, i, SUMMARY, i);
    buffer_add_byte(&lines, '\0');
    answer = ask(&wire, "POST /v1/bills/import",
                 "Content-Type: application/x-ndjson\r\n"
                 "Request-Timeout: 30000\r\n",
                 lines.at);
    buffer_fini(&lines);
    cr_assert_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    cr_expect(answer_has(&answer, "\"created\":100"), "%.*s",
              TEXT_ARG(answer.body));
    answer = get(&wire, SAY(&wire, "/v1/bills/export?session=%s", session));
    cr_expect_eq(answer.status, 200);
    cr_expect_not(answer.cut);
    cr_expect_gt(answer.body.len, (size_t)LINES * SUMMARY);
    EXPECT(get(&wire, SAY(&wire, "/v1/bills?session=%s&limit=100", session)),
           200, session);
    EXPECT(get(&wire, "/livez"), 200, NULL);
    close_secured(&wire);
    stop(&service);
}

Test(tls, browsers_are_told_to_come_by_it_only)
{
    struct told_service service;
    struct answer answer;
    struct wire wire;

    start(&service, "--environment=staging");
    open_secured(&wire);
    answer = get(&wire, "/livez");
    cr_expect(text_is(answer_header(&answer, "Strict-Transport-Security"),
                      "max-age=31536000"));
    wire_send_string(&wire, "GET / HTTP/1.1\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 400);
    cr_expect(text_is(answer_header(&answer, "Strict-Transport-Security"),
                      "max-age=31536000"));
    close_secured(&wire);
    stop(&service);
}

/* The certificate is for no address, and no system trusts who made it. */
Test(tls, our_own_commands_know_us_by_the_key)
{
    struct told_service service;
    char listen[160];
    struct said said;

    start(&service, NULL);
    snprintf(listen, sizeof(listen), "--listen=%s",
             getenv("SERVICE_URL") + strlen("https://"));
    RUN(said, "wait", "--timeout", "0", listen, certificate, key);
    cr_expect_eq(said.status, 0, "%s", said.text);
    RUN(said, "health", listen, certificate, key);
    cr_expect(says(&said, "pass  postgres"), "%s", said.text);
    RUN(said, "top", "--once", listen, certificate, key);
    cr_expect_eq(said.status, 0, "%s", said.text);
    RUN(said, "wait", "--timeout", "0", getenv("SERVICE_URL"));
    cr_expect_neq(said.status, 0, "a URL's certificate is looked at");
    renew("second"); /* and no reload */
    RUN(said, "wait", "--timeout", "0", listen, certificate, key);
    cr_expect_neq(said.status, 0);
    cr_expect(says(&said, "pinned"), "%s", said.text);
    remove_files();
    RUN(said, "wait", "--timeout", "0", listen, certificate, key);
    cr_expect(says(&said, "tls_certificate: "), "%s", said.text);
    told_service_stop(&service);
}

/* --- what does not -------------------------------------------------------- */

Test(tls, versions_before_1_2_are_refused)
{
    static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION };
    struct told_service service;
    struct wire wire;

    start(&service, NULL);
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        cr_expect_not(try_to_open(&wire, versions[i]));
        close_secured(&wire);
    }
    expect_name("first");
    stop(&service);
}

Test(tls, plain_http_is_told_where_it_is)
{
    struct told_service service;
    struct answer answer;
    struct wire wire;

    start(&service, NULL);
    wire_open(&wire);
    wire_send_string(&wire, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = wire_read(&wire, false);
    cr_expect_eq(answer.status, 400);
    cr_expect(answer_has(&answer, "https://"));
    cr_expect(wire_is_closed(&wire));
    wire_close(&wire);
    stop(&service);
}

Test(tls, what_is_no_handshake_ends_the_connection_and_no_other)
{
    static const char *const beginnings[] = {
        "\x16\x03\x01\xff\xff nonsense",
        "SSH-2.0-client\r\n",
        "\x80\x2e\x01\x03\x01 nonsense that is long enough for a record",
    };
    struct told_service service;
    struct wire wire;

    start(&service, "--head-timeout=500ms");
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        wire_open(&wire);
        wire_send_string(&wire, beginnings[i]);
        shutdown(wire.fd, SHUT_WR);
        while (wire_read(&wire, false).status) /* no answer has a status */
            cr_assert_fail("%s", beginnings[i]);
        wire_close(&wire);
    }
    expect_name("first");
    stop(&service);
}

Test(tls, who_hangs_in_the_handshake_is_closed_like_a_late_head)
{
    static const char *const beginnings[] = { "", "\x16\x03\x01\x02" };
    struct told_service service;
    struct wire wire;

    start(&service, "--head-timeout=200ms");
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        wire_open(&wire);
        wire_send_string(&wire, beginnings[i]);
        cr_expect(wire_is_closed(&wire));
        wire_close(&wire);
    }
    stop(&service);
}

Test(tls, a_late_head_is_told_so_through_it)
{
    struct told_service service;
    struct wire wire;

    start(&service, "--head-timeout=200ms");
    open_secured(&wire);
    wire_send_string(&wire, "GET /livez HT");
    cr_expect_eq(wire_read(&wire, false).status, 408);
    cr_expect(was_told_the_end(&wire));
    close_secured(&wire);
    stop(&service);
}

Test(tls, an_idle_connection_is_told_that_it_ends)
{
    struct told_service service;
    struct wire wire;

    start(&service, "--idle-timeout=1s");
    open_secured(&wire);
    EXPECT(get(&wire, "/livez"), 200, NULL);
    cr_expect(was_told_the_end(&wire));
    close_secured(&wire);
    stop(&service);
}

/* --- files ---------------------------------------------------------------- */

Test(tls, files_that_do_not_fit_are_refused_with_the_reason)
{
    static const struct {
        const char *setup, *certificate, *key, *says;
    } cases[] = {
        { "true", "certificate.pem", NULL, "tls_key is empty" },
        { "true", NULL, "key.pem", "tls_certificate is empty" },
        { "true", "nowhere", "key.pem", "No such file or directory" },
        { "true", "key.pem", "key.pem", "tls_certificate: " },
        { "true", "certificate.pem", "certificate.pem", "tls_key: " },
        { "openssl genpkey -algorithm ED25519 -out other.pem",
          "certificate.pem", "other.pem", "is not the key of" },
        { "openssl ec -in key.pem -aes128 -passout pass:x -out locked.pem",
          "certificate.pem", "locked.pem", "tls_key: " },
    };
    char command[256], one[128] = "--log-level=info", other[128];
    struct said said;

    make_certificate();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(command, sizeof(command), "cd %s && %s 2>/dev/null", folder,
                 cases[i].setup);
        cr_assert_eq(system(command), 0);
        snprintf(one, sizeof(one), "--tls-certificate=%s%s%s",
                 cases[i].certificate ? folder : "",
                 cases[i].certificate ? "/" : "",
                 cases[i].certificate ? cases[i].certificate : "");
        snprintf(other, sizeof(other), "--tls-key=%s%s%s",
                 cases[i].key ? folder : "", cases[i].key ? "/" : "",
                 cases[i].key ? cases[i].key : "");
        RUN(said, "serve", "--listen=127.0.0.1:0", one, other);
        cr_expect_eq(said.status, 3, "%zu: %d %s", i, said.status, said.text);
        cr_expect(says(&said, cases[i].says), "%zu: %s", i, said.text);
    }
    remove_files();
}

Test(tls, a_bad_file_leaves_the_certificate_that_was)
{
    struct told_service service;
    char path[64], gone[64];

    start(&service, NULL);
    snprintf(path, sizeof(path), "%s/key.pem", folder);
    snprintf(gone, sizeof(gone), "%s/gone.pem", folder);
    cr_assert_eq(rename(path, gone), 0);
    kill(service.own.pid, SIGHUP);
    until_said(&service, "reload_mistake");
    cr_expect(strstr(service.line, "tls_key: ") != NULL, "%s", service.line);
    until_said(&service, "reload_failed");
    expect_name("first");
    renew("second");
    kill(service.own.pid, SIGHUP);
    until_said(&service, "reloaded");
    expect_name("second");
    stop(&service);
}

/* --- renewal under load --------------------------------------------------- */

enum { RENEWALS = 5 };

static int ask_a_while(void)
{
    struct wire wire;
    int failed = 0;

    open_secured(&wire);
    for (int i = 0; i < 10; i++)
        failed += get(&wire, "/v1/bills?limit=1").status != 200;
    close_secured(&wire);
    return failed;
}

Test(tls, no_request_fails_while_certificates_are_renewed)
{
    struct told_service service;
    struct askers askers;
    struct wire before;
    char name[32];

    start(&service, NULL);
    open_secured(&before);
    EXPECT(get(&before, "/livez"), 200, NULL);
    askers_start(&askers, ask_a_while);
    for (int i = 0; i < RENEWALS; i++) {
        snprintf(name, sizeof(name), "renewed-%d", i);
        renew(name);
        kill(service.own.pid, SIGHUP);
        until_said(&service, "reloaded");
        expect_name(name);
    }
    askers_stop(&askers);
    EXPECT(get(&before, "/livez"), 200, NULL);
    close_secured(&before);
    stop(&service);
}
