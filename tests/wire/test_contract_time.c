/* SPDX-License-Identifier: MIT */
/*
 * Deadlines, limits and the log (api.md § 1 and 5): services with settings of
 * their own, and a transaction of somebody else's to wait for. What is held
 * here no other program touches at the same time.
 */
#include "base/buffer.h"
#include "made.h"

#include "support/held.h"
#include "support/own_service.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#define FLAGS(...)                      \
    (const char *const[])               \
    {                                   \
        __VA_ARGS__, (const char *)NULL \
    }
#define HOLD(table) "LOCK TABLE " table " IN ACCESS EXCLUSIVE MODE"

static void send_get(struct wire *wire, const char *path, const char *headers)
{
    wire->method = "GET";
    wire->path = path;
    wire_send_string(
        wire, SAY(wire, "GET %s HTTP/1.1\r\nHost: t\r\n%s\r\n", path, headers));
}

/* --- deadlines ----------------------------------------------------------- */

Test(contract_time, a_client_may_give_less_or_more_time)
{
    struct own_service own = own_service_start("--statement-timeout=1m");
    const char *actions;
    struct wire brief, patient;
    struct held held;

    wire_open(&brief);
    wire_open(&patient);
    actions = SAY(&brief, "%s/actions",
                  make(&brief, "bills", bill(&brief, some_key(&brief), "")));
    held = held_begin(HOLD("bill_actions"));
    send_get(&patient, actions, "Request-Timeout: 30000\r\n");
    send_get(&brief, actions, "Request-Timeout: 20\r\n");
    EXPECT(wire_read(&brief, false), 504, "\"code\":\"deadline_exceeded\"");
    send_get(&brief, actions, "");
    EXPECT(wire_read(&brief, false), 504, "\"code\":\"deadline_exceeded\"");
    held_end(&held);
    EXPECT(wire_read(&patient, false), 200, "[]");
    wire_close(&brief);
    wire_close(&patient);
    own_service_stop(&own);
}

/*
 * Both are of the one loop; the second has nothing to wait for. The test
 * above may hold the table next, and longer than the service gives by itself.
 */
Test(contract_time, a_read_does_not_wait_for_a_slower_one)
{
    struct own_service own = own_service_start("--statement-timeout=1m");
    const char *path;
    struct wire quick, slow;
    struct held held;

    wire_open(&quick);
    wire_open(&slow);
    path = make(&quick, "bills", bill(&quick, some_key(&quick), ""));
    held = held_begin(HOLD("bill_actions"));
    wire_send_string(&slow, SAY(&slow,
                                "GET %s/actions HTTP/1.1\r\nHost: t\r\n"
                                "Authorization: Bearer %s\r\n"
                                "Request-Timeout: 30000\r\n\r\n",
                                path, getenv("ADMIN_TOKEN")));
    EXPECT(get(&quick, path), 200, NULL);
    EXPECT(get(&quick, "/v1/people?limit=1"), 200, NULL);
    held_end(&held);
    cr_expect_eq(wire_read(&slow, false).status, 200,
                 "the others were answered before its time was up");
    wire_close(&quick);
    wire_close(&slow);
    own_service_stop(&own);
}

Test(contract_time, who_waits_for_a_row_is_told_that_it_is_locked)
{
    const char *path;
    struct answer answer;
    struct wire wire;
    struct held held;

    wire_open(&wire);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    held = held_begin(SAY(&wire, "UPDATE bills SET title = 'x' WHERE id = '%s'",
                          id_of(path)));
    answer = ask(&wire, SAY(&wire, "PATCH %s", path),
                 "Request-Timeout: 1000\r\n", "{\"title\":\"y\"}");
    EXPECT(answer, 409, "\"code\":\"lock_timeout\"");
    held_end(&held);
    EXPECT(get(&wire, path), 200, "\"title\":\"A bill\"");
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), NULL, "{\"title\":\"y\"}"),
           200, "\"title\":\"y\"");
    wire_close(&wire);
}

Test(contract_time, too_many_at_once_are_told_to_come_back)
{
    struct own_service own = own_service_start("--max-in-flight=1");
    struct answer answer = { .status = 200 };
    const char *cosponsors;
    struct wire first, others;
    struct held held;

    wire_open(&first);
    wire_open(&others);
    cosponsors = SAY(&first, "%s/cosponsors",
                     make(&first, "bills", bill(&first, some_key(&first), "")));
    held = held_begin(HOLD("bill_cosponsors"));
    send_get(&first, cosponsors, "Request-Timeout: 30000\r\n");
    for (int i = 0; i < 1000 && answer.status == 200; i++)
        answer = get(&others, "/v1/people?limit=1&fields=id");
    EXPECT(answer, 503, "\"code\":\"overloaded\"");
    cr_expect_not(text_is_null(answer_header(&answer, "Retry-After")));
    held_end(&held);
    EXPECT(wire_read(&first, false), 200, NULL);
    wire_close(&first);
    wire_close(&others);
    own_service_stop(&own);
}

/* --- slow clients -------------------------------------------------------- */

static void expect_408(const char *bytes)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, bytes);
    answer = wire_read(&wire, false);
    EXPECT(answer, 408, "\"code\":\"request_timeout\"");
    cr_expect(text_is(answer_header(&answer, "Connection"), "close"));
    cr_expect(wire_is_closed(&wire));
    wire_close(&wire);
}

Test(contract_time, a_slow_head_or_body_is_refused)
{
    struct own_service own = own_service_start_with(
        FLAGS("--head-timeout=200ms", "--body-timeout=200ms",
              "--log-level=error"),
        STDERR_FILENO);

    expect_408("GET /livez HTTP/1.1\r\nHost: a\r\n");
    expect_408("POST /v1/bills HTTP/1.1\r\nHost: a\r\n"
               "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
    own_service_stop(&own);
}

/* How many requests were in progress when the service looked last. */
static long active_requests(void)
{
    static const char name[] = "\nhttp_server_active_requests ";
    const char *all, *at;
    struct wire wire;
    long active;

    wire_open(&wire);
    all = SAY(&wire, "%.*s", TEXT_ARG(get(&wire, "/metrics").body));
    at = strstr(all, name);
    cr_assert_not_null(at);
    active = strtol(at + strlen(name), NULL, 10);
    wire_close(&wire);
    return active;
}

static void wait_for_active(long wanted)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    long active = -1;

    for (int i = 0; i < 1000 && active != wanted; i++) {
        active = active_requests();
        nanosleep(&pause, NULL);
    }
    cr_assert_eq(active, wanted);
}

/* More than the sockets between us hold, in one import. */
static void make_much(const char *session)
{
    enum { BILLS = 100, SUMMARY_BYTES = 200000, LINES_MAX = 32 << 20 };
    char summary[SUMMARY_BYTES + 1] = "";
    struct buffer lines;
    struct wire wire;

    memset(summary, 'x', SUMMARY_BYTES);
    buffer_init(&lines, LINES_MAX);
    for (int i = 1; i <= BILLS; i++)
        buffer_add_format(&lines,
                          "{\"session\":\"%s\",\"type\":\"hr\",\"number\":%d,"
                          "\"chamber\":\"house\",\"title\":\"t\","
                          "\"introduced_on\":\"2026-01-01\","
                          "\"summary\":\"%s\"}\n",
                          session, i, summary);
    wire_open(&wire);
    wire_send_string(&wire, SAY(&wire,
                                "POST /v1/bills/import HTTP/1.1\r\nHost: t\r\n"
                                "Authorization: Bearer %s\r\n"
                                "Content-Type: application/x-ndjson\r\n"
                                "Content-Length: %zu\r\n\r\n",
                                getenv("ADMIN_TOKEN"), lines.len));
    wire_send(&wire, buffer_text(&lines));
    EXPECT(wire_read(&wire, false), 200, "\"created\":100");
    wire_close(&wire);
    buffer_fini(&lines);
}

Test(contract_time, a_reader_without_progress_is_cut_off, .timeout = 60)
{
    struct own_service own = own_service_start("--send-timeout=1s");
    const char *session;
    struct answer answer;
    struct wire slow;

    wire_open(&slow);
    session = some_key(&slow);
    make_much(session);
    cr_assert_eq(setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &(int){ 65536 },
                            sizeof(int)),
                 0);
    send_get(&slow, SAY(&slow, "/v1/bills/export?session=%s", session), "");
    wait_for_active(1);
    wait_for_active(0);
    cr_expect_eq(poll(&(struct pollfd){ .fd = slow.fd }, 1, 30000), 1,
                 "what it does not take is kept for it");
    answer = wire_read(&slow, false);
    cr_expect_eq(answer.status, 200);
    cr_expect(answer.cut, "it came to its end: %zu bytes", answer.body.len);
    wire_close(&slow);
    own_service_stop(&own);
}

/* --- the log ------------------------------------------------------------- */

/* The line about the request of this id. */
static const char *logged(struct wire *wire, FILE *log, const char *id)
{
    const char *wanted = SAY(wire, "\"request_id\":\"%s\"", id);
    char line[8192];

    while (fgets(line, sizeof(line), log))
        if (strstr(line, wanted))
            return SAY(wire, "%s", line);
    cr_assert(false, "nothing is logged of %s", id);
    return NULL;
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

Test(contract_time, a_trace_is_taken_over_into_the_log_or_begun)
{
    const char *line, *begun;
    struct own_service own;
    struct wire wire;
    int pipes[2];
    FILE *log;

    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    own = own_service_start_with(FLAGS("--log-level=info", "--log-format=json"),
                                 pipes[1]);
    close(pipes[1]);
    log = fdopen(pipes[0], "r");
    wire_open(&wire);
    ask(&wire, "GET /livez",
        "X-Request-Id: taken\r\n"
        "traceparent: 00-" TRACE "-00f067aa0ba902b7-01\r\n",
        NULL);
    line = logged(&wire, log, "taken");
    cr_expect(strstr(line, "\"trace_id\":\"" TRACE "\""), "%s", line);
    ask(&wire, "GET /livez",
        "X-Request-Id: begun\r\n"
        "traceparent: 00-" TRACE "-0000000000000000-01\r\n",
        NULL);
    line = logged(&wire, log, "begun");
    begun = strstr(line, "\"trace_id\":\"");
    cr_assert_not_null(begun, "%s", line);
    cr_expect_eq(strspn(begun + 12, "0123456789abcdef"), 32, "%s", line);
    cr_expect_not(strstr(line, TRACE), "%s", line);
    wire_close(&wire);
    own_service_stop(&own);
    fclose(log);
}
