/* SPDX-License-Identifier: MIT */
/*
 * A service of a test's own, with a setting that the shared one does not have:
 * from here on wire_open() finds it. On the same database.
 */
#pragma once

#include "support/wire.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_FD = 7 };

struct own_service {
    pid_t pid;
};

enum { OWN_FLAGS_MAX = 8 };

static inline void own_service_exec(int ready_fd, int log_fd,
                                    const char *const *flags)
{
    const char *program = getenv("PORTCULLIS_PROGRAM");
    const char *argv[5 + OWN_FLAGS_MAX] = { program, "serve",
                                            "--listen=127.0.0.1:0",
                                            "--loops=1" };

    for (size_t i = 0; i < OWN_FLAGS_MAX && flags[i]; i++)
        argv[4 + i] = flags[i];
    setenv("PORTCULLIS_READY_FD", "7", 1);
    if (dup2(ready_fd, READY_FD) == READY_FD && program &&
        dup2(log_fd, STDERR_FILENO) == STDERR_FILENO)
        execv(program, (char *const *)(uintptr_t)argv);
    _exit(127);
}

/*
 * With flags as on the command line ("--cors-origins=https://app.example"),
 * ended by NULL; what it logs goes to log_fd.
 */
static inline struct own_service own_service_start_with(
    const char *const *flags, int log_fd)
{
    struct own_service own;
    char url[128];
    int pipes[2];
    FILE *ready;

    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    own.pid = fork();
    cr_assert_geq(own.pid, 0);
    if (own.pid == 0)
        own_service_exec(pipes[1], log_fd, flags);
    close(pipes[1]);
    ready = fdopen(pipes[0], "r");
    cr_assert_not_null(ready);
    cr_assert_not_null(fgets(url, sizeof(url), ready),
                       "the service with %s does not start", flags[0]);
    fclose(ready);
    url[strcspn(url, "\n")] = '\0';
    setenv("SERVICE_URL", url, 1);
    return own;
}

static inline struct own_service own_service_start(const char *flag)
{
    return own_service_start_with(
        (const char *const[]){ flag, "--log-level=error", NULL },
        STDERR_FILENO);
}

static inline void own_service_stop(struct own_service *own)
{
    int status = -1;

    kill(own->pid, SIGTERM);
    cr_expect_eq(waitpid(own->pid, &status, 0), own->pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0,
              "it did not end cleanly: %d", status);
}
