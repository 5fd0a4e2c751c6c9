/* SPDX-License-Identifier: MIT */
/*
 * Debian's PgBouncer before the sandbox's database, in transaction mode, with
 * fewer sessions than it has clients. As the user whose database it is: it
 * refuses to run as root.
 */
#pragma once

#include "support/proxied.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>

struct pgbouncer {
    pid_t pid;
    char dir[40];
};

static inline void pgbouncer_write(const struct pgbouncer *bouncer,
                                   const char *url, const char *user)
{
    char path[64];
    size_t len;
    const char *dir = proxied_socket_dir(url, &len);
    const char *role = strstr(url, "&user=");
    FILE *file;

    cr_assert_not_null(role);
    role += strlen("&user=");
    snprintf(path, sizeof(path), "%s/ini", bouncer->dir);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    fprintf(file,
            "[databases]\n* = host=%.*s port=5432 user=%.*s\n"
            "[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = %s\n"
            "auth_type = any\npool_mode = transaction\n"
            "default_pool_size = 3\nuser = %s\n",
            (int)len, dir, (int)strcspn(role, "&"), role, bouncer->dir, user);
    fclose(file);
}

/* The user whose socket the database's is. */
static inline const struct passwd *pgbouncer_user(const char *url)
{
    char path[256];
    struct stat it;
    size_t len;
    const char *dir = proxied_socket_dir(url, &len);

    snprintf(path, sizeof(path), "%.*s/.s.PGSQL.5432", (int)len, dir);
    cr_assert_eq(stat(path, &it), 0);
    return getpwuid(it.st_uid);
}

static inline void pgbouncer_exec(const struct pgbouncer *bouncer, int log_fd)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/ini", bouncer->dir);
    if (dup2(log_fd, STDERR_FILENO) >= 0)
        execl("/usr/sbin/pgbouncer", "pgbouncer", path, (char *)NULL);
    _exit(127);
}

static inline void pgbouncer_wait(int log_fd)
{
    char line[512];
    FILE *log = fdopen(log_fd, "r");
    bool up = false;

    while (!up && fgets(line, sizeof(line), log))
        up = strstr(line, "process up") != NULL;
    cr_assert(up, "pgbouncer does not start: %s", line);
    fclose(log);
}

/* From here on DATABASE_URL leads to it. */
static inline struct pgbouncer pgbouncer_start(void)
{
    struct pgbouncer bouncer = { .dir = "/tmp/pgbouncer.XXXXXX" };
    const char *url = getenv("DATABASE_URL");
    const struct passwd *user = pgbouncer_user(url);
    char through[1024];
    int log[2];
    size_t len;
    const char *dir = proxied_socket_dir(url, &len);
    const char *rest = dir + len + strlen("&port=5432");

    cr_assert_not_null(mkdtemp(bouncer.dir));
    pgbouncer_write(&bouncer, url, user->pw_name);
    cr_assert(chown(bouncer.dir, user->pw_uid, user->pw_gid) == 0 &&
              chmod(bouncer.dir, 0755) == 0);
    cr_assert_eq(pipe(log), 0);
    bouncer.pid = fork();
    cr_assert_geq(bouncer.pid, 0);
    if (bouncer.pid == 0)
        pgbouncer_exec(&bouncer, log[1]);
    close(log[1]);
    pgbouncer_wait(log[0]);
    snprintf(through, sizeof(through), "%.*s%s&port=6432%s", (int)(dir - url),
             url, bouncer.dir, rest);
    setenv("DATABASE_URL", through, 1);
    return bouncer;
}

static inline void pgbouncer_stop(struct pgbouncer *bouncer)
{
    char command[80];

    kill(bouncer->pid, SIGINT);
    cr_expect_eq(waitpid(bouncer->pid, NULL, 0), bouncer->pid);
    snprintf(command, sizeof(command), "rm -r %s", bouncer->dir);
    cr_expect_eq(system(command), 0);
}
