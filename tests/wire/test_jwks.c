/* SPDX-License-Identifier: MIT */
/*
 * Keys that an issuer publishes: fetched in the background, kept when that
 * fails, asked for once a minute for tokens that name one nobody has. The
 * issuer is a server of the test's own.
 */
#include "auth/base64url.h"
#include "auth/jwt_sign.h"
#include "base/clock.h"
#include "fetch/far_end.h"
#include "support/own_service.h"
#include "support/program.h"
#include "wire/signed_in.h"

#include <sys/stat.h>
#include <time.h>

enum { PEM_BYTES = 4096, DOCUMENT_BYTES = 8192 };

/* --- keys and tokens ------------------------------------------------------ */

static struct signing_key *new_key(void)
{
    return signing_key_new(ALGORITHM_EDDSA);
}

/* Never the same twice, so that nobody remembers it. */
static const char *token_by(struct wire *wire, const struct signing_key *key)
{
    static int64_t serial;
    CLEANUP(buffer_fini) struct buffer out = { .limit = DOCUMENT_BYTES };
    int64_t now_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    const struct jwt_claims claims = {
        .subject = TEXT("tests-admin"),
        .issued_at_s = now_s,
        .expires_at_s = now_s + 600 + serial++,
    };

    cr_assert_eq(jwt_sign(key, &claims, NULL, &out), 0);
    return SAY(wire, "%.*s", TEXT_ARG(buffer_text(&out)));
}

static struct answer me_by(struct wire *wire, const struct signing_key *key)
{
    return ask_as(wire, token_by(wire, key), "GET /v1/me", NULL);
}

static void public_pem(const struct signing_key *key, char *at)
{
    CLEANUP(buffer_fini) struct buffer pem = { .limit = PEM_BYTES - 1 };

    signing_key_public_pem(key, &pem);
    snprintf(at, PEM_BYTES, "%.*s", TEXT_ARG(buffer_text(&pem)));
}

/*
 * The 32 bytes of the key are the end of its DER, 12 bytes stand before them,
 * and those are 16 digits of base64: so they need no decoding.
 */
static void public_jwk(const struct signing_key *key, char *at, size_t bytes)
{
    char pem[PEM_BYTES], x[44] = "";
    const char *digits;

    public_pem(key, pem);
    digits = strchr(pem, '\n');
    cr_assert_not_null(digits);
    memcpy(x, digits + 1 + 16, 43);
    for (char *c = x; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    snprintf(at, bytes,
             "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%s\","
             "\"x\":\"%s\"}",
             signing_key_id(key), x);
}

/* --- the issuer ----------------------------------------------------------- */

struct issuer {
    struct far_end far;
    char documents[4][DOCUMENT_BYTES]; /* those of before may be on their way */
    unsigned document;
    char url_flag[64];
};

static void answer_with(struct issuer *issuer, const char *answer)
{
    char *at = issuer->documents[issuer->document++ % 4];

    snprintf(at, DOCUMENT_BYTES, "%s", answer);
    for (size_t i = 0; i < FAR_END_ANSWERS; i++)
        issuer->far.answers[i] = at;
}

/* From now on it publishes this key and no other. */
static void publish(struct issuer *issuer, const struct signing_key *key)
{
    char jwk[512], answer[1024];

    public_jwk(key, jwk, sizeof(jwk));
    snprintf(answer, sizeof(answer),
             "HTTP/1.1 200 OK\r\nConnection: close\r\n"
             "Content-Type: application/jwk-set+json\r\n"
             "Content-Length: %zu\r\n\r\n{\"keys\":[%s]}",
             strlen(jwk) + 11, jwk);
    answer_with(issuer, answer);
}

static void issuer_start_by(const char *scheme, struct issuer *issuer,
                            const struct signing_key *key)
{
    *issuer = (struct issuer){ 0 };
    publish(issuer, key);
    if (strcmp(scheme, "https") == 0)
        far_end_use_tls(&issuer->far);
    far_end_start(&issuer->far);
    snprintf(issuer->url_flag, sizeof(issuer->url_flag),
             "--jwks-url=%s://127.0.0.1:%u/keys", scheme, issuer->far.port);
}

static void issuer_start(struct issuer *issuer, const struct signing_key *key)
{
    issuer_start_by("http", issuer, key);
}

static struct own_service start(const struct issuer *issuer,
                                const char *interval)
{
    return own_service_start_with(
        (const char *const[]){ issuer->url_flag, interval, "--log-level=error",
                               NULL },
        STDERR_FILENO);
}

/* Until it was asked so often; it is asked within a second, or never. */
static void wait_for_fetches(const struct issuer *issuer, unsigned count)
{
    const struct timespec a_while = { .tv_nsec = 20000000 };

    for (int i = 0; i < 1000 && issuer->far.connections < count; i++)
        nanosleep(&a_while, NULL);
    cr_assert_geq(issuer->far.connections, count);
}

/* --- fetched -------------------------------------------------------------- */

Test(jwks, a_new_key_is_found_by_the_first_token_it_signed, .timeout = 60)
{
    struct signing_key *old = new_key(), *new = new_key();
    struct own_service own;
    struct issuer issuer;
    struct wire wire;

    issuer_start(&issuer, old);
    own = start(&issuer, "--jwks-interval=1h");
    wire_open(&wire);
    EXPECT(me_by(&wire, old), 200, "tests-admin");
    publish(&issuer, new);
    EXPECT(me_by(&wire, new), 200, "tests-admin");
    EXPECT(me_by(&wire, old), 401, "unauthenticated");
    cr_expect_eq(issuer.far.connections, 2);
    wire_close(&wire);
    own_service_stop(&own);
    far_end_stop(&issuer.far);
    signing_key_free(&old);
    signing_key_free(&new);
}

Test(jwks, strangers_make_it_ask_once_a_minute, .timeout = 60)
{
    struct signing_key *key = new_key(), *none = new_key();
    struct own_service own;
    struct issuer issuer;
    struct wire wire;

    issuer_start(&issuer, key);
    own = start(&issuer, "--jwks-interval=1h");
    wire_open(&wire);
    EXPECT(me_by(&wire, key), 200, NULL);
    for (int i = 0; i < 20; i++)
        EXPECT(me_by(&wire, none), 401, "unauthenticated");
    cr_expect_eq(issuer.far.connections, 2);
    EXPECT(me_by(&wire, key), 200, NULL);
    wire_close(&wire);
    own_service_stop(&own);
    far_end_stop(&issuer.far);
    signing_key_free(&key);
    signing_key_free(&none);
}

Test(jwks, keys_are_fetched_again_in_the_background, .timeout = 60)
{
    struct signing_key *old = new_key(), *new = new_key();
    struct own_service own;
    struct issuer issuer;
    struct wire wire;
    unsigned before;

    issuer_start(&issuer, old);
    own = start(&issuer, "--jwks-interval=1s");
    wire_open(&wire);
    EXPECT(me_by(&wire, old), 200, NULL);
    publish(&issuer, new);
    before = issuer.far.connections;
    wait_for_fetches(&issuer, before + 3); /* so that the second is over */
    EXPECT(me_by(&wire, old), 401, NULL);
    EXPECT(me_by(&wire, new), 200, NULL);
    wire_close(&wire);
    own_service_stop(&own);
    far_end_stop(&issuer.far);
    signing_key_free(&old);
    signing_key_free(&new);
}

Test(jwks, keys_stay_in_force_when_the_issuer_fails, .timeout = 60)
{
    static const char *const failures[] = {
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n"
        "{\"keys\":[]}",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n"
        "<html>",
    };
    struct signing_key *key = new_key();
    struct own_service own;
    struct issuer issuer;
    struct wire wire;

    issuer_start(&issuer, key);
    own = start(&issuer, "--jwks-interval=1s");
    wire_open(&wire);
    EXPECT(me_by(&wire, key), 200, NULL);
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        unsigned before = issuer.far.connections;

        answer_with(&issuer, failures[i]);
        wait_for_fetches(&issuer, before + 3);
        EXPECT(me_by(&wire, key), 200, "tests-admin");
    }
    wire_close(&wire);
    own_service_stop(&own);
    far_end_stop(&issuer.far);
    signing_key_free(&key);
}

/* --- from the settings and from nowhere else ------------------------------ */

/* A token whose header names where its key is said to be. */
static const char *token_that_names(struct wire *wire, const char *member,
                                    uint16_t port)
{
    CLEANUP(buffer_fini) struct buffer token = { .limit = DOCUMENT_BYTES };
    const char *header = SAY(wire,
                             "{\"alg\":\"EdDSA\",\"kid\":\"theirs\","
                             "\"%s\":\"http://127.0.0.1:%u/keys\"}",
                             member, port);

    base64url_encode(text_of(header), &token);
    buffer_add_string(&token, ".eyJzdWIiOiJ0ZXN0cy1hZG1pbiIsImV4cCI6OTk5OTk5"
                              "OTk5OX0.AAAA");
    return SAY(wire, "%.*s", TEXT_ARG(buffer_text(&token)));
}

Test(jwks, a_token_that_names_an_address_makes_nobody_ask_there, .timeout = 60)
{
    static const char *const members[] = { "jku", "x5u" };
    struct signing_key *key = new_key();
    struct issuer issuer, stranger;
    struct own_service own;
    struct wire wire;

    issuer_start(&issuer, key);
    issuer_start(&stranger, key);
    own = start(&issuer, "--jwks-interval=1h");
    wire_open(&wire);
    for (size_t i = 0; i < 2; i++)
        EXPECT(ask_as(&wire,
                      token_that_names(&wire, members[i], stranger.far.port),
                      "GET /v1/me", NULL),
               401, "unauthenticated");
    EXPECT(me_by(&wire, key), 200, NULL);
    cr_expect_eq(stranger.far.connections, 0);
    cr_expect_eq(issuer.far.connections, 1);
    wire_close(&wire);
    own_service_stop(&own);
    far_end_stop(&issuer.far);
    far_end_stop(&stranger.far);
    signing_key_free(&key);
}

Test(jwks, without_tls_keys_come_from_this_machine_and_in_tests_only)
{
    static const char *const refused[] = {
        "--environment=test --jwks-url=http://198.51.100.1/keys",
        "--environment=test --jwks-url=http://127.0.0.1@198.51.100.1/keys",
        "--environment=test --jwks-url=http://localhost.example/keys",
        "--environment=staging --jwks-url=http://127.0.0.1/keys",
        "--environment=production --jwks-url=http://[::1]/keys",
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char command[512], said[4096] = "";
        FILE *pipe;
        int status;

        snprintf(command, sizeof(command),
                 "timeout 20 \"$PORTCULLIS_PROGRAM\" serve"
                 " --listen=127.0.0.1:0 %s 2>&1",
                 refused[i]);
        pipe = popen(command, "r");
        cr_assert_not_null(pipe);
        said[fread(said, 1, sizeof(said) - 1, pipe)] = '\0';
        status = pclose(pipe);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 3, "%s: %s",
                  refused[i], said);
        cr_expect(strstr(said, "jwks_url: keys come by https"), "%s", said);
    }
}

/* Its certificate is of its own making; no system vouches for that. */
static void expect_by_tls(const char *ca_flag, const struct issuer *issuer,
                          const struct signing_key *key, int status)
{
    struct own_service own = start(issuer, ca_flag);
    struct wire wire;

    wire_open(&wire);
    EXPECT(me_by(&wire, key), status, NULL);
    wire_close(&wire);
    own_service_stop(&own);
}

Test(jwks, by_tls_keys_come_from_whom_the_settings_trust, .timeout = 60)
{
    struct signing_key *key = new_key();
    struct issuer issuer;
    char ca_flag[96];

    issuer_start_by("https", &issuer, key);
    snprintf(ca_flag, sizeof(ca_flag), "--jwks-ca-file=%s", issuer.far.ca_file);
    expect_by_tls(ca_flag, &issuer, key, 200);
    expect_by_tls("--jwks-ca-file=", &issuer, key, 401);
    far_end_stop(&issuer.far);
    signing_key_free(&key);
}

Test(jwks, a_file_that_vouches_for_nobody_is_refused)
{
    struct said said;

    RUN(said, "serve", "--listen=127.0.0.1:0", "--jwks-ca-file=/dev/null");
    cr_expect_eq(said.status, 3);
    cr_expect(says(&said, "jwks_ca_file: /dev/null cannot be used: no start"),
              "%s", said.text);
    RUN(said, "serve", "--listen=127.0.0.1:0", "--jwks-ca-file=/nowhere");
    cr_expect_eq(said.status, 3);
    cr_expect(says(&said, "jwks_ca_file: /nowhere cannot be used: No such"),
              "%s", said.text);
}

/* --- the file ------------------------------------------------------------- */

static void write_key(const char *path, const struct signing_key *key)
{
    char pem[PEM_BYTES];
    FILE *file = fopen(path, "w");

    public_pem(key, pem);
    cr_assert(file && fputs(pem, file) >= 0 && fclose(file) == 0);
}

Test(jwks, a_file_of_keys_is_read_again_when_it_was_written, .timeout = 60)
{
    const struct timespec a_while = { .tv_nsec = 50000000 };
    struct signing_key *old = new_key(), *new = new_key();
    char path[] = "/tmp/portcullis-keys-XXXXXX", flag[64];
    int fd = mkstemp(path), status = 401;
    struct own_service own;
    struct wire wire;

    cr_assert_geq(fd, 0);
    close(fd);
    write_key(path, old);
    snprintf(flag, sizeof(flag), "--jwt-keys=%s", path);
    own = own_service_start(flag);
    wire_open(&wire);
    EXPECT(me_by(&wire, old), 200, NULL);
    EXPECT(me_by(&wire, new), 401, NULL);
    write_key(path, new);
    for (int i = 0; i < 400 && status == 401; i++) {
        nanosleep(&a_while, NULL);
        status = me_by(&wire, new).status;
    }
    cr_expect_eq(status, 200);
    EXPECT(me_by(&wire, old), 401, NULL);
    wire_close(&wire);
    own_service_stop(&own);
    unlink(path);
    signing_key_free(&old);
    signing_key_free(&new);
}
