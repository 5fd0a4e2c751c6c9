/* SPDX-License-Identifier: MIT */
/*
 * Streaming replicas of the private cluster: each a PostgreSQL of its own with
 * its own data directory, socket and log. A replica is a copy and made anew
 * at each start, so there is never an old one to be mended.
 */
#pragma once

#include "admin/cluster.h"

enum { REPLICAS_MAX = 3 };

struct replica {
    char name[16]; /* "replica-1" */
    char *path, *sockets, *log_name;
    struct server_argv server;
    int log_fd;
    struct child child;
};

struct replicas {
    struct cluster *primary;
    unsigned count;
    struct replica of[REPLICAS_MAX];
};

/* Without any (count 0) all that follows does nothing. */
void replicas_init(struct replicas *replicas, struct cluster *primary,
                   unsigned count);
void replicas_fini(struct replicas *replicas);

/*
 * Copies the primary, which is to be ready, and starts the copies under the
 * supervisor; they are not ready yet. A signal ends it early, with 0.
 */
int replicas_start(struct replicas *replicas, struct supervisor *supervisor,
                   struct refusal *why) MUST_CHECK;

/* Does the service's role get into each of them? */
bool replicas_are_ready(const struct replicas *replicas);

/* The first one that has ended, or NULL. */
const struct replica *replicas_dead(const struct replicas *replicas);

/* From now on one that ends is started again. */
void replicas_keep(struct replicas *replicas);

/*
 * DATABASE_REPLICA_URLS, comma between, of the service's role; and of each, N
 * from 1: REPLICA_N_URL, a superuser's, REPLICA_N_PGDATA and
 * REPLICA_N_SOCKETS.
 */
void replicas_environment(const struct replicas *replicas,
                          struct environment *env);
