/* SPDX-License-Identifier: MIT */
/*
 * The sandbox: a PostgreSQL cluster and a Redis of our own below one
 * directory, on unix sockets that only we can enter. `portcullis dev` puts the
 * service on top; `portcullis sandbox -- COMMAND…` any command.
 */
#pragma once

#include "admin/cache_server.h"
#include "admin/cluster.h"
#include "admin/data_dir.h"
#include "admin/environment.h"
#include "admin/exit.h"
#include "admin/replicas.h"
#include "admin/supervisor.h"

struct sandbox_options {
    const char *data;  /* DIR; NULL: a temporary one, removed at the end */
    bool at_home;      /* NULL is data_home_default() instead */
    bool no_fsync;     /* for tests and benchmarks: a crash may lose data */
    bool fresh;        /* throw our cluster and Redis' data away first */
    unsigned replicas; /* streaming ones, REPLICAS_MAX at the most */
    const char *const *command; /* NULL-terminated; for sandbox_main() only */
};

struct sandbox {
    struct account users[2]; /* of PostgreSQL, of Redis */
    struct data_dir dir;
    struct supervisor supervisor;
    struct environment server_env;
    bool durable;
    struct cluster cluster;
    struct replicas replicas;
    bool replicas_started;
    struct cache_server cache;
    char *service_url, *owner_url, *admin_url; /* DATABASE_URLs of the roles */
    char *redis_url;
};

/*
 * Makes what is missing, starts both servers and waits until they answer.
 * Signals SIGINT, SIGTERM, SIGHUP and SIGCHLD are the supervisor's from here
 * to sandbox_end(), which must be called also after a failure. -EXIT_OK is 0:
 * a signal that came meanwhile is no failure; ask supervisor_stopping().
 */
int sandbox_start(struct sandbox *sandbox,
                  const struct sandbox_options *options, struct refusal *why)
    MUST_CHECK;

/* Ends all children, last started first, and gives the directory back. */
void sandbox_end(struct sandbox *sandbox);

/*
 * Sets the four URLs; DATABASE_URL is the service's role's, or the owner's. And
 * what there is to know of replicas: replicas_environment().
 */
void sandbox_environment(const struct sandbox *sandbox, bool owner,
                         struct environment *env);

/*
 * Runs options->command inside a sandbox with the URLs in its environment.
 * Returns its exit status (128 + N when signal N ended it), or a row of
 * exit.def when it could not be run.
 */
int sandbox_main(const struct sandbox_options *options) MUST_CHECK;
