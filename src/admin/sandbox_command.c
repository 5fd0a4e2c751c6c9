/* SPDX-License-Identifier: MIT */
#include "admin/sandbox.h"

#include <signal.h>
#include <unistd.h>

enum { COMMAND_STOP_MS = 10000 };

/* The command had the terminal; writing to it from behind would stop us. */
static void take_terminal_back(void)
{
    sigset_t background, old;

    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    sigprocmask(SIG_BLOCK, &background, &old);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static int run_command(struct sandbox *sandbox, const char *const *argv,
                       int *ret_status, struct refusal *why)
{
    struct environment env;
    struct child command = {
        .name = argv[0],
        .spec = { .argv = argv,
                  .account = account_self(),
                  .fds = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
                  .death_signal = SIGTERM,
                  .in_front = true },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = COMMAND_STOP_MS,
    };
    bool have_terminal = tcgetpgrp(STDIN_FILENO) == getpgrp();
    int r;

    environment_init_copy(&env);
    sandbox_environment(sandbox, false, &env);
    command.spec.env = env.list;
    r = supervisor_run(&sandbox->supervisor, &command, ret_status, why);
    environment_fini(&env);
    if (have_terminal)
        take_terminal_back();
    return r;
}

int sandbox_main(const struct sandbox_options *options)
{
    struct refusal why = { 0 };
    struct sandbox sandbox;
    int status = 0, r = sandbox_start(&sandbox, options, &why);

    if (r == 0 && supervisor_stopping(&sandbox.supervisor))
        r = refuse(&why, EXIT_FAILED,
                   "it was asked to stop before the command began");
    if (r == 0)
        r = run_command(&sandbox, options->command, &status, &why);
    sandbox_end(&sandbox);
    if (r == 0)
        return process_exit_status(status);
    say("%s", why.line);
    return why.status;
}
