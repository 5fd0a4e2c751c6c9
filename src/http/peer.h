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
    struct peers *peers;
    struct ip address;
    struct tls *tls; /* NULL: plain HTTP */
    struct gate gate;
    struct buffer heads; /* of requests not yet begun: length, bytes, … */
    struct exchange *exchange; /* the one at hand */
    struct MHD_Connection *connection;
    bool refused;           /* the last word has been said */
    uint64_t idle_since_ns; /* the last exchange ended, or it connected */
    uint64_t busy_since_ns; /* the exchange left RECEIVING */
    struct reader reader;   /* of the answer */
};

/* All peers of one server. */
struct peers {
    struct edge *edge;
    struct list all;
    unsigned count;
    struct lingerers lingerers;
    struct readers readers;
    struct gate_limits limits;
    void (*unpark)(struct peer *peer); /* suspends one that is parked */
    unsigned sweeps;
    uint64_t moves; /* reads and sends that moved bytes, so far */
};

void peers_init(struct peers *peers, struct edge *edge,
                void (*unpark)(struct peer *peer));
void peers_fini(struct peers *peers);

/* The edge's options are others now. */
void peers_adjust(struct peers *peers);

struct peer *peer_new(struct peers *peers, int fd, struct ip address,
                      struct MHD_Connection *connection);
void peer_free(struct peer **peer);

/* The next request whose head has passed, in their order; never NULL. */
struct exchange *peer_next_exchange(struct peer *peer);

/* The exchange is being answered (or no longer), so nothing is being read. */
void peer_busy(struct peer *peer);
void peer_ready(struct peer *peer, uint64_t now_ns);

/*
 * To be called a few times a second: refuses those whose head or body is late,
 * ends those that have been idle for too long, cuts off those who take nothing,
 * and cancels reads nobody waits for.
 */
void peers_sweep(struct peers *peers);

/* Ends connections that are between two requests. */
void peers_close_idle(struct peers *peers);
