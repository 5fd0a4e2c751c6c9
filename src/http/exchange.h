/* SPDX-License-Identifier: MIT */
/*
 * One request and its reply: the edge. Here a head becomes a request, a route
 * is found, a fiber runs its handler, an error becomes a problem, and the end
 * is written to log and metrics, once. For this room only.
 */
#pragma once

#include "http/admission.h"
#include "http/compress.h"
#include "http/date.h"
#include "http/rationing.h"
#include "http/server.h"

#include "runtime/fiber.h"

enum exchange_state {
    EXCHANGE_RECEIVING, /* the body is not yet whole */
    EXCHANGE_WAITING,   /* until it may run: see admission.h */
    EXCHANGE_RUNNING,   /* its fiber runs or waits */
    EXCHANGE_ANSWERED,  /* the reply is made */
    EXCHANGE_SENDING,   /* … and on its way */
};

/* What a streamed body may hold in memory, each way. */
enum { STREAM_BYTES = 256 * 1024 };

struct edge;

struct exchange {
    unsigned magic;
    enum exchange_state state;
    struct list link; /* among the server's: waiting, in flight or idle */
    struct request request;
    struct reply reply;
    struct buffer body;
    struct edge *edge;
    void *peer; /* its connection, the server's affair */
    struct fiber *fiber;
    struct ticket ticket; /* while it waits or runs */
    struct rationing rationing;
    uint64_t queued_ns, waited_ns;
    int result;             /* of the edge: 0 or -ERR_x */
    int routing;            /* what finding the route came to, if it was */
    bool routed;            /* … before the request was whole */
    bool suspended;         /* in libmicrohttpd */
    bool completed;         /* libmicrohttpd is through, the fiber is not */
    bool streams_body;      /* the handler reads it: see stream.h */
    bool body_ended;        /* … and has had all of it */
    bool streams_reply;     /* reply_begin() was called */
    struct buffer run;      /* of a stream: being read, or to be sent */
    struct packer *packer;  /* of a reply that streams; NULL: as it is */
    struct condition moved; /* more was received, or taken */
    struct buffer fields;   /* of the reply's head: see reply_head.h */
    size_t sent;            /* of the reply, as far as we count it */
};

/* What the exchanges of one server share; the server's own part. */
struct edge {
    struct loop *loop;
    struct server_options options;
    struct list in_flight; /* RUNNING */
    struct list idle;      /* to be used again */
    unsigned in_flight_count, idle_count;
    bool draining;
    struct admission admission;
    struct compressor compressor;
    struct date date;
    /* Something can go on: resumes the exchange if it is suspended. */
    void (*wake)(struct exchange *exchange);
};

void edge_init(struct edge *edge, struct loop *loop,
               const struct server_options *options,
               void (*wake)(struct exchange *exchange));
void edge_fini(struct edge *edge);

/* Other options, for what begins from now on; the router is the same. */
void edge_adjust(struct edge *edge, const struct server_options *options);

/*
 * A new exchange for a head the gate has passed: request line, fields, empty
 * line. Never fails; what is wrong with the request is told by its reply.
 */
struct exchange *exchange_begin(struct edge *edge, struct text head,
                                uint64_t now_ns);

/* May its handler call reply_begin()? Finds the route. */
bool exchange_may_stream(struct exchange *exchange);

/*
 * More of the body, which the gate keeps within its limit. The first piece
 * starts the handler of a route that streams.
 */
void exchange_body(struct exchange *exchange, const char *at, size_t len);

/*
 * The request is whole: answers it. On return the exchange is ANSWERED, or
 * WAITING or RUNNING, and then edge->wake will be called.
 */
void exchange_run(struct exchange *exchange);

/* Takes bytes of a streamed reply; 0 when there are none now. */
size_t exchange_take(struct exchange *exchange, char *to, size_t room);

/*
 * Writes log and metrics and gives the exchange back, when its fiber is
 * through too; a fiber that runs is cancelled. `sent`: as a whole.
 */
void exchange_end(struct exchange **exchange, bool sent, uint64_t now_ns);

/* For admission.c: runs the handler on a fiber; -ERR_OVERLOADED. */
int exchange__start(struct exchange *exchange) MUST_CHECK;

/* Makes the reply: what the handler made, or the problem of r. */
void exchange__conclude(struct exchange *exchange, int r);

/* The handler of a reply that streams is through: nothing follows. */
void exchange__end_stream(struct exchange *exchange, int r);

/* Writes log and metrics; exchange_end() does it once. */
void exchange__tell(const struct exchange *exchange, bool sent,
                    uint64_t now_ns);
