/* SPDX-License-Identifier: MIT */
/*
 * A transaction of somebody else's that holds what it was told to, so that
 * requests have something to wait for. A session of psql, since wire tests
 * know no driver.
 */
#pragma once

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct held {
    pid_t pid;
    int to;
};

static inline void held_exec(int from, int to)
{
    const char *url = getenv("OWNER_DATABASE_URL");

    setenv("PGOPTIONS", "-c app.rights=*:*",
           1); /* what is not seen is not held */
    if (url && dup2(from, STDIN_FILENO) >= 0 && dup2(to, STDOUT_FILENO) >= 0)
        execlp("psql", "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url,
               (char *)NULL);
    _exit(127);
}

/* Returns when the statement was done; its transaction stays open. */
static inline struct held held_begin(const char *statement)
{
    int input[2], output[2];
    char answer[4096] = "";
    struct held held;
    size_t len = 0;
    ssize_t got;

    cr_assert_eq(pipe2(input, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(output, O_CLOEXEC), 0);
    held.to = input[1];
    held.pid = fork();
    cr_assert_geq(held.pid, 0);
    if (held.pid == 0)
        held_exec(input[0], output[1]);
    close(input[0]);
    close(output[1]);
    dprintf(held.to, "BEGIN;\n%s;\n\\echo it is held\n", statement);
    while (!strstr(answer, "it is held") && len < sizeof(answer) - 1 &&
           (got = read(output[0], answer + len, sizeof(answer) - 1 - len)) > 0)
        len += (size_t)got;
    close(output[0]);
    cr_assert(strstr(answer, "it is held") != NULL, "%s: %s", statement,
              answer);
    return held;
}

/* Rolls back. */
static inline void held_end(struct held *held)
{
    close(held->to);
    cr_expect_eq(waitpid(held->pid, NULL, 0), held->pid);
}
