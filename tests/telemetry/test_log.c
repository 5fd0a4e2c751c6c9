/* SPDX-License-Identifier: MIT */
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char out[1 << 20];
static int ends[2];

static void use_pipe(enum log_level level, enum log_format format)
{
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    log_setup(level, format, ends[1]);
}

/* All that has come through the pipe so far. */
static const char *taken(void)
{
    size_t len = 0;
    ssize_t got;

    while ((got = read(ends[0], out + len, sizeof(out) - 1 - len)) > 0)
        len += (size_t)got;
    out[len] = '\0';
    return out;
}

static long dropped(void)
{
    static const char name[] = "\nportcullis_log_dropped_total ";
    CLEANUP(buffer_fini) struct buffer metrics;
    const char *at;

    buffer_init(&metrics, 1 << 20);
    metrics_write(&metrics);
    buffer_add_byte(&metrics, '\0');
    at = strstr(metrics.at, name);
    cr_assert_not_null(at);
    return strtol(at + strlen(name), NULL, 10);
}

static long lines_in(const char *text)
{
    long lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

Test(log, writes_an_event_as_one_json_object)
{
    struct event ev;

    use_pipe(LOG_INFO, LOG_JSON);
    event_begin(&ev, LOG_WARN, "request");
    event_text(&ev, "route", TEXT("/v1/bills/{id}"));
    event_int(&ev, "status", 200);
    event_int(&ev, "least", INT64_MIN);
    event_ms(&ev, "duration_ms", 12034567);
    event_bool(&ev, "cached", true);
    event_text(&ev, "absent", TEXT_NULL);
    event_end(&ev);
    taken();
    cr_expect_eq(strncmp(out, "{\"time\":\"20", 11), 0);
    cr_expect_str_eq(out + strlen("{\"time\":\"2026-11-21T08:30:00.123456Z\","),
                     "\"level\":\"warn\",\"event\":\"request\","
                     "\"route\":\"/v1/bills/{id}\",\"status\":200,"
                     "\"least\":-9223372036854775808,"
                     "\"duration_ms\":12.034,\"cached\":true}\n");
}

Test(log, stays_one_line_whatever_a_client_sends)
{
    use_pipe(LOG_INFO, LOG_JSON);
    log_line(LOG_INFO, "x", "a\r\nb\x1B[2J\xE2\x80\xA8\xC2\x85\xFF\"\\");
    taken();
    cr_expect_eq(lines_in(out), 1);
    cr_expect_not_null(strstr(out, "\"message\":\"a\\r\\nb\\u001b[2J\\u2028"
                                   "\\u0085\xEF\xBF\xBD\\\"\\\\\"}\n"),
                       "%s", out);
}

Test(log, cuts_a_line_that_is_longer_than_a_pipe_takes_at_once)
{
    static char longest[3 * PIPE_BUF];
    struct event ev;

    use_pipe(LOG_INFO, LOG_JSON);
    memset(longest, '\n', sizeof(longest) - 1);
    event_begin(&ev, LOG_INFO, "x");
    event_string(&ev, "path", longest);
    event_int(&ev, "left_out", 1);
    event_end(&ev);
    taken();
    cr_expect_leq(strlen(out), PIPE_BUF);
    cr_expect_eq(lines_in(out), 1);
    cr_expect_not_null(strstr(out, "\\n\",\"truncated\":true}\n"));
    cr_expect_null(strstr(out, "left_out"));
}

Test(log, leaves_out_what_nobody_wants_and_obeys_a_change)
{
    use_pipe(LOG_WARN, LOG_JSON);
    log_line(LOG_INFO, "x", "no");
    cr_expect_not(log_wants(LOG_INFO));
    log_set_level(LOG_DEBUG);
    log_line(LOG_DEBUG, "x", "yes");
    cr_expect_not_null(strstr(taken(), "yes"));
    cr_expect_null(strstr(out, "\"no\""));
}

Test(log, keeps_a_batch_until_it_is_flushed)
{
    use_pipe(LOG_INFO, LOG_JSON);
    log_batch(true);
    for (int i = 0; i < 100; i++)
        log_line(LOG_INFO, "x", "%d", i);
    cr_expect_str_eq(taken(), "");
    log_flush();
    cr_expect_eq(lines_in(taken()), 100);
    cr_expect_eq(dropped(), 0);
}

Test(log, never_waits_for_a_reader_and_counts_what_it_drops)
{
    long seen = 0;

    use_pipe(LOG_INFO, LOG_JSON);
    for (int i = 0; i < 5000; i++)
        log_line(LOG_INFO, "x", "%0100d", i);
    cr_expect_gt(dropped(), 0);
    for (long before = -1; seen > before; log_flush()) {
        before = seen;
        taken();
        cr_assert(out[0] == '\0' || out[strlen(out) - 1] == '\n',
                  "whole lines only");
        seen += lines_in(out);
    }
    cr_expect_eq(seen + dropped(), 5000);
    log_line(LOG_INFO, "x", "and it goes on");
    cr_expect_not_null(strstr(taken(), "and it goes on"));
}

Test(log, leaves_the_flags_of_the_descriptor_alone)
{
    use_pipe(LOG_INFO, LOG_JSON);
    log_line(LOG_INFO, "x", "y");
    cr_expect_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
}

Test(log, never_waits_for_a_socket_either)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    log_setup(LOG_INFO, LOG_JSON, ends[1]);
    for (int i = 0; i < 5000; i++)
        log_line(LOG_INFO, "x", "%0100d", i);
    cr_expect_gt(dropped(), 0);
}

Test(log, counts_lines_dropped_when_nobody_listens_any_more)
{
    use_pipe(LOG_INFO, LOG_JSON);
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    log_line(LOG_INFO, "x", "y");
    cr_expect_eq(dropped(), 1);
}

Test(log, counts_lines_a_full_disk_did_not_take)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    cr_assert_geq(full, 0);
    log_setup(LOG_INFO, LOG_JSON, full);
    log_line(LOG_INFO, "x", "y");
    cr_expect_eq(dropped(), 1);
    close(full);
}

Test(log, reads_well_on_a_terminal_and_quotes_only_where_it_must)
{
    struct event ev;

    use_pipe(LOG_INFO, LOG_PRETTY);
    event_begin(&ev, LOG_INFO, "request");
    event_text(&ev, "route", TEXT("/v1/bills"));
    event_text(&ev, "agent", TEXT("a b\n"));
    event_text(&ev, "empty", TEXT(""));
    event_end(&ev);
    taken();
    cr_expect_str_eq(out + strlen("08:30:00.123"),
                     " info  request route=/v1/bills agent=\"a b\\n\" "
                     "empty=\"\"\n");
}

Test(log, chooses_json_by_itself_where_no_terminal_is)
{
    use_pipe(LOG_INFO, LOG_AUTO);
    log_line(LOG_INFO, "x", "y");
    cr_expect_eq(taken()[0], '{');
}

static const char *on_a_terminal(enum log_format format)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    int terminal;

    cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert_geq(terminal, 0);
    log_setup(LOG_INFO, format, terminal);
    log_line(LOG_WARN, "x", "y");
    ends[0] = master;
    taken();
    close(terminal);
    close(master);
    return out;
}

Test(log, colours_a_terminal_unless_asked_not_to)
{
    unsetenv("NO_COLOR");
    cr_expect_not_null(strstr(on_a_terminal(LOG_AUTO), "\033[33mwarn\033[0m"));
    setenv("NO_COLOR", "1", 1);
    cr_expect_null(strchr(on_a_terminal(LOG_AUTO), '\033'));
    cr_expect_not_null(strstr(out, " warn  x message=y"));
    cr_expect_eq(on_a_terminal(LOG_JSON)[0], '{');
}

Test(log, tells_an_error_with_its_cause)
{
    struct diag diag;
    struct event ev;

    use_pipe(LOG_INFO, LOG_JSON);
    diag_init(&diag, NULL);
    diag.code = -ERR_DUPLICATE;
    snprintf(diag.detail, sizeof(diag.detail), "taken");
    snprintf(diag.sqlstate, sizeof(diag.sqlstate), "23505");
    diag.file = "a.c";
    diag.line = 7;
    event_begin(&ev, LOG_INFO, "x");
    event_diag(&ev, &diag);
    event_end(&ev);
    cr_expect_not_null(strstr(taken(), "\"error\":\"duplicate\",\"detail\":"
                                       "\"taken\",\"sqlstate\":\"23505\","
                                       "\"source\":\"a.c\",\"line\":7}"),
                       "%s", out);
}

static void *log_many(void *name)
{
    log_batch(true);
    for (int i = 0; i < 200; i++)
        log_line(LOG_INFO, name, "%d", i);
    return NULL;
}

Test(log, writes_what_a_thread_has_left_when_it_ends)
{
    char names[4][2] = { "a", "b", "c", "d" };
    pthread_t threads[4];

    use_pipe(LOG_INFO, LOG_JSON);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(lines_in(taken()) + dropped(), 800);
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
        cr_assert(line[0] == '{' && line[strlen(line) - 1] == '}',
                  "no line is torn: %s", line);
}
