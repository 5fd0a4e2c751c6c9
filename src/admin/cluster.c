/* SPDX-License-Identifier: MIT */
#include "admin/cluster.h"

#include "admin/cluster_build.h"
#include "admin/disk.h"
#include "admin/probe.h"
#include "base/check.h"
#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION_BYTES = 16, CLUSTER_STOP_MS = 10000 };

/* For one developer's machine: quick to start, as durable as a production
 * server, and no more memory than a laptop can spare. */
static const char *const settings[] = {
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "shared_buffers=128MB",
    "wal_level=replica",
    "synchronous_commit=on",
    "max_wal_size=1GB",
    "checkpoint_timeout=15min",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "logging_collector=off",
    "log_line_prefix=%m [%p] %q%u@%d ",
    "cluster_name=portcullis",
};

void cluster_init(struct cluster *cluster, const struct data_dir *dir,
                  const struct account *account, const struct environment *env,
                  bool durable)
{
    *cluster = (struct cluster){ .dir = dir,
                                 .account = account,
                                 .env = env,
                                 .durable = durable,
                                 .log_fd = -1 };
    cluster->path = data_dir_path(dir, "postgres");
    cluster->sockets = memory_format("%s/pg", dir->sockets);
}

void cluster_fini(struct cluster *cluster)
{
    cluster_programs_fini(&cluster->programs);
    memory_free(&cluster->path);
    memory_free(&cluster->sockets);
    server_argv_fini(&cluster->server);
    fd_close(&cluster->log_fd);
    cluster->log_fd = -1;
}

/* The major version in PG_VERSION; 0 when there is no cluster yet. */
static int made_by(const struct cluster *cluster, int *ret_major,
                   struct refusal *why)
{
    CLEANUP(memory_free)
    char *file = memory_format("%s/PG_VERSION", cluster->path);
    CLEANUP(memory_free) char *version = disk_read(file, VERSION_BYTES, NULL);

    *ret_major = version ? (int)strtol(version, NULL, 10) : 0;
    if (*ret_major > 0 || access(cluster->path, F_OK) < 0)
        return 0;
    return refuse(why, EXIT_FAILED,
                  "the cluster in %s is damaged (no PG_VERSION): restore it, "
                  "or throw it away with --fresh",
                  cluster->path);
}

/* All processes of the cluster are known to be gone (strays_end), so the file
 * says nothing any more; but its number may be another process's by now, for
 * which PostgreSQL would refuse to start. */
static void forget_postmaster(const struct cluster *cluster)
{
    CLEANUP(memory_free)
    char *file = memory_format("%s/postmaster.pid", cluster->path);

    unlink(file);
}

int cluster_prepare(struct cluster *cluster, struct supervisor *supervisor,
                    struct refusal *why)
{
    return cluster_prepare_major(cluster, 0, supervisor, why);
}

int cluster_prepare_major(struct cluster *cluster, int want_major,
                          struct supervisor *supervisor, struct refusal *why)
{
    int major, r = made_by(cluster, &major, why);

    if (r == 0)
        r = cluster_programs_find(major > 0 ? major : want_major,
                                  &cluster->programs, why);
    if (r == 0)
        r = cluster->log_fd = data_dir_log(cluster->dir, "postgres.log", why);
    if (r < 0)
        return r;
    if (major > 0) {
        forget_postmaster(cluster);
        return 0;
    }
    say("making a PostgreSQL %d cluster in %s", cluster->programs.major,
        cluster->dir->path);
    return cluster_build(cluster, supervisor, why);
}

void cluster_argv(const struct cluster *cluster, const char *path,
                  const char *sockets, struct server_argv *ret)
{
    const char **next = ret->argv;

    CHECK(2 * ARRAY_LEN(settings) + 10 <= ARRAY_LEN(ret->argv));
    memory_free(&ret->sockets);
    ret->sockets = memory_format("unix_socket_directories=%s", sockets);
    *next++ = cluster->programs.postgres;
    *next++ = "-D";
    *next++ = path;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        *next++ = "-c";
        *next++ = settings[i];
    }
    *next++ = "-c";
    *next++ = ret->sockets;
    *next++ = "-c";
    *next++ = cluster->durable ? "fsync=on" : "fsync=off";
    *next++ = "-c";
    *next++ = cluster->has_replicas ? "wal_keep_size=256MB" : "wal_keep_size=0";
    *next = NULL;
}

void server_argv_fini(struct server_argv *server)
{
    memory_free(&server->sockets);
}

int cluster_start(struct cluster *cluster, struct supervisor *supervisor,
                  struct refusal *why)
{
    int r = disk_make(cluster->sockets, 0700, cluster->account, why);

    if (r < 0)
        return r;
    cluster_argv(cluster, cluster->path, cluster->sockets, &cluster->server);
    cluster->child = (struct child){
        .name = "PostgreSQL",
        .spec = { .argv = cluster->server.argv,
                  .env = cluster->env->list,
                  .directory = cluster->path,
                  .account = *cluster->account,
                  .fds = { FD_NULL, cluster->log_fd, cluster->log_fd },
                  .death_signal = SIGINT },
        .stop_signal = SIGINT,
        .force_signal = SIGQUIT,
        .stop_ms = CLUSTER_STOP_MS,
    };
    return supervisor_start(supervisor, &cluster->child, why);
}

bool cluster_answers(const char *sockets)
{
    CLEANUP(memory_free)
    char *socket = memory_format("%s/.s.PGSQL.5432", sockets);

    return probe_cluster(socket, CLUSTER_SERVICE, CLUSTER_DATABASE);
}

bool cluster_is_ready(const struct cluster *cluster)
{
    return cluster_answers(cluster->sockets);
}

/* The port is named because PGPORT would be taken for it where the URL is
 * pasted; the directory has no character that needs quoting (socket_dir). */
char *cluster_url_at(const char *sockets, const char *role)
{
    return memory_format("postgresql:///" CLUSTER_DATABASE
                         "?host=%s&port=5432&user=%s",
                         sockets, role);
}

char *cluster_url(const struct cluster *cluster, const char *role)
{
    return cluster_url_at(cluster->sockets, role);
}
