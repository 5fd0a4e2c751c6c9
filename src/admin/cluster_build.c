/* SPDX-License-Identifier: MIT */
#include "admin/cluster_build.h"

#include "admin/disk.h"
#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"
#include "schema/files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUILD_STOP_MS = 2000, STATEMENTS_BYTES_MAX = 64 * 1024 };

/*
 * An empty line behind each, as the single-user server wants them. They run in
 * template1, so that the database is made with what the setup did before.
 */
#define THEN ";\n\n"
static const char statements[] =
    "CREATE ROLE " CLUSTER_OWNER " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
    "NOREPLICATION NOBYPASSRLS" THEN "CREATE ROLE " CLUSTER_SERVICE
    " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
    "NOREPLICATION NOBYPASSRLS" THEN "CREATE DATABASE " CLUSTER_DATABASE
    " OWNER " CLUSTER_OWNER THEN "REVOKE ALL ON DATABASE " CLUSTER_DATABASE
    " FROM PUBLIC" THEN "GRANT CONNECT, TEMPORARY ON DATABASE " CLUSTER_DATABASE
    " TO " CLUSTER_SERVICE THEN;

static int run(const struct cluster *cluster, struct supervisor *supervisor,
               const char *const *argv, int input_fd, struct refusal *why)
{
    struct child job = {
        .name = argv[0],
        .spec = { .argv = argv,
                  .env = cluster->env->list,
                  .directory = cluster->dir->path,
                  .account = *cluster->account,
                  .fds = { input_fd, cluster->log_fd, cluster->log_fd },
                  .death_signal = SIGKILL },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = BUILD_STOP_MS,
    };
    CLEANUP(memory_free) char *log = NULL;
    CLEANUP(memory_free) char *words = NULL;
    int status, r = supervisor_run(supervisor, &job, &status, why);

    if (r < 0 || status == 0 || supervisor_stopping(supervisor))
        return r;
    log = data_dir_path(cluster->dir, "postgres.log");
    words = disk_last_words(log);
    return refuse(why, EXIT_SERVER_FAILED,
                  "PostgreSQL's cluster could not be made: %s (see %s)", words,
                  log);
}

static int run_initdb(const struct cluster *cluster,
                      struct supervisor *supervisor, const char *path,
                      struct refusal *why)
{
    const char *argv[] = { cluster->programs.initdb,
                           "--pgdata",
                           path,
                           "--username=" CLUSTER_SUPERUSER,
                           "--encoding=UTF8",
                           "--locale=C.UTF-8",
                           "--auth-local=trust",
                           "--auth-host=reject",
                           "--no-instructions",
                           cluster->durable ? NULL : "--no-sync",
                           NULL };

    return run(cluster, supervisor, argv, FD_NULL, why);
}

static void add_statements(struct buffer *all)
{
    buffer_init(all, STATEMENTS_BYTES_MAX);
    for (const struct embedded_file *file = schema_setup; file->name; file++) {
        buffer_add_text(all, embedded_text(file));
        buffer_add_byte(all, '\n');
    }
    buffer_add_string(all, statements);
    CHECK(!buffer_overflown(all));
}

/* A file in memory rather than a pipe: nobody has to feed it. */
static int statements_fd(struct refusal *why)
{
    CLEANUP(buffer_fini) struct buffer all = { 0 };
    int fd = memfd_create("statements", MFD_CLOEXEC);

    add_statements(&all);
    if (fd < 0 || write(fd, all.at, all.len) != (ssize_t)all.len ||
        lseek(fd, 0, SEEK_SET) < 0) {
        fd_close(&fd);
        return refuse(why, EXIT_FAILED, "no memory file: %s", strerror(errno));
    }
    return fd;
}

static int run_statements(const struct cluster *cluster,
                          struct supervisor *supervisor, const char *path,
                          struct refusal *why)
{
    const char *argv[] = { cluster->programs.postgres,
                           "--single",
                           "-j",
                           "-D",
                           path,
                           "-c",
                           "exit_on_error=on",
                           "-c",
                           cluster->durable ? "fsync=on" : "fsync=off",
                           "template1",
                           NULL };
    CLEANUP(fd_close) int fd = statements_fd(why);

    return fd < 0 ? fd : run(cluster, supervisor, argv, fd, why);
}

static int publish(const struct cluster *cluster, const char *made,
                   struct refusal *why)
{
    if (rename(made, cluster->path) < 0)
        return refuse(why, EXIT_FAILED, "cannot rename %s: %s", made,
                      strerror(errno));
    return disk_sync(cluster->dir->path, why);
}

int cluster_build(const struct cluster *cluster, struct supervisor *supervisor,
                  struct refusal *why)
{
    CLEANUP(memory_free) char *made = memory_format("%s.new", cluster->path);
    int r = disk_make(made, 0700, cluster->account, why);

    if (r == 0)
        r = run_initdb(cluster, supervisor, made, why);
    if (r == 0 && !supervisor_stopping(supervisor))
        r = run_statements(cluster, supervisor, made, why);
    if (r == 0 && !supervisor_stopping(supervisor))
        r = publish(cluster, made, why);
    return r;
}
