/* SPDX-License-Identifier: MIT */
/* The program itself, run to its end: PORTCULLIS_PROGRAM. */
#pragma once

#include "base/attr.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_BYTES = 16 * 1024, ARGUMENTS_MAX = 9 };

struct said {
    int status;
    char text[SAID_BYTES];
};

UNUSED static void exec_program(const char *const *arguments, int out)
{
    const char *argv[2 + ARGUMENTS_MAX] = { getenv("PORTCULLIS_PROGRAM") };

    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
        argv[1 + i] = arguments[i];
    if (dup2(out, STDOUT_FILENO) == STDOUT_FILENO &&
        dup2(out, STDERR_FILENO) == STDERR_FILENO)
        execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Runs the program to its end. */
UNUSED static void run_program(struct said *said, const char *const *arguments)
{
    size_t len = 0;
    ssize_t got;
    int pipes[2], status = -1;
    pid_t pid;

    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        exec_program(arguments, pipes[1]);
    close(pipes[1]);
    while ((got = read(pipes[0], said->text + len, SAID_BYTES - 1 - len)) > 0)
        len += (size_t)got;
    close(pipes[0]);
    said->text[len] = '\0';
    cr_expect_eq(waitpid(pid, &status, 0), pid);
    said->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(said, ...) \
    run_program(&(said), (const char *const[]){ __VA_ARGS__, NULL })

UNUSED static bool says(const struct said *said, const char *part)
{
    return strstr(said->text, part) != NULL;
}
