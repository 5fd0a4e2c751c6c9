/* SPDX-License-Identifier: MIT */
#include "tls/tls.h"

#include "base/check.h"
#include "base/memory.h"
#include "tls/tls_impl.h"

#include <openssl/err.h>

#include <errno.h>

enum { TLS_MAGIC = 0x544c5331 };

struct tls {
    unsigned magic;
    SSL *ssl;
    bool broken; /* nothing more may be asked of it */
    bool met_http;
};

struct tls *tls_new(const struct tls_identity *identity, int fd)
{
    struct tls *tls = NEW(struct tls);

    tls->magic = TLS_MAGIC;
    tls->ssl = SSL_new(identity->context);
    CHECK(tls->ssl != NULL && SSL_set_fd(tls->ssl, fd) == 1);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_free(struct tls **tls)
{
    if (!*tls)
        return;
    OBJ_CHECK(*tls, TLS_MAGIC);
    SSL_free((*tls)->ssl);
    memory_free(tls);
}

/* What a call that did not succeed means, in the words of a socket. */
static ssize_t explain(struct tls *tls)
{
    switch (SSL_get_error(tls->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        tls->broken = true;
        tls->met_http = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
        ERR_clear_error();
        errno = ECONNRESET;
        return -1;
    }
}

static bool is_over(const struct tls *tls)
{
    if (tls->broken)
        errno = ECONNRESET;
    return tls->broken;
}

ssize_t tls_read(struct tls *tls, void *to, size_t room)
{
    size_t got = 0;

    OBJ_CHECK(tls, TLS_MAGIC);
    if (is_over(tls))
        return -1;
    ERR_clear_error(); /* SSL_get_error() looks there */
    return SSL_read_ex(tls->ssl, to, room, &got) == 1 ? (ssize_t)got
                                                      : explain(tls);
}

/* One record at a time, until all is written or the socket is full. */
ssize_t tls_write(struct tls *tls, const void *from, size_t len)
{
    const char *at = from;
    size_t sent = 0;
    ssize_t r = 0;

    OBJ_CHECK(tls, TLS_MAGIC);
    if (is_over(tls))
        return -1;
    while (sent < len && r == 0) {
        size_t taken = 0;

        ERR_clear_error();
        if (SSL_write_ex(tls->ssl, at + sent, len - sent, &taken) != 1)
            r = explain(tls);
        sent += taken;
    }
    return sent > 0 ? (ssize_t)sent : r;
}

void tls_say_goodbye(struct tls *tls)
{
    OBJ_CHECK(tls, TLS_MAGIC);
    if (tls->broken || !tls_is_open(tls) ||
        SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN)
        return;
    ERR_clear_error();
    SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

bool tls_is_open(const struct tls *tls)
{
    return SSL_is_init_finished(tls->ssl) == 1;
}

bool tls_met_http(const struct tls *tls)
{
    return tls->met_http;
}
