/* SPDX-License-Identifier: MIT */
/*
 * Starting one child process: its user, its directory, its descriptors and
 * its signals are what the spec says and nothing else. Every child leads a
 * process group of its own, so that the terminal's Ctrl-C reaches us only, and
 * gets its death signal should we be killed.
 */
#pragma once

#include "admin/account.h"
#include "admin/exit.h"
#include "base/attr.h"

#include <sys/types.h>

enum { FD_NULL = -1 }; /* /dev/null */

struct process_spec {
    const char *const *argv; /* argv[0]: a path, or looked up in PATH */
    char *const *env;        /* NULL: ours */
    const char *directory;   /* NULL: ours */
    struct account account;
    int fds[3];       /* what become its 0, 1 and 2, or FD_NULL */
    int extra_fd;     /* kept open under its number, if above 0 */
    int death_signal; /* sent when we die first */
    bool in_front;    /* it takes the terminal and our other descriptors over:
                       * it is what the user sees */
};

/*
 * Returns when the program runs; -EXIT_NOT_FOUND or -EXIT_NOT_EXECUTABLE when
 * it does not. To be called from a process with one thread.
 */
int process_start(const struct process_spec *spec, pid_t *ret_pid,
                  struct refusal *why) MUST_CHECK;

/*
 * Runs a short-lived program (`pg_config --bindir`) and returns what it wrote
 * on stdout without the last line end, to be freed; NULL if it failed or wrote
 * more than PROCESS_OUTPUT_BYTES.
 */
char *process_output(const char *const *argv) MUST_CHECK;

enum { PROCESS_OUTPUT_BYTES = 4096 };

/* How it ended, in words: "exit status 1", "signal 9 (Killed)". */
void process_end_text(int status, char *ret_text, size_t bytes);

/* waitpid()'s status as a shell tells it: 128 + N for signal N. */
int process_exit_status(int status);
