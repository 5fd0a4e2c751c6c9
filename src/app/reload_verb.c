/* SPDX-License-Identifier: MIT */
/* `portcullis reload`: asks a running service to read its settings again, and
 * tells what came of it. */
#include "admin/report.h"
#include "app/pid_file.h"
#include "app/reload_status.h"
#include "app/verb.h"
#include "base/clock.h"
#include "json/encode.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 30, WAIT_S_MAX = 3600, POLL_MS = 20 };

struct asking {
    const char *pid_file; /* "": it cannot be told what came of it */
    pid_t pid;
    uint64_t until_ns;
    struct reload_status status;
    struct report report;
};

/*
 * SIGHUP ends most other programs. A service that cannot be dumped shows its
 * program to root only: then we may be right, and kill() tells the rest.
 */
static bool may_be_portcullis(pid_t pid)
{
    static const char own[] = "portcullis";
    char path[64], program[PATH_MAX];
    const char *name;
    ssize_t len;

    snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid);
    len = readlink(path, program, sizeof(program) - 1);
    if (len < 0)
        return true;
    program[len] = '\0';
    name = strrchr(program, '/');
    return strncmp(name ? name + 1 : program, own, sizeof(own) - 1) == 0;
}

static int find(struct asking *asking, int64_t given, struct refusal *why)
{
    pid_t holder = asking->pid_file[0] ? pid_file_holder(asking->pid_file) : 0;

    if (given > 0 && holder != given)
        asking->pid_file = ""; /* another's */
    asking->pid = given > 0 ? (pid_t)given : holder;
    if (given > 0 && !may_be_portcullis(asking->pid))
        return refuse(why, EXIT_USAGE,
                      "process %ld is no portcullis: nothing was sent",
                      (long)asking->pid);
    if (asking->pid > 0)
        return 0;
    if (!asking->pid_file[0])
        return refuse(why, EXIT_USAGE,
                      "which one? Give --pid N, or the setting pid_file");
    return refuse(why, EXIT_FAILED, "pid_file: %s: no process has it",
                  asking->pid_file);
}

/* --- what came of it ------------------------------------------------------ */

static int wait_for_end(struct asking *asking, struct refusal *why)
{
    const struct timespec pause = { .tv_nsec = POLL_MS * (long)NS_PER_MS };
    int64_t before = asking->status.begun;

    while (asking->status.ended <= before) {
        if (pid_file_holder(asking->pid_file) != asking->pid)
            return refuse(why, EXIT_FAILED,
                          "process %ld ended before it had read its settings",
                          (long)asking->pid);
        if (clock_monotonic_ns() >= asking->until_ns)
            return refuse(why, EXIT_FAILED,
                          "process %ld has not answered in time; what came of "
                          "it will stand in its log",
                          (long)asking->pid);
        nanosleep(&pause, NULL);
        if (!reload_status_read(&asking->status, asking->pid_file))
            asking->status.ended = before;
    }
    return 0;
}

static int judge(const struct asking *asking, struct refusal *why)
{
    struct text rest = buffer_text(&asking->status.mistakes), line;

    if (asking->status.taken)
        return 0;
    while (text_cut(&rest, '\n', &line))
        if (line.len > 0)
            say("%.*s", TEXT_ARG(line));
    return refuse(why, EXIT_CONFIG,
                  "refused: the service goes on with the settings it had");
}

static int ask(struct asking *asking, struct refusal *why)
{
    bool tells = asking->pid_file[0] &&
                 reload_status_read(&asking->status, asking->pid_file);
    int r = 0;

    report_step(&asking->report, "ask process %ld", (long)asking->pid);
    if (kill(asking->pid, SIGHUP) < 0)
        return refuse(why, EXIT_FAILED, "process %ld: %s", (long)asking->pid,
                      strerror(errno));
    if (!tells) {
        report_done(&asking->report,
                    "asked; what came of it stands in its log");
        return 0;
    }
    report_step(&asking->report, "new settings");
    r = wait_for_end(asking, why);
    if (r == 0)
        r = judge(asking, why);
    if (r == 0)
        report_done(&asking->report,
                    "taken: %lld changed, %lld wait for a restart",
                    (long long)asking->status.changed,
                    (long long)asking->status.waiting);
    return r;
}

static void add_members(struct asking *asking)
{
    const struct reload_status *status = &asking->status;
    bool told = status->ended > 0;

    buffer_add_string(report_member(&asking->report, "taken"), !told ? "null"
                                                               : status->taken
                                                                   ? "true"
                                                                   : "false");
    buffer_add_format(report_member(&asking->report, "changed"), "%lld",
                      (long long)status->changed);
    buffer_add_format(report_member(&asking->report, "waiting"), "%lld",
                      (long long)status->waiting);
    encode_text(report_member(&asking->report, "mistakes"),
                buffer_text(&status->mistakes));
}

/* That our own settings could be read has been seen before we came here. */
int verb_reload(struct invocation *invocation)
{
    struct asking asking = { .pid_file = settings_text(invocation->settings,
                                                       SETTING_PID_FILE) };
    bool json = take_flag(invocation, "--json");
    struct refusal why = { 0 };
    int64_t given, wait_s;
    int status = take_number(invocation, "--pid", 1, INT_MAX, 0, &given);

    if (status == EXIT_OK)
        status = take_number(invocation, "--timeout", 1, WAIT_S_MAX, WAIT_S,
                             &wait_s);
    if (status == EXIT_OK)
        status = check_no_more(invocation, "reload");
    if (status != EXIT_OK)
        return status;
    asking.until_ns = clock_monotonic_ns() + (uint64_t)wait_s * NS_PER_S;
    reload_status_init(&asking.status);
    report_begin(&asking.report, "reload", json);
    if (find(&asking, given, &why) == 0 && ask(&asking, &why) <= 0)
        add_members(&asking);
    reload_status_fini(&asking.status);
    return report_end(&asking.report, &why);
}
