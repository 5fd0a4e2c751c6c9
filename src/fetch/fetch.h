/* SPDX-License-Identifier: MIT */
/*
 * Small documents from elsewhere over HTTP: an issuer's keys, a webhook's
 * answer. Addresses come from the configuration, never from a request.
 */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

struct fetch_request {
    const char *url;           /* http: or https: */
    struct text post;          /* sent by POST; TEXT_NULL: a GET */
    const char *content_type;  /* of what is sent, and only then */
    const char *bearer;        /* a token to show; NULL: none */
    const char *accept;        /* media types wanted; NULL: any */
    const char *field;         /* "Name: value", sent as well; NULL: none */
    const char *wanted;        /* a field of the answer; NULL: none … */
    struct buffer *ret_wanted; /* … whose value is added here, if it has it */
    const char *ca_file; /* who is trusted, PEM; NULL: whom the system does */
    const char *pin;     /* NULL, or the key the server must have, whatever its
                            certificate says: see tls_certificate_pin() */
};

/*
 * Appends the body of the answer, whatever its status, to a buffer, whose
 * limit it keeps; on failure the buffer is as it was. Without a buffer the body
 * is let go, however long it is. The deadline is for all
 * of it, from looking up the name to the last byte. A GET follows up to three
 * redirects, but to no other scheme; a POST follows none. Certificates are
 * checked (TLS 1.2 or newer); proxies are those of the environment. The work is
 * done on a helper thread; a cancelled fiber gets away within a second or so.
 *
 *   -ERR_INVALID_PARAMETER  the URL is none, or its scheme is another
 *   -ERR_UNAVAILABLE        no name, no connection, no trust, broken HTTP;
 *                           diag->cause tells which
 *   -ERR_TOO_LARGE          the body does not fit
 *   -ERR_DEADLINE, -ERR_CANCELLED
 */
YIELDS int fetch(const struct fetch_request *request, struct deadline until,
                 struct buffer *body, int *ret_status, struct diag *diag)
    MUST_CHECK;
