/* SPDX-License-Identifier: MIT */
/* `portcullis reload`: asks a running service to read its settings again. */
#include "app/pid_file.h"
#include "app/verb.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

static int find(const struct invocation *invocation, int64_t given, pid_t *ret)
{
    const char *path = settings_text(invocation->settings, SETTING_PID_FILE);

    *ret = (pid_t)given;
    if (given > 0)
        return EXIT_OK;
    if (!path[0]) {
        say("which one? Give --pid N, or the setting pid_file");
        return EXIT_USAGE;
    }
    *ret = pid_file_holder(path);
    if (*ret > 0)
        return EXIT_OK;
    say("pid_file: %s: no process has it", path);
    return EXIT_FAILED;
}

/* That our own settings could be read has been seen before we came here. */
int verb_reload(struct invocation *invocation)
{
    int64_t given;
    pid_t pid;
    int status = take_number(invocation, "--pid", 1, INT_MAX, 0, &given);

    if (status == EXIT_OK)
        status = check_no_more(invocation, "reload");
    if (status == EXIT_OK)
        status = find(invocation, given, &pid);
    if (status != EXIT_OK)
        return status;
    if (kill(pid, SIGHUP) == 0)
        return EXIT_OK;
    say("process %ld: %s", (long)pid, strerror(errno));
    return EXIT_FAILED;
}
