/* SPDX-License-Identifier: MIT */
#include "admin/supervisor.h"

#include "admin/strays.h"
#include "base/check.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { END_WORDS_BYTES = 64, KILL_AGAIN_MS = 20, MS_FOREVER = 60000 };

static const int taken_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

int supervisor_init(struct supervisor *s, struct refusal *why)
{
    sigset_t taken;

    *s = (struct supervisor){ .signal_fd = -1 };
    sigemptyset(&taken);
    for (size_t i = 0; i < ARRAY_LEN(taken_signals); i++)
        sigaddset(&taken, taken_signals[i]);
    sigprocmask(SIG_BLOCK, &taken, &s->old_mask);
    s->signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signal_fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return refuse(why, EXIT_FAILED, "cannot supervise: %s",
                      strerror(errno));
    return 0;
}

static bool is_running(const struct child *child)
{
    return child->pid > 0;
}

static int child_start(struct child *child, struct refusal *why)
{
    child->restart_at = DEADLINE_NEVER;
    return process_start(&child->spec, &child->pid, why);
}

int supervisor_start(struct supervisor *s, struct child *child,
                     struct refusal *why)
{
    int r;

    CHECK(s->count < SUPERVISOR_CHILDREN_MAX);
    child->pid = 0;
    child->status = 0;
    child->budget = (struct restart_budget){ 0 };
    r = child_start(child, why);
    if (r == 0)
        s->children[s->count++] = child;
    return r;
}

static void drop(struct supervisor *s, const struct child *child)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (s->children[i] != child)
            continue;
        s->count--;
        memmove(&s->children[i], &s->children[i + 1],
                (s->count - i) * sizeof(s->children[0]));
        return;
    }
}

static struct child *find(const struct supervisor *s, pid_t pid)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->children[i]->pid == pid)
            return s->children[i];
    return NULL;
}

static int child_ended(const struct supervisor *s, struct child *child,
                       int status, struct refusal *why)
{
    char words[END_WORDS_BYTES];
    uint64_t now_ns = clock_monotonic_ns(), delay_ms;

    child->pid = 0;
    child->status = status;
    if (!child->restarts || s->ending || supervisor_stopping(s))
        return 0;
    process_end_text(status, words, sizeof(words));
    if (!restart_take(&child->budget, now_ns, &delay_ms))
        return refuse(why, EXIT_SERVER_FAILED,
                      "%s ended %d times within a minute, the last time by "
                      "%s: see its log",
                      child->name, RESTARTS_MAX + 1, words);
    say("%s ended by %s; starting it again", child->name, words);
    child->restart_at = deadline_after(now_ns, delay_ms);
    return 0;
}

/* What is left of a child's group goes with it. It is killed before the child
 * is reaped: until then nobody else can get the group's number. */
static int reap(struct supervisor *s, struct refusal *why)
{
    siginfo_t info = { 0 };
    struct child *child;
    int status, r = 0;

    while (r == 0 &&
           waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid > 0) {
        child = find(s, info.si_pid);
        if (child)
            kill(-info.si_pid, SIGKILL);
        waitpid(info.si_pid, &status, 0);
        if (child)
            r = child_ended(s, child, status, why);
        info.si_pid = 0;
    }
    return r;
}

static void read_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;

    while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
        if (info.ssi_signo != SIGCHLD)
            s->stops++;
}

static int start_due(struct supervisor *s, struct refusal *why)
{
    uint64_t now_ns = clock_monotonic_ns();

    for (unsigned i = 0; i < s->count; i++) {
        struct child *child = s->children[i];
        int r = 0;

        if (!s->ending && deadline_left_ns(child->restart_at, now_ns) == 0)
            r = child_start(child, why);
        if (r < 0)
            return r;
    }
    return 0;
}

static int wait_ms(const struct supervisor *s, struct deadline until)
{
    uint64_t ms;

    for (unsigned i = 0; i < s->count; i++)
        until = deadline_earlier(until, s->children[i]->restart_at);
    ms = deadline_left_ns(until, clock_monotonic_ns()) / NS_PER_MS;
    return ms < MS_FOREVER ? (int)ms + 1 : MS_FOREVER;
}

int supervisor_turn(struct supervisor *s, int fd, struct deadline until,
                    struct refusal *why)
{
    struct pollfd watched[] = { { .fd = s->signal_fd, .events = POLLIN },
                                { .fd = fd, .events = POLLIN } };
    int r;

    poll(watched, ARRAY_LEN(watched), wait_ms(s, until));
    read_signals(s);
    r = reap(s, why);
    return r < 0 ? r : start_due(s, why);
}

int supervisor_await(struct supervisor *s, struct child *child,
                     struct refusal *why)
{
    int r = 0;

    while (r == 0 && is_running(child) && !supervisor_stopping(s))
        r = supervisor_turn(s, -1, DEADLINE_NEVER, why);
    return r;
}

/* True when the child is gone; false at the deadline, or at once when a
 * second signal asks for haste. */
static bool gone_by(struct supervisor *s, struct child *child,
                    struct deadline until)
{
    while (is_running(child) && s->stops < 2 &&
           deadline_left_ns(until, clock_monotonic_ns()) > 0) {
        struct refusal other = { 0 };

        if (supervisor_turn(s, -1, until, &other) < 0)
            say("%s", other.line);
    }
    return !is_running(child);
}

static void hit(struct supervisor *s, struct child *child, int signal,
                unsigned wait_limit_ms)
{
    if (!is_running(child))
        return;
    kill(-child->pid, signal);
    gone_by(s, child, deadline_after(clock_monotonic_ns(), wait_limit_ms));
}

void supervisor_end(struct supervisor *s, struct child *child)
{
    bool restarts = child->restarts;

    child->restarts = false;
    child->restart_at = DEADLINE_NEVER;
    hit(s, child, child->stop_signal, child->stop_ms);
    hit(s, child, child->force_signal, child->stop_ms);
    if (is_running(child)) {
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, &child->status, 0);
        child->pid = 0;
    }
    child->restarts = restarts;
    drop(s, child);
}

int supervisor_run(struct supervisor *s, struct child *child, int *ret_status,
                   struct refusal *why)
{
    int r = supervisor_start(s, child, why);

    if (r < 0)
        return r;
    r = supervisor_await(s, child, why);
    supervisor_end(s, child);
    *ret_status = child->status;
    return r;
}

/* Processes may fork while we look: until the kernel says there are none. */
static void end_leftovers(void)
{
    while (waitpid(-1, NULL, WNOHANG) >= 0) {
        strays_kill_own();
        poll(NULL, 0, KILL_AGAIN_MS);
    }
}

void supervisor_fini(struct supervisor *s)
{
    s->ending = true;
    while (s->count > 0)
        supervisor_end(s, s->children[s->count - 1]);
    end_leftovers();
    if (s->signal_fd >= 0)
        close(s->signal_fd);
    s->signal_fd = -1;
    sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
}
