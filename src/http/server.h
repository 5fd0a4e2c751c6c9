/* SPDX-License-Identifier: MIT */
/*
 * The HTTP server of one loop: a listener, its connections and the requests
 * on them. libmicrohttpd keeps the connections and sends the replies; the gate
 * in front of it has read every head before, and it is our own copy of the
 * head that becomes the request. See docs/decisions/0003-heads.md.
 */
#pragma once

#include "http/gate.h"
#include "http/limits.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route.h"
#include "runtime/fiber.h"

struct server;
struct tls_identity;

/*
 * Asked on the request's fiber before its handler runs: 0, or
 * -ERR_UNAUTHENTICATED, -ERR_FORBIDDEN, … with its details in the request's
 * diag.
 */
YIELDS typedef int authorize_fn(struct request *request);

/*
 * Told of each request that ends with -ERR_UNAUTHENTICATED or -ERR_FORBIDDEN,
 * whoever said so; it has a route. Must not wait.
 */
typedef void refused_fn(const struct request *request, int error);
/*
 * Told of each request that its handler has answered, and not by an error but
 * that nothing was found, before the reply leaves, to which it may add fields.
 * Must not wait.
 */
typedef void answered_fn(struct request *request, struct reply *reply);
/* Told at the end of each request, on its loop, whether it was asked or not. */
typedef void dismiss_fn(struct request *request);

/*
 * Asked after authorize: what the caller is called in the log, or whose limit
 * the request counts against; in the request's arena, TEXT_NULL for nobody.
 */
typedef struct text caller_name_fn(const struct request *request);

struct server_options {
    const struct router *router;
    authorize_fn *authorize;
    refused_fn *refused;   /* or NULL */
    answered_fn *answered; /* or NULL */
    caller_name_fn *caller_name, *caller_limited_as;
    struct limits *limits;       /* of the process; NULL: none */
    struct text trusted_proxies; /* as the setting; outlives the options */
    dismiss_fn *dismiss;         /* or NULL */
    void *service;               /* becomes request->service */
    struct gate_limits gate;
    const struct tls_identity *tls; /* of new connections; NULL: plain HTTP */
    bool strict_transport;          /* browsers are told to come by TLS only */
    unsigned connections_max;       /* of this loop; more wait in the backlog */
    unsigned in_flight_max;         /* requests in progress; more are 503 */
    unsigned own_least;             /* connections of the pool behind us, and */
    unsigned shared_least; /* … reads that share them with ease: the least */
                           /* the limits on concurrency can become */
    unsigned deadline_ms;  /* of routes without one of their own */
    unsigned deadline_max_ms; /* what Request-Timeout may ask for */
    unsigned idle_timeout_s;  /* of a connection between requests */
    unsigned send_timeout_s;  /* of a reader that makes no progress */
    struct text cors_origins; /* as the setting; outlives the options */
    bool log_requests;
    bool is_second; /* on its loop: the first one tells of the loop */
};

/*
 * Serves what comes in at a listening, non-blocking socket, which it takes
 * over. -ERR_INTERNAL when libmicrohttpd refuses. The options are copied.
 */
int server_start(struct loop *loop, int listen_fd,
                 const struct server_options *options,
                 struct server **ret_server) MUST_CHECK;

/*
 * Other options, for requests and connections at hand too. The router stays,
 * and so does connections_max.
 */
void server_adjust(struct server *server, const struct server_options *options);

/* From now on: no new connections, every reply closes its own. */
void server_drain(struct server *server);

/* Connections still open. */
unsigned server_connections(const struct server *server);

/* Requests in progress, also those that still wait for it. */
unsigned server_in_flight(const struct server *server);

/*
 * Cancels what still runs, waits until the fibers have unwound (they do it by
 * themselves, so this is short), closes everything and frees the server.
 */
YIELDS void server_stop(struct server **server);

/* --- listening ----------------------------------------------------------- */

/*
 * Opens one socket for each of `count` loops on the same address, which came
 * from this setting
 * (SO_REUSEPORT); "127.0.0.1:8080", "[::1]:0", "localhost:80". Port 0 takes a
 * free one. *ret_port tells which. -ERR_UNAVAILABLE when the port is taken,
 * -ERR_INVALID_PARAMETER when the address is no address of this machine.
 */
int listen_sockets(const char *setting, struct text address, int *ret_fds,
                   unsigned count, struct diag *diag, unsigned *ret_port)
    MUST_CHECK;
