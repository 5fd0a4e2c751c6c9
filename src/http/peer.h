/* SPDX-License-Identifier: MIT */
/*
 * A peer: one client's connection as we see it beside libmicrohttpd. Its reads
 * pass the gate; heads that went on wait here until libmicrohttpd asks for
 * their requests. For this room only.
 */
#pragma once

#include "http/exchange.h"
#include "http/linger.h"
#include "http/reader.h"

struct MHD_Connection;
struct tls;

struct peer {
    unsigned magic;
    int fd;
    struct list link; /* among all peers of the server */
    uint8_t looks;    /* of the sweep at it */
    struct peers *peers;
    struct ip address;
    struct tls *tls; /* NULL: plain HTTP */
    struct gate gate;
    struct buffer heads; /* of requests not yet begun: length, bytes, … */
    struct exchange *exchange; /* the one at hand */
    bool direct;               /* … is none of libmicrohttpd's */
    struct watch *full;        /* … waiting for room to be sent */
    struct buffer rest;        /* passed by the gate, to be read behind it */
    size_t owed;               /* of the heads: what libmicrohttpd was given */
    bool unread;               /* it was told to ask again */
    struct MHD_Connection *connection;
    bool refused;           /* the last word has been said */
    uint64_t idle_since_ns; /* the last exchange ended, or it connected */
    uint64_t busy_since_ns; /* the exchange left RECEIVING */
    struct reader reader;   /* of the answer */
};

/* All peers of one server. */
struct peers {
    struct edge *edge;
    struct list all; /* who is to be looked at next is first */
    unsigned count;
    struct lingerers lingerers;
    struct readers readers;
    struct gate_limits limits;
    void (*ask_to_run)(struct peers *peers); /* has libmicrohttpd run */
    unsigned unread;                         /* peers that are */
    unsigned seen;     /* looks of the sweep in this round of the readers */
    uint64_t swept_ns; /* when the sweep was called last */
    uint64_t ahead_ns; /* what is over within that is ended now */
    uint64_t moves;    /* reads and sends that moved bytes, so far */
};

void peers_init(struct peers *peers, struct edge *edge,
                void (*ask_to_run)(struct peers *peers));
void peers_fini(struct peers *peers);

/* The edge's options are others now. */
void peers_adjust(struct peers *peers);

struct peer *peer_new(struct peers *peers, int fd, struct ip address,
                      struct MHD_Connection *connection);
void peer_free(struct peer **peer);

/* The next request whose head has passed, in their order; never NULL. */
struct exchange *peer_next_exchange(struct peer *peer);

/* libmicrohttpd asks, or never will again. */
void peer_forget_unread(struct peer *peer);

/* The exchange at hand is through: `sent` as a whole, or given up. */
void peer_end_exchange(struct peer *peer, bool sent);

/* Sends the reply of a direct exchange, which has been answered. */
void peer_answer(struct peer *peer);

/* The exchange is being answered (or no longer), so nothing is being read. */
void peer_busy(struct peer *peer);
void peer_ready(struct peer *peer, uint64_t now_ns);

/*
 * Looks at the next of them: refuses those whose head or body is late, ends
 * those that have been idle for too long (or are idle at all, when the edge is
 * drained), cuts off those who take nothing, and cancels reads nobody waits
 * for. To be called again in so many ms: the more they are the sooner, so that
 * a call stays short and each is looked at ten times a second.
 */
unsigned peers_sweep(struct peers *peers) MUST_CHECK;
