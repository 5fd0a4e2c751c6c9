/* SPDX-License-Identifier: MIT */
/*
 * Routes and the router. A route is one row of routes/routes.def; the router
 * is a tree of path segments, made once from all rows, and pure.
 */
#pragma once

#include "base/error.h"
#include "http/method.h"
#include "resilience/shedder.h"

struct request;
struct reply;

/* In place of a permission: any caller who is not anonymous. */
#define SIGNED_IN "signed-in"

/*
 * Answers a request: fills the reply and returns 0, or returns -ERR_x with the
 * details in the request's diag; the edge makes the problem. Runs on a fiber.
 */
typedef int handler_fn(struct request *request, struct reply *reply);

enum { ROUTE_PARAMS_MAX = 4 };

struct route {
    const char *id;         /* "BILL_GET" */
    enum method method;     /* a GET row answers HEAD too */
    const char *path;       /* "/v1/bills/{id}"; the metrics' label */
    const char *permission; /* "bills:read", SIGNED_IN; NULL: everyone may */
    handler_fn *handler;
    const void *subject;    /* what the handler is about; its own affair */
    const char *media;      /* what it answers with: "application/json" */
    unsigned deadline_ms;   /* unless the request asks; 0: the usual one */
    enum priority priority; /* who comes first when not all can */
    bool shares_connection; /* only reads by key: see http/admission.h */
    bool streams;           /* the handler may begin its reply: stream.h */
    bool streams_body;      /* … and reads the body as it comes */
    bool echoes_id;         /* X-Request-Id comes back whatever it is */
    bool moves;             /* to admin_listen, where that is set */
    const char *summary;
};

struct router;

/*
 * Rows must outlive the router. Two rows with one method and the same path, up
 * to the names of its parameters, are a mistake of ours.
 */
struct router *router_new(const struct route *routes, size_t count);
void router_free(struct router **router);

/* The rows it was made of. */
const struct route *router_routes(const struct router *router,
                                  size_t *ret_count);

struct route_match {
    const struct route *route; /* NULL: known path, other method */
    unsigned allowed;          /* bit per enum method, OPTIONS among them */
    size_t param_count;
    struct {
        struct text name, value; /* the value as in the path, decoded */
    } params[ROUTE_PARAMS_MAX];
};

/*
 * Finds the route of a raw path ("/v1/bills/018…", without query). Segments
 * are percent-decoded once, after the split, into the arena. A literal segment
 * goes before a parameter.
 *   -ERR_NOT_FOUND            no such path
 *   -ERR_METHOD_NOT_ALLOWED   ret_match->allowed tells which there are
 *   -ERR_BAD_REQUEST          broken percent-encoding, or NUL or bytes that
 *                             are no UTF-8 in it
 */
int router_match(const struct router *router, enum method method,
                 struct text path, struct arena *arena, struct diag *diag,
                 struct route_match *ret_match) MUST_CHECK;

/* Does the route of this path stream its body? False where there is none. */
bool router_streams_body(const struct router *router, enum method method,
                         struct text path, struct arena *arena);

/* "GET, HEAD, OPTIONS" */
const char *route_allow(unsigned allowed, struct arena *arena);
