/* SPDX-License-Identifier: MIT */
/*
 * What a pool does when: its waits to the millisecond, on a clock that only the
 * test moves, before a real database.
 */
#include "support/database.h"

#include "base/error.h"
#include "database/pool_impl.h"
#include "telemetry/log.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct target *target;
static struct pool *pool;

static void set_up(void)
{
    loop = loop_new_with_fake_time();
}

static void stop(void *arg)
{
    pool_stop(&pool, DEADLINE_NEVER);
    *(bool *)arg = true;
}

/* The suite's timeout ends it. */
#define TURN_UNTIL(condition) \
    while (!(condition))      \
    loop_turn(loop, false)

static void tear_down(void)
{
    bool stopped = false;

    cr_assert_eq(fiber_start(loop, "stop", stop, &stopped, NULL), 0);
    TURN_UNTIL(stopped);
    loop_turn(loop, false);
    target_free(&target);
    loop_free(&loop);
}

TestSuite(pool_time, .init = set_up, .fini = tear_down, .timeout = 60);

/* As in production: 250 ms for a connection, 500 ms to connect. */
static struct pool_options usual(unsigned min, unsigned max)
{
    struct pool_options options = pool_options_default();

    options.application_name = "portcullis test";
    options.lanes = 1;
    options.min = min;
    options.max = max;
    return options;
}

static void start(const char *url, struct pool_options options)
{
    target = test_target(url);
    pool = pool_start(loop, &postgres_driver, target, &options);
}

/* Until all is open: what is still opening would be late by the test's clock.
 */
static void start_up(struct pool_options options)
{
    start(test_url("DATABASE_URL"), options);
    TURN_UNTIL(stats_of(pool).lanes == options.lanes &&
               stats_of(pool).idle == options.min);
}

static void pass_ms(uint64_t ms)
{
    loop_advance(loop, ms * NS_PER_MS);
    loop_turn(loop, false);
}

/* A fiber that wants a connection, with so much time left. */
struct want {
    uint64_t left_ms;
    struct connection *connection;
    int result;
    bool done;
};

static void get(void *arg)
{
    struct want *want = arg;

    want->result =
        pool_get(pool, after_ms(want->left_ms), &want->connection, NULL);
    want->done = true;
}

static void begin(struct want *want)
{
    cr_assert_eq(fiber_start(loop, "want", get, want, NULL), 0);
    loop_turn(loop, false);
}

static void expect_refused_after(uint64_t ms, uint64_t left_ms)
{
    struct want want = { .left_ms = left_ms };

    begin(&want);
    pass_ms(ms - 1);
    cr_expect_not(want.done, "of %d ms it waits for %d", (int)left_ms, (int)ms);
    pass_ms(1);
    cr_expect(want.done, "of %d ms it waits for %d", (int)left_ms, (int)ms);
    TURN_UNTIL(want.done);
    cr_expect_eq(want.result, -ERR_OVERLOADED);
}

Test(pool_time, waits_for_half_of_what_is_left_and_250_ms_at_the_most)
{
    struct want held = { .left_ms = 1000 };

    start_up(usual(1, 1));
    begin(&held);
    cr_assert_eq(held.result, 0);
    expect_refused_after(150, 300);
    expect_refused_after(5, 10);
    expect_refused_after(250, 500);
    expect_refused_after(250, 30000);
    pool_put(&held.connection);
}

/* A listener that nobody serves. */
static int listen_mutely(char ret_url[static 64])
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    cr_assert_eq(listen(fd, 5), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(ret_url, 64, "postgres://u@127.0.0.1:%d/x", ntohs(at.sin_port));
    return fd;
}

Test(pool_time, gives_up_connecting_after_500_ms_by_its_own_timer)
{
    char url[64];
    int fd = listen_mutely(url);

    start(url, usual(0, 1));
    loop_turn(loop, false);
    cr_expect_eq(stats_of(pool).opening, 1);
    pass_ms(499);
    cr_expect_eq(stats_of(pool).open_failures, 0);
    pass_ms(1);
    cr_expect_eq(stats_of(pool).open_failures, 1);
    close(fd);
}

Test(pool_time, connections_of_one_moment_have_different_lives)
{
    enum { COUNT = 8 };
    const uint64_t life_ns = 1000 * NS_PER_S;
    struct pool_options options = usual(COUNT, COUNT);
    uint64_t first_ns = UINT64_MAX, last_ns = 0;

    options.lifetime_ms = 1000 * 1000;
    start_up(options);
    list_each (&pool->on[SLOT_IDLE], struct slot, slot, link) {
        uint64_t ends_ns = slot->expires_ns - slot->connection->opened_ns;

        cr_expect(ends_ns >= life_ns - life_ns / 10 &&
                  ends_ns <= life_ns + life_ns / 10);
        first_ns = ends_ns < first_ns ? ends_ns : first_ns;
        last_ns = ends_ns > last_ns ? ends_ns : last_ns;
    }
    cr_expect_neq(first_ns, last_ns);
}

Test(pool_time, what_idles_is_asked_again_after_two_seconds)
{
    struct connection *idle;
    uint64_t before;

    start_up(usual(1, 1));
    idle = list_first(&pool->on[SLOT_IDLE], struct slot, link)->connection;
    before = idle->answered;
    pass_ms(1990);
    cr_expect_eq(connection_outstanding(idle), 0);
    pass_ms(10);
    pass_ms(250); /* a tick of the pool */
    TURN_UNTIL(connection_outstanding(idle) == 0);
    cr_expect_eq(idle->answered, before + 1);
    cr_expect_eq(stats_of(pool).idle, 1, "and it is still there");
}

/* --- what it says --------------------------------------------------------- */

/* All that was logged so far. */
static const char *logged(int fd)
{
    static char text[1 << 16];
    static size_t len;
    ssize_t got;

    while ((got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)got;
    return text;
}

Test(pool_time, a_size_that_changes_is_a_line_of_the_log)
{
    struct want held = { .left_ms = 1000 }, late = { .left_ms = 1000 };
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    start_up(usual(1, 4));
    log_setup(LOG_INFO, LOG_JSON, ends[1]);
    pool->sizer.size = 2;
    begin(&held);
    TURN_UNTIL(held.done);
    pool__size_refused(pool);
    cr_expect_not_null(
        strstr(logged(ends[0]),
               "\"event\":\"pool_resized\",\"pool\":\"primary\",\"from\":2,"
               "\"to\":1,\"why\":\"the database takes no more\""),
        "%s", logged(ends[0]));
    begin(&late);
    pass_ms(140);
    cr_expect_eq(stats_of(pool).size, 1, "it was refused a moment ago");
    pool->sizer.held_ns = 0;
    pass_ms(105); /* it looks ten times a second */
    cr_expect_not_null(
        strstr(logged(ends[0]),
               "\"event\":\"pool_resized\",\"pool\":\"primary\",\"from\":1,"
               "\"to\":2,\"why\":\"connections were waited for too long\""),
        "%s", logged(ends[0]));
    TURN_UNTIL(late.done);
    cr_expect_eq(late.result, 0, "which made room for it");
    pool_put(&late.connection);
    pool_put(&held.connection);
}
