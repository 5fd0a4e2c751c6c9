/* SPDX-License-Identifier: MIT */
/* Fields that tell browsers and caches to take no liberties. */
#pragma once

#include "http/reply.h"

/*
 * Adds what a handler has not set itself. Nothing is kept by anybody
 * (`no-store`), but what anonymous callers may read, which may be kept and is
 * asked for again each time (`no-cache`). Nothing here is a page that may load
 * something or be framed. With `strict_transport` browsers come back by TLS
 * only, for a year (RFC 6797).
 */
void reply_secure(struct reply *reply, const struct request *request,
                  bool strict_transport);

#define STRICT_TRANSPORT "max-age=31536000"
#define STRICT_TRANSPORT_LINE \
    "Strict-Transport-Security: " STRICT_TRANSPORT "\r\n"

#define SECURE_POLICY "default-src 'none'; frame-ancestors 'none'"

/* The same for a refusal that is written by hand. */
#define SECURE_LINES                                 \
    "Cache-Control: no-store\r\n"                    \
    "Content-Security-Policy: " SECURE_POLICY "\r\n" \
    "Referrer-Policy: no-referrer\r\n"               \
    "X-Content-Type-Options: nosniff\r\n"
