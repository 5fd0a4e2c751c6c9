/* SPDX-License-Identifier: MIT */
/*
 * TLS of connections that clients open to us: 1.2 and 1.3. A `struct tls`
 * stands between a socket and who reads and writes it as a socket; the
 * handshake is part of the first reads.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* --- who we are ---------------------------------------------------------- */

/* A certificate with its chain, and its key. Never changes. */
struct tls_identity;

/*
 * Reads both from PEM files: the certificate first, then those that lead to
 * its root. -ERR_INVALID_PARAMETER when a file cannot be read, holds something
 * else, or one does not belong to the other.
 */
int tls_identity_load(const char *certificate_path, const char *key_path,
                      struct tls_identity **ret_identity, struct diag *diag)
    MUST_CHECK;

/* From when to when the certificate is good, in seconds since 1970. */
void tls_identity_validity(const struct tls_identity *identity,
                           int64_t *ret_from_s, int64_t *ret_until_s);

/* Connections that were made with it go on. */
void tls_identity_free(struct tls_identity **identity);

/* --- a connection -------------------------------------------------------- */

struct tls;

/*
 * On a non-blocking socket, which stays the caller's. The identity is not
 * needed afterwards. SIGPIPE must be ignored.
 */
struct tls *tls_new(const struct tls_identity *identity, int fd);
void tls_free(struct tls **tls);

/*
 * As recv() and send() do: bytes, 0 at the end, or -1 with errno; EAGAIN only
 * when the socket is empty, or full. A write that ended with EAGAIN must be
 * followed by one of the same bytes, or more.
 */
ssize_t tls_read(struct tls *tls, void *to, size_t room);
ssize_t tls_write(struct tls *tls, const void *from, size_t len);

/* Tells the other side that nothing more comes, if it can be told. */
void tls_say_goodbye(struct tls *tls);

/* The most bytes that such a farewell takes on the wire. */
enum { TLS_GOODBYE_BYTES = 31 };

/* Is the handshake through? */
bool tls_is_open(const struct tls *tls);

/* Did the other side begin with HTTP instead of a handshake? */
bool tls_met_http(const struct tls *tls);
