/* SPDX-License-Identifier: MIT */
/*
 * A private PostgreSQL cluster: three roles (the superuser, the owner of the
 * database `portcullis`, and the service's, who owns nothing), one database,
 * unix socket only.
 *
 * Its roles have no passwords: whoever can enter the socket's directory, that
 * is its one user and root, could read the data files as well.
 */
#pragma once

#include "admin/account.h"
#include "admin/data_dir.h"
#include "admin/environment.h"
#include "admin/programs.h"
#include "admin/supervisor.h"

#define CLUSTER_SUPERUSER "postgres"
#define CLUSTER_OWNER     "portcullis_owner"
#define CLUSTER_SERVICE   "portcullis_service"
#define CLUSTER_DATABASE  "portcullis"

/* The command line of a server. */
struct server_argv {
    const char *argv[64];
    char *sockets; /* the setting that says where they are */
};

struct cluster {
    const struct data_dir *dir;    /* borrowed, as the next two */
    const struct account *account; /* who the server runs as */
    const struct environment *env; /* of the server */
    bool durable;                  /* false: fsync off */
    bool has_replicas; /* keeps its log for those that were away; set it
                        * before cluster_start() */
    struct cluster_programs programs;
    char *path, *sockets;
    struct server_argv server;
    int log_fd;
    struct child child;
};

void cluster_init(struct cluster *cluster, const struct data_dir *dir,
                  const struct account *account, const struct environment *env,
                  bool durable);
void cluster_fini(struct cluster *cluster);

/*
 * Finds the programs and makes the cluster if there is none: under another
 * name, then renamed, so that an interrupted start leaves no half of one. A
 * signal ends it early, with 0 and without a cluster.
 */
int cluster_prepare(struct cluster *cluster, struct supervisor *supervisor,
                    struct refusal *why) MUST_CHECK;

/* The same of this major version; 0: of the newest. */
int cluster_prepare_major(struct cluster *cluster, int want_major,
                          struct supervisor *supervisor, struct refusal *why)
    MUST_CHECK;

/* Starts the server under the supervisor; it is not ready yet. */
int cluster_start(struct cluster *cluster, struct supervisor *supervisor,
                  struct refusal *why) MUST_CHECK;

/* Does the service's role get in? */
bool cluster_is_ready(const struct cluster *cluster);

/* The same of a server with its sockets there. */
bool cluster_answers(const char *sockets);

/* How this cluster, or a replica of it, is run; ret's, to be ended. */
void cluster_argv(const struct cluster *cluster, const char *path,
                  const char *sockets, struct server_argv *ret);
void server_argv_fini(struct server_argv *server);

/* A URL for libpq that holds wherever it is pasted; to be freed. */
char *cluster_url(const struct cluster *cluster, const char *role) MUST_CHECK;
char *cluster_url_at(const char *sockets, const char *role) MUST_CHECK;
