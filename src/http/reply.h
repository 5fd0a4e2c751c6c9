/* SPDX-License-Identifier: MIT */
/* A reply under construction: status, fields, and a body of shared bytes. */
#pragma once

#include "base/buffer.h"
#include "base/bytes.h"
#include "http/request.h"

enum { REPLY_HEADERS_MAX = 32, REPLY_BODY_MAX_BYTES = 64 * 1024 * 1024 };

struct reply {
    int status; /* 200 unless set */
    const char *content_type;
    struct bytes *body; /* NULL: none, or the constant's */
    struct text constant;
    size_t header_count;
    struct {
        struct text name;
        const char *value;
    } headers[REPLY_HEADERS_MAX];
    unsigned vary; /* bit per enum vary */
    bool close;    /* the connection ends with it */
};

/* What of a request the reply depends on, beside method and target. */
enum vary { VARY_ACCEPT = 1, VARY_ACCEPT_ENCODING = 2, VARY_ORIGIN = 4 };

void reply_init(struct reply *reply);
void reply_fini(struct reply *reply);

/* Its body, wherever that is; TEXT_NULL when there is none. */
struct text reply_body(const struct reply *reply);

void reply_add(struct reply *reply, struct text name, const char *value);
const char **reply_find(struct reply *reply, struct text name);

/*
 * Both must live as long as the request: literals, or its arena's. Inline, so
 * that the compiler counts the letters of a literal.
 */
static inline void reply_header(struct reply *reply, const char *name,
                                const char *value)
{
    reply_add(reply, text_of(name), value);
}

/* The value of a field that is there, to be read or replaced; or NULL. */
static inline const char **reply_header_at(struct reply *reply,
                                           const char *name)
{
    return reply_find(reply, text_of(name));
}

/* Adds to `Vary` (RFC 9110 § 12.5.5). */
void reply_vary(struct reply *reply, enum vary what);

/* The buffer's bytes become the body; -ERR_TOO_LARGE when it overflowed. */
int reply_take(struct reply *reply, const char *content_type,
               struct buffer *buffer) MUST_CHECK;

/* Bytes that outlive every reply, as the binary's own: not copied. */
void reply_constant(struct reply *reply, const char *content_type,
                    struct text body);

/* Bytes of a cache: counted, not copied. */
void reply_share(struct reply *reply, const char *content_type,
                 struct bytes *body);

#define CONTENT_JSON    "application/json"
#define CONTENT_PROBLEM "application/problem+json"

/*
 * Makes the reply the problem of an error (RFC 9457, api.md § 5), with the
 * fields its status asks for. Never fails.
 */
void reply_problem(struct reply *reply, struct request *request, int code);
