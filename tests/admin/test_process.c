/* SPDX-License-Identifier: MIT */
#include "admin/process.h"

#include "scratch.h"

#include <signal.h>

static struct process_spec plain(const char *const *argv)
{
    return (struct process_spec){ .argv = argv,
                                  .account = account_self(),
                                  .fds = { FD_NULL, FD_NULL, FD_NULL },
                                  .death_signal = SIGKILL };
}

static int run(const struct process_spec *spec)
{
    struct refusal why = { 0 };
    pid_t pid;

    cr_assert_eq(process_start(spec, &pid, &why), 0, "%s", why.line);
    return wait_status(pid);
}

Test(process, passes_its_exit_status_on)
{
    struct process_spec spec = plain(ARGV("sh", "-c", "exit 7"));

    cr_expect_eq(run(&spec), 7);
    spec.argv = ARGV("sh", "-c", "kill -9 $$");
    cr_expect_eq(run(&spec), 128 + 9);
}

Test(process, says_what_was_not_found_and_what_cannot_run)
{
    struct refusal missing = { 0 }, folder = { 0 };
    struct process_spec spec = plain(ARGV("no-such-program"));
    pid_t pid;

    cr_expect_eq(process_start(&spec, &pid, &missing), -EXIT_NOT_FOUND);
    cr_expect_not_null(strstr(missing.line, "no-such-program"));
    spec.argv = ARGV("/tmp");
    cr_expect_eq(process_start(&spec, &pid, &folder), -EXIT_NOT_EXECUTABLE);
}

Test(process, leads_its_own_group_with_signals_as_new)
{
    struct process_spec spec =
        plain(ARGV("sh", "-c", "test $(ps -o pgid= $$) = $$ && kill $$"));

    signal(SIGTERM, SIG_IGN);
    cr_expect_eq(run(&spec), 128 + SIGTERM, "it was not left ignored");
}

Test(process, gets_its_environment_its_directory_and_no_open_file)
{
    char path[] = "PATH=/usr/bin:/bin", who[] = "WHO=me", open_file[32];
    char *env[] = { path, who, NULL };
    struct process_spec spec =
        plain(ARGV("sh", "-c", "test $WHO = me && test $PWD = /"));
    int fd = open("/dev/null", O_WRONLY);

    spec.env = env;
    spec.directory = "/";
    cr_expect_eq(run(&spec), 0);
    snprintf(open_file, sizeof(open_file), "/proc/self/fd/%d", fd);
    spec.argv = ARGV("test", "-e", open_file);
    cr_expect_eq(run(&spec), 1, "ours is closed");
    spec.extra_fd = fd;
    cr_expect_eq(run(&spec), 0, "the one that was asked for is open");
    close(fd);
}

Test(process, output_is_cut_off_where_a_program_fails)
{
    CLEANUP(memory_free) char *said = process_output(ARGV("echo", "15.2"));

    cr_assert_not_null(said);
    cr_expect_str_eq(said, "15.2");
    cr_expect_null(process_output(ARGV("sh", "-c", "echo 15.2; exit 1")));
    cr_expect_null(process_output(ARGV("head", "-c", "5000", "/dev/zero")));
    cr_expect_null(process_output(ARGV("no-such-program")));
}

/* We adopt the orphan and wait for its end: nothing else would end it. */
Test(process, dies_with_a_parent_that_is_killed, .timeout = 300)
{
    struct process_spec spec = plain(ARGV("sleep", "1000"));
    struct refusal why = { 0 };
    int fds[2], status;
    pid_t parent, orphan = 0;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(pipe(fds), 0);
    parent = fork();
    if (parent == 0) {
        if (process_start(&spec, &orphan, &why) == 0 &&
            write(fds[1], &orphan, sizeof(orphan)) == sizeof(orphan))
            raise(SIGKILL);
        _exit(1);
    }
    cr_assert_eq(read(fds[0], &orphan, sizeof(orphan)), sizeof(orphan));
    cr_assert_eq(wait_status(parent), 128 + SIGKILL);
    cr_assert_eq(waitpid(orphan, &status, 0), orphan);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
