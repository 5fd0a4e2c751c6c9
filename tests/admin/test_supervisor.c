/* SPDX-License-Identifier: MIT */
#include "admin/supervisor.h"

#include "scratch.h"

static struct child shell(const char *const *argv)
{
    return (struct child){ .name = "a test's child",
                           .spec = { .argv = argv,
                                     .account = account_self(),
                                     .fds = { FD_NULL, FD_NULL, FD_NULL },
                                     .death_signal = SIGKILL },
                           .stop_signal = SIGTERM,
                           .force_signal = SIGKILL,
                           .stop_ms = 60000 };
}

static void start(struct supervisor *s, struct child *child)
{
    struct refusal why = { 0 };

    cr_assert_eq(supervisor_start(s, child, &why), 0, "%s", why.line);
}

static void turn(struct supervisor *s)
{
    struct refusal why = { 0 };

    cr_assert_eq(supervisor_turn(
                     s, -1, deadline_after(clock_monotonic_ns(), 1000), &why),
                 0, "%s", why.line);
}

static struct supervisor supervise(void)
{
    struct refusal why = { 0 };
    struct supervisor s;

    cr_assert_eq(supervisor_init(&s, &why), 0, "%s", why.line);
    return s;
}

/* All of them hold the line: it ends when the last one has. */
Test(supervisor, leaves_no_grandchild_not_even_in_a_session_of_its_own,
     .timeout = 20)
{
    struct supervisor s = supervise();
    struct child child;
    struct line line;
    char script[256];
    int status;

    line_init(&line);
    snprintf(script, sizeof(script),
             "sleep 1000 & setsid sleep 1000 & (setsid sleep 1000 &) ; "
             "trap '' TERM; %s; wait; wait",
             line.say);
    child = shell(ARGV("sh", "-c", script));
    child.spec.extra_fd = line.fds[1];
    child.stop_ms = 100;
    start(&s, &child);
    cr_assert(line_hear(&line), "it has made them all");
    supervisor_fini(&s);
    cr_expect_not(line_hear(&line), "nobody holds the line");
    cr_expect_eq(child.pid, 0);
    cr_expect_eq(waitpid(-1, &status, WNOHANG), -1, "all are reaped");
}

static void start_noting(struct supervisor *s, struct child *child,
                         const char *note, const struct scratch *scratch)
{
    struct line line;
    char script[256];

    line_init(&line);
    snprintf(script, sizeof(script),
             "trap 'echo %s >>%s; exit' TERM; %s; "
             "while :; do sleep 0.01; done",
             note, scratch->words, line.say);
    *child = shell(ARGV("sh", "-c", script));
    child->spec.extra_fd = line.fds[1];
    start(s, child);
    cr_assert(line_hear(&line), "its trap is set");
    close(line.fds[0]);
}

Test(supervisor, ends_the_last_started_first, .timeout = 20)
{
    CLEANUP(memory_free) char *notes = NULL;
    struct supervisor s = supervise();
    struct scratch scratch;
    struct child first, second;

    scratch_init(&scratch);
    start_noting(&s, &first, "first", &scratch);
    start_noting(&s, &second, "second", &scratch);
    supervisor_fini(&s);
    notes = scratch_words(&scratch);
    cr_expect_str_eq(notes, "second\nfirst\n");
    scratch_fini(&scratch);
}

Test(supervisor, is_asked_to_end_by_a_signal_and_hurried_by_a_second,
     .timeout = 20)
{
    struct child child =
        shell(ARGV("sh", "-c", "trap '' TERM; while :; do sleep 1; done"));
    struct supervisor s = supervise();
    uint64_t began_ns = clock_monotonic_ns();

    start(&s, &child);
    cr_expect_not(supervisor_stopping(&s));
    kill(getpid(), SIGTERM);
    turn(&s);
    cr_expect(supervisor_stopping(&s));
    kill(getpid(), SIGINT);
    supervisor_fini(&s);
    cr_expect_lt(clock_monotonic_ns() - began_ns, 10 * NS_PER_S,
                 "a minute was its limit");
}

Test(supervisor, starts_a_server_again_that_died, .timeout = 20)
{
    struct child child = shell(ARGV("sleep", "1000"));
    struct supervisor s = supervise();
    pid_t first;

    child.restarts = true;
    start(&s, &child);
    first = child.pid;
    kill(first, SIGKILL);
    while (child.pid == first)
        turn(&s);
    cr_expect_eq(child.pid, 0, "not at once");
    while (child.pid == 0)
        turn(&s);
    cr_expect_neq(child.pid, first);
    supervisor_fini(&s);
}

Test(supervisor, gives_up_on_a_server_that_keeps_dying, .timeout = 300)
{
    struct child child = shell(ARGV("false"));
    struct supervisor s = supervise();
    struct refusal why = { 0 };
    int r = 0;

    child.restarts = true;
    start(&s, &child);
    while (r == 0)
        r = supervisor_turn(&s, -1, DEADLINE_NEVER, &why);
    cr_expect_eq(r, -EXIT_SERVER_FAILED);
    cr_expect_not_null(strstr(why.line, "ended 6 times"), "%s", why.line);
    supervisor_fini(&s);
}

Test(supervisor, runs_a_job_to_its_end)
{
    struct child job = shell(ARGV("sh", "-c", "exit 3"));
    struct supervisor s = supervise();
    struct refusal why = { 0 };
    int status = 0;

    cr_assert_eq(supervisor_run(&s, &job, &status, &why), 0);
    cr_expect_eq(process_exit_status(status), 3);
    cr_expect_eq(s.count, 0);
    supervisor_fini(&s);
}
