/* SPDX-License-Identifier: MIT */
/* What the files of the server (server*.c) share, and nobody else includes. */
#pragma once

#include "http/peer.h"
#include "telemetry/metrics.h"

#include <microhttpd.h>

struct server {
    unsigned magic;
    struct edge edge;
    struct peers peers;
    struct MHD_Daemon *daemon;
    struct watch *watch;       /* of libmicrohttpd's epoll descriptor */
    struct turn_hook serve;    /* runs libmicrohttpd */
    struct timer alarm, sweep; /* libmicrohttpd's; our own */
    struct series *active, *connections, *fibers;
    unsigned idle_runs; /* of libmicrohttpd, since somebody asked for one */
    int listen_fd;
};

/* Has libmicrohttpd run at the end of this turn. */
void server__ask_to_run(struct server *server);

/* Hands an answered exchange's reply to libmicrohttpd. */
enum MHD_Result server__send_reply(struct exchange *exchange,
                                   struct MHD_Connection *connection);

/* For edge_init(): a fiber is through, or a stream can go on. */
void server__wake(struct exchange *exchange);

/* libmicrohttpd's callbacks; `arg` is the server. */
enum MHD_Result server__on_request(void *arg, struct MHD_Connection *connection,
                                   const char *url, const char *method,
                                   const char *version, const char *upload,
                                   size_t *upload_bytes, void **context);
void server__on_completed(void *arg, struct MHD_Connection *connection,
                          void **context, enum MHD_RequestTerminationCode why);
void server__on_connection(void *arg, struct MHD_Connection *connection,
                           void **context,
                           enum MHD_ConnectionNotificationCode what);
