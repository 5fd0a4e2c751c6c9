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

static inline void own_service_exec(int ready_fd, const char *flag)
{
    const char *program = getenv("PORTCULLIS_PROGRAM");

    setenv("PORTCULLIS_READY_FD", "7", 1);
    if (dup2(ready_fd, READY_FD) == READY_FD && program)
        execl(program, program, "serve", "--listen=127.0.0.1:0", "--loops=1",
              "--log-level=error", flag, (char *)NULL);
    _exit(127);
}

/* `flag` as on the command line: "--cors-origins=https://app.example" */
static inline struct own_service own_service_start(const char *flag)
{
    struct own_service own;
    char url[128];
    int pipes[2];
    FILE *ready;

    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    own.pid = fork();
    cr_assert_geq(own.pid, 0);
    if (own.pid == 0)
        own_service_exec(pipes[1], flag);
    close(pipes[1]);
    ready = fdopen(pipes[0], "r");
    cr_assert_not_null(ready);
    cr_assert_not_null(fgets(url, sizeof(url), ready),
                       "the service with %s does not start", flag);
    fclose(ready);
    url[strcspn(url, "\n")] = '\0';
    setenv("SERVICE_URL", url, 1);
    return own;
}

static inline void own_service_stop(struct own_service *own)
{
    int status = -1;

    kill(own->pid, SIGTERM);
    cr_expect_eq(waitpid(own->pid, &status, 0), own->pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0,
              "it did not end cleanly: %d", status);
}
