/* SPDX-License-Identifier: MIT */
#include "admin/replicas.h"

#include "admin/disk.h"
#include "admin/probe.h"
#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"

#include <signal.h>
#include <stdio.h>

enum { COPY_STOP_MS = 2000, REPLICA_STOP_MS = 10000, URLS_BYTES_MAX = 4096 };

/* --- life ---------------------------------------------------------------- */

static void replica_init(struct replica *replica, const struct cluster *primary,
                         unsigned number)
{
    const struct data_dir *dir = primary->dir;

    snprintf(replica->name, sizeof(replica->name), "replica-%u", number);
    replica->path = data_dir_path(dir, replica->name);
    replica->log_name = memory_format("%s.log", replica->name);
    replica->sockets = memory_format("%s/pg%u", dir->sockets, number);
    replica->log_fd = -1;
}

void replicas_init(struct replicas *replicas, struct cluster *primary,
                   unsigned count)
{
    CHECK(count <= REPLICAS_MAX);
    *replicas = (struct replicas){ .primary = primary, .count = count };
    for (unsigned i = 0; i < count; i++)
        replica_init(&replicas->of[i], primary, i + 1);
}

void replicas_fini(struct replicas *replicas)
{
    for (unsigned i = 0; i < replicas->count; i++) {
        struct replica *replica = &replicas->of[i];

        memory_free(&replica->path);
        memory_free(&replica->sockets);
        memory_free(&replica->log_name);
        server_argv_fini(&replica->server);
        fd_close(&replica->log_fd);
    }
    replicas->count = 0;
}

/* --- copying ------------------------------------------------------------- */

static int told(const struct replicas *replicas, const struct replica *replica,
                struct refusal *why)
{
    CLEANUP(memory_free)
    char *log = data_dir_path(replicas->primary->dir, replica->log_name);
    CLEANUP(memory_free) char *words = disk_last_words(log);

    return refuse(why, EXIT_SERVER_FAILED, "%s could not be made: %s (see %s)",
                  replica->name, words, log);
}

/*
 * The copy's settings are its own (-R writes where the primary is); the
 * primary keeps enough of its log for a replica that was away for a while.
 */
static int copy(const struct replicas *replicas, const struct replica *replica,
                struct supervisor *supervisor, struct refusal *why)
{
    const struct cluster *primary = replicas->primary;
    const char *argv[] = { primary->programs.basebackup,
                           "-D",
                           replica->path,
                           "-h",
                           primary->sockets,
                           "-p",
                           "5432",
                           "-U",
                           CLUSTER_SUPERUSER,
                           "-R",
                           "-X",
                           "stream",
                           "-c",
                           "fast",
                           primary->durable ? NULL : "--no-sync",
                           NULL };
    struct child job = {
        .name = argv[0],
        .spec = { .argv = argv,
                  .env = primary->env->list,
                  .directory = primary->dir->path,
                  .account = *primary->account,
                  .fds = { FD_NULL, replica->log_fd, replica->log_fd },
                  .death_signal = SIGKILL },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = COPY_STOP_MS,
    };
    int status = 0, r = supervisor_run(supervisor, &job, &status, why);

    if (r < 0 || status == 0 || supervisor_stopping(supervisor))
        return r;
    return told(replicas, replica, why);
}

static int make(const struct replicas *replicas, struct replica *replica,
                struct supervisor *supervisor, struct refusal *why)
{
    const struct cluster *primary = replicas->primary;
    int r = replica->log_fd =
        data_dir_log(primary->dir, replica->log_name, why);

    if (r >= 0)
        r = disk_make(replica->path, 0700, primary->account, why);
    if (r == 0)
        r = disk_make(replica->sockets, 0700, primary->account, why);
    return r < 0 ? r : copy(replicas, replica, supervisor, why);
}

/* --- starting ------------------------------------------------------------ */

static int start(const struct replicas *replicas, struct replica *replica,
                 struct supervisor *supervisor, struct refusal *why)
{
    const struct cluster *primary = replicas->primary;

    cluster_argv(primary, replica->path, replica->sockets, &replica->server);
    replica->child = (struct child){
        .name = replica->name,
        .spec = { .argv = replica->server.argv,
                  .env = primary->env->list,
                  .directory = replica->path,
                  .account = *primary->account,
                  .fds = { FD_NULL, replica->log_fd, replica->log_fd },
                  .death_signal = SIGINT },
        .stop_signal = SIGINT,
        .force_signal = SIGQUIT,
        .stop_ms = REPLICA_STOP_MS,
    };
    return supervisor_start(supervisor, &replica->child, why);
}

int replicas_start(struct replicas *replicas, struct supervisor *supervisor,
                   struct refusal *why)
{
    int r = 0;

    for (unsigned i = 0; i < replicas->count && r == 0; i++) {
        struct replica *replica = &replicas->of[i];

        r = make(replicas, replica, supervisor, why);
        if (r < 0 || supervisor_stopping(supervisor))
            return r;
        r = start(replicas, replica, supervisor, why);
    }
    return r;
}

bool replicas_are_ready(const struct replicas *replicas)
{
    bool ready = true;

    for (unsigned i = 0; i < replicas->count && ready; i++)
        ready = cluster_answers(replicas->of[i].sockets);
    return ready;
}

const struct replica *replicas_dead(const struct replicas *replicas)
{
    for (unsigned i = 0; i < replicas->count; i++)
        if (replicas->of[i].child.pid == 0)
            return &replicas->of[i];
    return NULL;
}

void replicas_keep(struct replicas *replicas)
{
    for (unsigned i = 0; i < replicas->count; i++)
        replicas->of[i].child.restarts = true;
}

/* --- telling ------------------------------------------------------------- */

static void tell(const struct replica *replica, unsigned number,
                 struct environment *env)
{
    CLEANUP(memory_free)
    char *url_name = memory_format("REPLICA_%u_URL", number);
    CLEANUP(memory_free)
    char *data_name = memory_format("REPLICA_%u_PGDATA", number);
    CLEANUP(memory_free)
    char *sockets_name = memory_format("REPLICA_%u_SOCKETS", number);
    CLEANUP(memory_free)
    char *url = cluster_url_at(replica->sockets, CLUSTER_SUPERUSER);

    environment_set(env, url_name, url);
    environment_set(env, data_name, replica->path);
    environment_set(env, sockets_name, replica->sockets);
}

void replicas_environment(const struct replicas *replicas,
                          struct environment *env)
{
    CLEANUP(buffer_fini) struct buffer urls = { 0 };

    if (replicas->count == 0)
        return;
    buffer_init(&urls, URLS_BYTES_MAX);
    for (unsigned i = 0; i < replicas->count; i++) {
        const struct replica *replica = &replicas->of[i];
        CLEANUP(memory_free)
        char *url = cluster_url_at(replica->sockets, CLUSTER_SERVICE);

        buffer_add_format(&urls, "%s%s", i > 0 ? "," : "", url);
        tell(replica, i + 1, env);
    }
    buffer_add_byte(&urls, '\0');
    CHECK(!buffer_overflown(&urls));
    environment_set(env, "DATABASE_REPLICA_URLS", urls.at);
}
