/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/memory.h"
#include "tls/tls_impl.h"

#include <openssl/err.h>

#include <string.h>
#include <time.h>

/* A key that asks for a passphrase is refused, not asked for at a terminal. */
static int give_no_passphrase(char *to, int room, int for_writing, void *arg)
{
    (void)to, (void)room, (void)for_writing, (void)arg;
    return -1;
}

/* Who offers protocols, but not ours, would not understand us (RFC 7301). */
static int choose_protocol(SSL *ssl, const unsigned char **ret,
                           unsigned char *ret_len, const unsigned char *offered,
                           unsigned offered_len, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";

    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)ret, ret_len,
                                 ours, sizeof(ours) - 1, offered,
                                 offered_len) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    CHECK(context != NULL);
    CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    /* A stream cut short is seen by HTTP, whose messages have lengths. */
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
                                  SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1); /* they hold the session themselves */
    SSL_CTX_set_default_passwd_cb(context, give_no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return context;
}

/* "No such file or directory", "no start line", … */
const char *tls__reason(void)
{
    unsigned long error = ERR_peek_error();
    const char *text = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
                                               : ERR_reason_error_string(error);

    return text ? text : "unknown error";
}

static bool is_key_of_another(void)
{
    return ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
}

static int load(SSL_CTX *context, const char *certificate_path,
                const char *key_path, struct diag *diag)
{
    bool loaded;

    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, certificate_path) != 1)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "tls_certificate: %s cannot be used: %s", certificate_path,
                    tls__reason());
    loaded =
        SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) == 1;
    if (!loaded && !is_key_of_another())
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "tls_key: %s cannot be used: %s", key_path, tls__reason());
    /* one of another kind than the certificate's was loaded beside it */
    if (!loaded || SSL_CTX_check_private_key(context) != 1)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "tls_key: %s is not the key of the certificate in %s",
                    key_path, certificate_path);
    return 0;
}

int tls_identity_load(const char *certificate_path, const char *key_path,
                      struct tls_identity **ret_identity, struct diag *diag)
{
    struct tls_identity *identity = NEW(struct tls_identity);
    int r;

    identity->context = make_context();
    r = load(identity->context, certificate_path, key_path, diag);
    ERR_clear_error();
    if (r < 0)
        tls_identity_free(&identity);
    *ret_identity = identity;
    return r;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm = { 0 };

    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

void tls_identity_validity(const struct tls_identity *identity,
                           int64_t *ret_from_s, int64_t *ret_until_s)
{
    const X509 *certificate = SSL_CTX_get0_certificate(identity->context);

    *ret_from_s = seconds_of(X509_get0_notBefore(certificate));
    *ret_until_s = seconds_of(X509_get0_notAfter(certificate));
}

void tls_identity_free(struct tls_identity **identity)
{
    if (!*identity)
        return;
    SSL_CTX_free((*identity)->context); /* connections hold it, too */
    memory_free(identity);
}
