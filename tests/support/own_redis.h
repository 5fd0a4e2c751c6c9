/* SPDX-License-Identifier: MIT */
/*
 * A Redis of a test's own, to be killed, stopped and restarted: on a socket in
 * a directory of its own, and empty at each start.
 */
#pragma once

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct own_redis {
    pid_t pid; /* 0: it does not run */
    char directory[64], socket[96], url[128];
};

static inline bool own_redis_answers(const struct own_redis *own)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char answer[8] = "";
    bool good;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", own->socket);
    good = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
           write(fd, "PING\r\n", 6) == 6 && read(fd, answer, 5) > 0;
    close(fd);
    return good && (answer[0] == '+' || answer[0] == '-');
}

static inline void own_redis_run(struct own_redis *own, const char *password)
{
    const char *program = getenv("PORTCULLIS_REDIS_SERVER");
    const struct timespec a_while = { .tv_nsec = 5000000 };

    own->pid = fork();
    cr_assert_geq(own->pid, 0);
    if (own->pid == 0) {
        int null = open("/dev/null", O_RDWR);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(null, STDOUT_FILENO);
        execlp(program ? program : "redis-server", "redis-server", "--port",
               "0", "--save", "", "--appendonly", "no", "--dir", own->directory,
               "--unixsocket", own->socket, "--requirepass", password,
               (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000 && !own_redis_answers(own); i++)
        nanosleep(&a_while, NULL);
    cr_assert(own_redis_answers(own), "redis-server does not start");
}

static inline void own_redis_start(struct own_redis *own)
{
    *own = (struct own_redis){ .directory = "/tmp/own-redis-XXXXXX" };
    cr_assert_not_null(mkdtemp(own->directory));
    snprintf(own->socket, sizeof(own->socket), "%s/s", own->directory);
    snprintf(own->url, sizeof(own->url), "unix://%s", own->socket);
    own_redis_run(own, "");
}

static inline void own_redis_signal(const struct own_redis *own, int number)
{
    cr_assert_eq(kill(own->pid, number), 0);
}

static inline void own_redis_kill(struct own_redis *own)
{
    own_redis_signal(own, SIGKILL);
    cr_assert_eq(waitpid(own->pid, NULL, 0), own->pid);
    own->pid = 0;
}

static inline void own_redis_end(struct own_redis *own)
{
    if (own->pid)
        own_redis_kill(own);
    unlink(own->socket);
    rmdir(own->directory);
}
