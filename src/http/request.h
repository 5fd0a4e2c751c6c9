/* SPDX-License-Identifier: MIT */
/*
 * A request as handlers see it, whole: head and body have arrived. It lives
 * from its last byte to the end of its reply; all texts point into its arena.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/ip.h"
#include "http/percent.h"
#include "http/route.h"
#include "telemetry/trace.h"

struct caller; /* the application's */

struct header {
    struct text name, value; /* the value without white space around it */
};

struct request {
    enum method method;
    struct text target; /* origin form, as it came: "/v1/bills?limit=5" */
    struct text path, query;
    const struct header *headers;
    size_t header_count;
    struct text body;
    bool body_given; /* there was one, even if it was empty */

    struct route_match match;
    struct parameters parameters;
    struct deadline until;
    uint64_t began_ns; /* on the monotonic clock: its first byte */
    struct ip client;  /* see http/client.h */
    char id[REQUEST_ID_TEXT_BYTES];
    struct trace trace;
    struct arena arena; /* freed with the request */
    struct diag diag;
    void *service;               /* what the application gave the server */
    const struct caller *caller; /* set by authorize, or NULL */
    void *notes; /* the application's, of this request alone; or NULL */
};

/* The value of the first such field, any case of the name; or TEXT_NULL. */
struct text request_find(const struct request *request, struct text name);

static inline struct text request_header(const struct request *request,
                                         const char *name)
{
    return request_find(request, text_of(name));
}

/* How many such fields there are. */
unsigned request_header_count(const struct request *request, const char *name);

/* What a client sent has filled the arena: -ERR_TOO_LARGE. */
int request_no_room(struct request *request);

/* The value of a parameter of the path; the route must have it. */
struct text request_param(const struct request *request, const char *name);

/*
 * The path's {name} as a UUID; -ERR_NOT_FOUND when it is none, since nothing
 * can be there.
 */
int request_uuid(struct request *request, const char *name, struct uuid *ret_id)
    MUST_CHECK;

/*
 * For who knows no parameter of the query but this one, which may be NULL:
 * every other one, and this one given again, is a violation.
 * -ERR_INVALID_PARAMETER when there is any, also one that was noted before.
 */
int request_parameters(struct request *request, const char *known) MUST_CHECK;

/*
 * The body, when it is of this media type (parameters ignored, but a charset
 * must be UTF-8); -ERR_UNSUPPORTED_MEDIA_TYPE otherwise.
 */
int request_body(struct request *request, const char *media_type,
                 struct text *ret_body) MUST_CHECK;

/*
 * The same where several types are taken: *ret_which is the place of the one
 * that was sent. `types` ends with NULL.
 */
int request_body_of(struct request *request, const char *const types[],
                    unsigned *ret_which, struct text *ret_body) MUST_CHECK;

/*
 * Does `Accept` admit the type ("application" / "json")? RFC 9110 § 12.5.1:
 * the most specific range decides, q=0 excludes; a missing field admits all.
 */
bool request_accepts(const struct request *request, struct text type,
                     struct text subtype);

/* Notes what was wrong and returns the negative code. */
#define REQUEST_FAIL(request, code, ...) \
    FAIL(&(request)->diag, (code), __VA_ARGS__)
