/* SPDX-License-Identifier: MIT */
#include "admin/process.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the new child says through the pipe when it cannot become the program;
 * an exec that works closes the pipe without a word. */
struct excuse {
    int error;
    char step[32];
};

NORETURN static void give_up(int excuse_fd, const char *step)
{
    struct excuse excuse = { .error = errno };

    snprintf(excuse.step, sizeof(excuse.step), "%s", step);
    if (write(excuse_fd, &excuse, sizeof(excuse)) < 0)
        _exit(EXIT_FAILED);
    _exit(EXIT_NOT_EXECUTABLE);
}

static void reset_signals(void)
{
    struct sigaction plain = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Only while all signals are still blocked: SIGTTOU would stop us. */
static void take_terminal(void)
{
    if (tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
        tcsetpgrp(STDIN_FILENO, getpid());
}

/* The wanted descriptors may stand in each other's places: they are copied up
 * first. /dev/null stands in for the missing ones. */
static int place_descriptors(const struct process_spec *spec)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high[3];

    for (int i = 0; i < 3; i++) {
        int fd = spec->fds[i] == FD_NULL ? null_fd : spec->fds[i];

        high[i] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    }
    for (int i = 0; i < 3; i++)
        if (high[i] < 0 || dup2(high[i], i) < 0)
            return -1;
    if (!spec->in_front && close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
        return -1;
    return spec->extra_fd > 0 ? fcntl(spec->extra_fd, F_SETFD, 0) : 0;
}

/* The death signal is set after the change of user, which clears it; and our
 * parent may have died before it was. */
static int tie_to(pid_t parent, int death_signal)
{
    if (prctl(PR_SET_PDEATHSIG, death_signal) < 0)
        return -1;
    errno = ESRCH;
    return getppid() == parent ? 0 : -1;
}

NORETURN static void become(const struct process_spec *spec, pid_t parent,
                            int excuse_fd)
{
    setpgid(0, 0);
    if (spec->in_front)
        take_terminal();
    if (spec->directory && chdir(spec->directory) < 0)
        give_up(excuse_fd, "enter its directory");
    if (account_become(&spec->account) < 0)
        give_up(excuse_fd, "change its user");
    if (tie_to(parent, spec->death_signal) < 0)
        give_up(excuse_fd, "stay with its parent");
    if (place_descriptors(spec) < 0)
        give_up(excuse_fd, "place its descriptors");
    reset_signals();
    execvpe(spec->argv[0], (char *const *)spec->argv,
            spec->env ? spec->env : environ);
    give_up(excuse_fd, "be executed");
}

static int explain(const struct process_spec *spec, const struct excuse *excuse,
                   struct refusal *why)
{
    if (excuse->error == ENOENT)
        return refuse(why, EXIT_NOT_FOUND, "%s: not found", spec->argv[0]);
    return refuse(why, EXIT_NOT_EXECUTABLE, "%s cannot %s: %s", spec->argv[0],
                  excuse->step, strerror(excuse->error));
}

/* Signals stay blocked over the fork, so that the child meets none of ours
 * before it has reset them. */
static pid_t fork_into(const struct process_spec *spec, const int pipe_fds[2])
{
    pid_t parent = getpid(), pid;
    sigset_t all, old;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid = fork();
    if (pid == 0)
        become(spec, parent, pipe_fds[1]);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return pid;
}

int process_start(const struct process_spec *spec, pid_t *ret_pid,
                  struct refusal *why)
{
    struct excuse excuse;
    int fds[2];
    ssize_t got;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return refuse(why, EXIT_FAILED, "no pipe: %s", strerror(errno));
    *ret_pid = fork_into(spec, fds);
    close(fds[1]);
    got = *ret_pid > 0 ? read(fds[0], &excuse, sizeof(excuse)) : 0;
    close(fds[0]);
    if (*ret_pid < 0)
        return refuse(why, EXIT_FAILED, "no process for %s: %s", spec->argv[0],
                      strerror(errno));
    if (got != (ssize_t)sizeof(excuse))
        return 0;
    waitpid(*ret_pid, NULL, 0);
    return explain(spec, &excuse, why);
}

static void read_all(int fd, struct buffer *output)
{
    char *room;
    ssize_t got;

    do {
        room = buffer_room(output, 512);
        got = room ? read(fd, room, 512) : 0;
        if (got > 0)
            buffer_grew(output, (size_t)got);
    } while (got > 0);
}

char *process_output(const char *const *argv)
{
    CLEANUP(buffer_fini) struct buffer output;
    struct refusal why = { 0 };
    struct process_spec spec = { .argv = argv,
                                 .account = account_self(),
                                 .fds = { FD_NULL, FD_NULL, FD_NULL },
                                 .death_signal = SIGKILL };
    int fds[2], status = -1;
    pid_t pid;

    buffer_init(&output, PROCESS_OUTPUT_BYTES);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return NULL;
    spec.fds[STDOUT_FILENO] = fds[1];
    if (process_start(&spec, &pid, &why) == 0) {
        close(fds[1]);
        fds[1] = -1;
        read_all(fds[0], &output);
        waitpid(pid, &status, 0);
    }
    close(fds[0]);
    if (fds[1] >= 0)
        close(fds[1]);
    if (status != 0 || buffer_overflown(&output))
        return NULL;
    while (output.len > 0 && output.at[output.len - 1] == '\n')
        output.len--;
    return memory_copy(output.at, output.len);
}

void process_end_text(int status, char *ret_text, size_t bytes)
{
    if (WIFSIGNALED(status))
        snprintf(ret_text, bytes, "signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(ret_text, bytes, "exit status %d", WEXITSTATUS(status));
}

int process_exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
