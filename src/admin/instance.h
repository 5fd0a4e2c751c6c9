/* SPDX-License-Identifier: MIT */
/* A running instance, asked over HTTP as everybody else would. */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"
#include "base/error.h"

struct instance {
    const char *url;   /* "http://127.0.0.1:8080", no path behind it */
    const char *token; /* a bearer token; NULL: none */
    const char *pin;   /* as fetch_request's; NULL: its certificate is asked */
};

enum { INSTANCE_BYTES_MAX = 16 << 20, INSTANCE_MS = 2000 };

/*
 * GETs the path with a loop and a fiber of its own; the body is added whatever
 * the status. Errors are fetch's.
 */
int instance_get(const struct instance *instance, const char *path,
                 struct buffer *body, int *ret_status, struct diag *diag)
    MUST_CHECK;

struct instance_question {
    const char *path;
    const char *field; /* as fetch_request's, as the next two */
    const char *wanted;
    struct buffer *ret_wanted;
};

/* The same with a field more to send, and one of the answer's. */
int instance_ask(const struct instance *instance,
                 const struct instance_question *question, struct buffer *body,
                 int *ret_status, struct diag *diag) MUST_CHECK;

/*
 * "http://127.0.0.1:8080" for a setting `listen` of "0.0.0.0:8080", or with
 * https; to be freed.
 */
char *instance_url(const char *listen, bool tls) MUST_CHECK;
