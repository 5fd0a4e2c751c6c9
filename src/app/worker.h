/* SPDX-License-Identifier: MIT */
/*
 * A worker: one thread with one loop and everything that answers requests on
 * it. Workers share the process's constants and nothing else. What a worker is
 * made of is the table in worker.c: started from its top, stopped from its
 * end, and each part told of new settings (app/reload.h).
 */
#pragma once

#include "app/caches.h"
#include "app/key_keeper.h"
#include "app/key_uses.h"
#include "app/limit_sharing.h"
#include "app/pulse.h"
#include "app/recorder.h"
#include "app/sealer.h"
#include "app/sweeper.h"
#include "app/watch.h"
#include "auth/mac.h"
#include "database/slow_log.h"
#include "http/server.h"
#include "routes/service.h"
#include "store/cache_sampler.h"
#include "store/rights_beat.h"

#include <pthread.h>

struct target;
struct tls_identity;

/* What all workers are made of. */
struct assembly {
    struct process process;
    const struct settings *settings; /* in force, for the control loop */
    const struct driver *driver;
    struct target *targets[NODES_MAX]; /* the primary, its replicas */
    unsigned target_count;
    struct redis_address *redis; /* NULL: there is none */
    struct router *router;
    struct router *admin_router; /* NULL: all is answered at one address */
    struct limits *limits;
    struct tls_identity *tls; /* NULL: plain HTTP */
    struct mac_key cursor_key;
    struct key_keeper keys; /* kept by the first worker */
    unsigned workers;
    struct loop *control; /* of the main thread */
};

struct worker {
    struct assembly *assembly;
    unsigned index;
    int listen_fd; /* handed over to the server */
    int admin_fd;  /* the same; -1: there is no admin_listen */
    pthread_t thread;
    struct loop *loop;
    struct service service; /* with the settings in force on this loop */
    struct server *server;
    struct server *admin_server; /* at admin_listen; or NULL */
    struct recorder recorder;
    struct watches watches;
    struct pulse pulse;
    struct key_waiter key_waiter;
    struct key_uses key_uses;
    struct slow_log *slow_log;
    struct primary_pools cache_pools;
    struct caches caches;
    struct cache_sampler sampler;
    struct sweeper sweeper; /* of the first worker alone, … */
    struct sealer sealer;   /* … as is what follows */
    struct limit_sharing limit_sharing;
    struct primary_pools beat_pools;
    struct rights_beat beat;
    struct post stop, adopt;
    struct deadline stop_until;
    _Atomic(const char *) stops; /* the part that is being stopped; or NULL */
    const struct settings *next; /* to be adopted */
    struct post ready, adopted,
        ended; /* to the control loop, which sets them */
};

/*
 * Starts the thread. worker->ready is posted when the database has answered
 * and its schema fits, worker->ended when all has been taken down.
 */
int worker_start(struct worker *worker) MUST_CHECK;

/*
 * From the control loop: has all parts of the worker work by these settings
 * from now on, and posts worker->adopted; then the ones before are not used
 * any more. Not again before that, and not after worker_stop().
 */
void worker_adopt(struct worker *worker, const struct settings *settings);

/*
 * From the control loop, once: drains, at the latest until the deadline, and
 * takes everything down.
 */
void worker_stop(struct worker *worker, struct deadline until);

/* After worker->ended. */
void worker_join(struct worker *worker);
