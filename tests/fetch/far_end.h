/* SPDX-License-Identifier: MIT */
/*
 * The far end of a fetch: a server on a free port of 127.0.0.1 that reads a
 * request and answers what the test wants, one connection after the other, on
 * a thread of its own. With a certificate of its own making if wanted.
 */
#pragma once

#include "base/text.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAR_END_ANSWERS = 8, FAR_END_REQUEST_BYTES = 8192 };

struct far_end {
    int listener;
    uint16_t port;
    pthread_t thread;
    SSL_CTX *tls; /* NULL: plain */
    char ca_file[40];
    /* to the connections in their order; NULL: hear, and say nothing */
    const char *answers[FAR_END_ANSWERS];
    void (*heard)(void *arg); /* called then; may be NULL */
    void *arg;
    unsigned connections;
    char request[FAR_END_REQUEST_BYTES]; /* the last one */
};

/* --- one connection --------------------------------------------------------
 */

struct far_link {
    int fd;
    SSL *tls;
};

static inline size_t far_read(struct far_link link, char *at, size_t len)
{
    ssize_t got =
        link.tls ? SSL_read(link.tls, at, (int)len) : recv(link.fd, at, len, 0);

    return got > 0 ? (size_t)got : 0;
}

static inline void far_write(struct far_link link, const char *text)
{
    if (link.tls)
        (void)SSL_write(link.tls, text, (int)strlen(text));
    else
        (void)!send(link.fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Head and body are there: as many bytes as Content-Length says. */
static inline bool far_is_whole(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "content-length:");

    if (!end)
        return false;
    return !length || strlen(end + 4) >= strtoul(length + 15, NULL, 10);
}

static inline void far_serve(struct far_end *far, struct far_link link,
                             const char *answer)
{
    size_t len = 0, got = 1;

    memset(far->request, 0, sizeof(far->request));
    while (!far_is_whole(far->request) && got > 0) {
        got =
            far_read(link, far->request + len, sizeof(far->request) - 1 - len);
        len += got;
    }
    if (far->heard)
        far->heard(far->arg);
    if (answer)
        far_write(link, answer);
    else
        while (far_read(link, (char[1]){ 0 }, 1) > 0)
            continue;
}

static inline void *far_end_main(void *arg)
{
    struct far_end *far = arg;
    struct far_link link = { 0 };

    while ((link.fd = accept(far->listener, NULL, NULL)) >= 0) {
        unsigned place = far->connections++;

        link.tls = far->tls ? SSL_new(far->tls) : NULL;
        if (link.tls)
            SSL_set_fd(link.tls, link.fd);
        if (!link.tls || SSL_accept(link.tls) == 1)
            far_serve(far, link, far->answers[place % FAR_END_ANSWERS]);
        if (link.tls)
            SSL_shutdown(link.tls);
        SSL_free(link.tls);
        close(link.fd);
    }
    return NULL;
}

/* --- its certificate -------------------------------------------------------
 */

static inline void far_extend(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    cr_assert(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static inline X509 *far_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    cr_assert(X509_set_version(certificate, X509_VERSION_3));
    cr_assert(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    cr_assert(X509_gmtime_adj(X509_getm_notBefore(certificate), -3600));
    cr_assert(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    cr_assert(X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, (const unsigned char *)"far end", -1, -1, 0));
    cr_assert(X509_set_issuer_name(certificate, name));
    cr_assert(X509_set_pubkey(certificate, key));
    far_extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    far_extend(certificate, NID_subject_alt_name, "IP:127.0.0.1");
    cr_assert(X509_sign(certificate, key, EVP_sha256()));
    return certificate;
}

static inline void far_end_use_tls(struct far_end *far)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = far_certificate(key);
    FILE *file;
    int fd;

    snprintf(far->ca_file, sizeof(far->ca_file), "/tmp/far_end.XXXXXX");
    fd = mkstemp(far->ca_file);
    file = fdopen(fd, "w");
    cr_assert(file && PEM_write_X509(file, certificate));
    fclose(file);
    far->tls = SSL_CTX_new(TLS_server_method());
    cr_assert(SSL_CTX_use_certificate(far->tls, certificate));
    cr_assert(SSL_CTX_use_PrivateKey(far->tls, key));
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* --- its life ---------------------------------------------------------------
 */

static inline void far_end_start(struct far_end *far)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);

    far->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(far->listener, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(far->listener, 8), 0);
    cr_assert_eq(getsockname(far->listener, (struct sockaddr *)&at, &len), 0);
    far->port = ntohs(at.sin_port);
    cr_assert_eq(pthread_create(&far->thread, NULL, far_end_main, far), 0);
}

static inline void far_end_stop(struct far_end *far)
{
    shutdown(far->listener, SHUT_RDWR);
    pthread_join(far->thread, NULL);
    close(far->listener);
    SSL_CTX_free(far->tls);
    if (*far->ca_file)
        unlink(far->ca_file);
}
