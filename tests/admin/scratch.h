/* SPDX-License-Identifier: MIT */
/* What the tests of this room share: a scratch directory, and commands run in
 * a process of their own, as they take signals and children over. One test at a
 * time: they start servers and kill at chosen moments; and with two,
 * Criterion's own runner sometimes leaks 48 bytes. */
#pragma once

#include "admin/dev.h"
#include "admin/disk.h"
#include "admin/sandbox.h"
#include "admin/strays.h"
#include "base/memory.h"
#include "support/one_at_a_time.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A forked process ends without its leaks being looked for, unless it asks:
 * with one, its status is the sanitizer's. The threads that the fork did not
 * copy are remarked upon, which is not for the log that is counted. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#define LOOK_FOR_LEAKS()                       \
    do {                                       \
        __sanitizer_set_report_path("stderr"); \
        __lsan_do_leak_check();                \
    } while (0)
#else
#define LOOK_FOR_LEAKS() (void)0
#endif

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct scratch {
    char path[64];
    char *data;  /* a data directory below it */
    char *words; /* where commands write their stderr */
};

UNUSED static void scratch_init(struct scratch *scratch)
{
    strcpy(scratch->path, "/tmp/portcullis-test-XXXXXX");
    cr_assert_not_null(mkdtemp(scratch->path));
    cr_assert_eq(chmod(scratch->path, 0711), 0);
    scratch->data = memory_format("%s/data", scratch->path);
    scratch->words = memory_format("%s/words", scratch->path);
}

UNUSED static void scratch_fini(struct scratch *scratch)
{
    struct refusal why = { 0 };

    cr_expect_eq(disk_remove(scratch->path, &why), 0, "%s", why.line);
    memory_free(&scratch->data);
    memory_free(&scratch->words);
}

UNUSED static void scratch_write(const struct scratch *scratch,
                                 const char *name, const char *content,
                                 mode_t mode)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/%s", scratch->path, name);
    struct refusal why = { 0 };

    cr_assert_eq(disk_replace(path, mode, text_of(content), &why), 0, "%s",
                 why.line);
}

/* What the last command said; to be freed. */
UNUSED static char *scratch_words(const struct scratch *scratch)
{
    char *words = disk_read(scratch->words, 65536, NULL);

    cr_assert_not_null(words);
    return words;
}

UNUSED static bool scratch_said(const struct scratch *scratch, const char *what)
{
    CLEANUP(memory_free) char *words = scratch_words(scratch);

    return strstr(words, what) != NULL;
}

UNUSED static void redirect(const char *path, int fd)
{
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (to < 0 || dup2(to, fd) < 0)
        _exit(99);
    close(to);
}

UNUSED static pid_t sandbox_fork(const struct scratch *scratch,
                                 const struct sandbox_options *options)
{
    pid_t pid = fork();
    int status;

    cr_assert_geq(pid, 0);
    if (pid > 0)
        return pid;
    redirect(scratch->words, STDERR_FILENO);
    status = sandbox_main(options);
    LOOK_FOR_LEAKS();
    _exit(status);
}

UNUSED static int wait_status(pid_t pid)
{
    int status;

    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return process_exit_status(status);
}

UNUSED static int sandbox_run(const struct scratch *scratch,
                              const struct sandbox_options *options)
{
    return wait_status(sandbox_fork(scratch, options));
}

/* A pipe for children to say something through, and to be seen to be gone. */
struct line {
    int fds[2];
    char say[64]; /* shell: writes a byte, e.g. "echo >/proc/self/fd/7" */
};

UNUSED static void line_init(struct line *line)
{
    cr_assert_eq(pipe(line->fds), 0);
    snprintf(line->say, sizeof(line->say), "echo >/proc/self/fd/%d",
             line->fds[1]);
}

/* Closes our own end first; true when there is a byte, false when all other
 * holders have ended. */
UNUSED static bool line_hear(struct line *line)
{
    char byte;

    fd_close(&line->fds[1]);
    line->fds[1] = -1;
    return read(line->fds[0], &byte, 1) == 1;
}
