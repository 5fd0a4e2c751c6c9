/* SPDX-License-Identifier: MIT */
#include "support/database.h"
#include "support/proxied.h"

#include "base/error.h"
#include "base/fault.h"
#include "database/pool_impl.h"

static struct place place;

static void make_place(void)
{
    place = place_make("CREATE TABLE items (id int PRIMARY KEY, name text);"
                       "INSERT INTO items SELECT i, 'item ' || i "
                       "FROM generate_series(1, 100) i");
}

static void drop_place(void)
{
    place_drop(&place);
}

TestSuite(pool, .init = make_place, .fini = drop_place, .timeout = 60);

static struct pool_options small(void)
{
    struct pool_options options = test_pool_options();

    options.lanes = 2;
    options.max = 2;
    return options;
}

/* A test's body runs on a fiber, with a pool by these options. */
#define ON_POOL(name, ...)                                  \
    static void name##_body(struct pool *pool);             \
    static void name##_fiber(void *arg)                     \
    {                                                       \
        struct pool_options options = small();              \
        struct test_pool made;                              \
        (void)arg;                                          \
        __VA_ARGS__;                                        \
        made = test_pool_start(place.service_url, options); \
        name##_body(made.pool);                             \
        test_pool_end(&made);                               \
    }                                                       \
    Test(pool, name)                                        \
    {                                                       \
        fiber_run_alone("test", name##_fiber, NULL);        \
    }                                                       \
    static void name##_body(struct pool *pool)

static const struct statement item_by_id = {
    .name = "item_by_id",
    .sql = "SELECT name FROM items WHERE id = $1",
};

static int read_item(struct pool *pool, const char *id, const char *expected)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct text param = text_of(id);
    int r = pool_read(pool, NULL, &item_by_id, &param, 1, after_ms(30000),
                      &rows, NULL);

    if (r == 0)
        cr_expect(text_is(rows_get(rows, 0, 0), expected));
    return r;
}

/* Another fiber's errand, and whether it is done. */
struct errand {
    struct pool *pool;
    struct statement statement;
    uint64_t timeout_ms;
    struct connection *connection;
    struct fiber *fiber;
    int result;
    bool done;
};

static void get_one(void *arg)
{
    struct errand *errand = arg;

    errand->result = pool_get(errand->pool, after_ms(errand->timeout_ms),
                              &errand->connection, NULL);
    errand->done = true;
}

static void read_alone(void *arg)
{
    struct errand *errand = arg;

    errand->result =
        pool_read_alone(errand->pool, NULL, &errand->statement, NULL, 0,
                        after_ms(errand->timeout_ms), NULL, NULL);
    errand->done = true;
}

static void read_on_lane(void *arg)
{
    struct errand *errand = arg;
    errand->result = pool_read(errand->pool, NULL, &errand->statement, NULL, 0,
                               after_ms(errand->timeout_ms), NULL, NULL);
    errand->done = true;
}

static void start(struct errand *errand, fiber_fn *fn)
{
    cr_assert_eq(fiber_start(pool_loop(errand->pool), "errand", fn, errand,
                             &errand->fiber),
                 0);
}

/* --- how many ------------------------------------------------------------ */

ON_POOL(opens_its_lanes_and_minimum_by_itself, options.min = 2; options.max = 4)
{
    UNTIL(stats_of(pool).lanes == 2 && stats_of(pool).idle == 2);
    cr_expect_eq(stats_of(pool).opened, 4);
    cr_expect_eq(pool_wait_ready(pool, after_ms(10), NULL), 0);
}

ON_POOL(opens_on_demand_and_lends_the_same_again)
{
    CLEANUP(pool_put) struct connection *again = NULL;
    struct connection *first = NULL, *kept;

    cr_assert_eq(pool_get(pool, after_ms(30000), &first, NULL), 0);
    cr_expect_eq(stats_of(pool).busy, 1);
    kept = first;
    pool_put(&first);
    cr_expect_null(first);
    cr_expect_eq(stats_of(pool).idle, 1);
    cr_assert_eq(pool_get(pool, after_ms(30000), &again, NULL), 0);
    cr_expect_eq(again, kept);
}

ON_POOL(never_opens_more_than_its_maximum)
{
    CLEANUP(pool_put) struct connection *first = NULL, *second = NULL;
    struct connection *third = NULL;
    struct diag diag;
    uint64_t since = clock_monotonic_ns();

    diag_init(&diag, NULL);
    cr_assert_eq(pool_get(pool, after_ms(30000), &first, NULL), 0);
    cr_assert_eq(pool_get(pool, after_ms(30000), &second, NULL), 0);
    cr_expect_eq(pool_get(pool, after_ms(400), &third, &diag), -ERR_OVERLOADED);
    cr_expect_gt(clock_monotonic_ns() - since, 180 * NS_PER_MS);
    cr_expect_eq(diag.retry_after_s, 1);
    cr_expect_eq(stats_of(pool).busy, 2);
    cr_expect_eq(stats_of(pool).wait_timeouts, 1);
}

ON_POOL(waits_half_of_the_time_left_and_no_longer_than_its_limit,
        options.min = options.max = 1;
        options.wait_max_ms = 30)
{
    CLEANUP(pool_put) struct connection *held = NULL;
    struct connection *none = NULL;
    uint64_t since;

    UNTIL(stats_of(pool).idle == 1);
    cr_assert_eq(pool_get(pool, after_ms(30000), &held, NULL), 0);
    since = clock_monotonic_ns();
    cr_expect_eq(pool_get(pool, after_ms(60000), &none, NULL), -ERR_OVERLOADED);
    cr_expect_lt(clock_monotonic_ns() - since, 29000 * NS_PER_MS);
    cr_expect_eq(pool_get(pool, after_ms(0), &none, NULL), -ERR_DEADLINE);
}

ON_POOL(serves_those_who_wait_in_their_order, options.max = 1;
        options.wait_max_ms = 30000)
{
    struct errand errands[3] = { 0 };
    struct connection *held = NULL;

    cr_assert_eq(pool_get(pool, after_ms(30000), &held, NULL), 0);
    for (int i = 0; i < 3; i++) {
        errands[i] = (struct errand){ .pool = pool, .timeout_ms = 60000 };
        start(&errands[i], get_one);
    }
    cr_expect_eq(stats_of(pool).waiting, 3);
    pool_put(&held);
    for (int i = 0; i < 3; i++) {
        UNTIL(errands[i].done);
        cr_expect_eq(errands[i].result, 0);
        cr_expect(i == 2 || !errands[i + 1].done);
        pool_put(&errands[i].connection);
    }
    cr_expect_eq(stats_of(pool).opened - stats_of(pool).lanes, 1);
}

ON_POOL(refuses_when_too_many_wait, options.max = 1; options.waiters_max = 1;
        options.wait_max_ms = 30000)
{
    struct connection *held = NULL, *none = NULL;
    struct errand waiting = { .pool = pool, .timeout_ms = 60000 };
    uint64_t since;

    cr_assert_eq(pool_get(pool, after_ms(30000), &held, NULL), 0);
    start(&waiting, get_one);
    since = clock_monotonic_ns();
    cr_expect_eq(pool_get(pool, after_ms(60000), &none, NULL), -ERR_OVERLOADED);
    cr_expect_lt(clock_monotonic_ns() - since, 29000 * NS_PER_MS, "at once");
    pool_put(&held);
    UNTIL(waiting.done);
    pool_put(&waiting.connection);
}

ON_POOL(lets_a_cancelled_waiter_go, options.max = 1;
        options.wait_max_ms = 30000)
{
    CLEANUP(pool_put) struct connection *held = NULL;
    struct errand waiting = { .pool = pool, .timeout_ms = 60000 };

    cr_assert_eq(pool_get(pool, after_ms(30000), &held, NULL), 0);
    start(&waiting, get_one);
    fiber_cancel(waiting.fiber);
    UNTIL(waiting.done);
    cr_expect_eq(waiting.result, -ERR_CANCELLED);
    cr_expect_eq(stats_of(pool).waiting, 0);
}

ON_POOL(closes_what_idles_too_long_down_to_its_minimum, options.min = 1;
        options.idle_timeout_ms = 1)
{
    struct connection *first = NULL, *second = NULL;

    cr_assert_eq(pool_get(pool, after_ms(30000), &first, NULL), 0);
    cr_assert_eq(pool_get(pool, after_ms(30000), &second, NULL), 0);
    pool_put(&first);
    pool_put(&second);
    UNTIL(stats_of(pool).idle == 1);
    cr_expect_eq(stats_of(pool).expired, 1);
}

ON_POOL(replaces_connections_and_lanes_at_the_end_of_their_life,
        options.min = 1;
        options.lifetime_ms = 50)
{
    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    while (stats_of(pool).expired < 6) {
        cr_assert_eq(read_item(pool, "1", "item 1"), 0);
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
        cr_expect_gt(stats_of(pool).lanes, 0, "there is always a lane");
    }
}

/* --- what comes back ----------------------------------------------------- */

ON_POOL(rolls_back_what_was_left_open, options.max = 1)
{
    struct statement begin = sql("BEGIN");
    struct statement insert = sql("INSERT INTO items VALUES (500, 'x')");
    struct connection *connection = NULL, *kept;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    kept = connection;
    cr_assert_eq(connection_query(connection, &begin, NULL, 0, after_ms(30000),
                                  NULL, NULL),
                 0);
    cr_assert_eq(connection_query(connection, &insert, NULL, 0, after_ms(30000),
                                  NULL, NULL),
                 0);
    pool_put(&connection);
    cr_expect_eq(stats_of(pool).draining, 1);
    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    cr_expect_eq(connection, kept);
    cr_expect_eq(
        ask_number(connection, "SELECT count(*) FROM items WHERE id = 500"), 0);
    pool_put(&connection);
}

ON_POOL(closes_what_comes_back_in_a_copy, options.max = 1)
{
    struct connection *connection = NULL;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    cr_assert_eq(copy_out_start(connection,
                                TEXT("COPY (SELECT generate_series(1, 99999)) "
                                     "TO STDOUT"),
                                after_ms(30000), NULL),
                 0);
    pool_put(&connection);
    cr_expect_eq(stats_of(pool).busy + stats_of(pool).idle, 0);
    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    cr_expect_eq(ask_number(connection, "SELECT 1"), 1);
    pool_put(&connection);
}

static long asleep(struct pool *pool)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    long count;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    count =
        ask_number(connection, "SELECT count(*) FROM pg_stat_activity "
                               "WHERE wait_event = 'PgSleep' AND query LIKE "
                               "'%' || current_schema || '%'");
    return count;
}

/* A query that this test's own eye finds in pg_stat_activity. */
static struct statement sleep_long(char text[static 128])
{
    snprintf(text, 128, "SELECT pg_sleep(30) /* %s */", place.schema);
    return sql(text);
}

ON_POOL(stops_in_the_database_what_passed_its_deadline, options.min = 1)
{
    char text[128];
    struct statement slow = sleep_long(text);

    UNTIL(stats_of(pool).idle == 1 && stats_of(pool).lanes == 2);
    cr_expect_eq(
        pool_read_alone(pool, NULL, &slow, NULL, 0, after_ms(50), NULL, NULL),
        -ERR_DEADLINE);
    UNTIL(stats_of(pool).draining == 0);
    cr_expect_eq(stats_of(pool).cancels, 1);
    cr_expect_eq(stats_of(pool).idle, 1, "it serves again");
    cr_expect_eq(asleep(pool), 0);
}

ON_POOL(stops_in_the_database_what_a_cancelled_fiber_asked)
{
    char text[128];
    struct errand errand = { .pool = pool,
                             .statement = sleep_long(text),
                             .timeout_ms = 60000 };

    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    start(&errand, read_alone);
    UNTIL(asleep(pool) == 1);
    fiber_cancel(errand.fiber);
    UNTIL(errand.done);
    cr_expect_eq(errand.result, -ERR_CANCELLED);
    UNTIL(asleep(pool) == 0);
}

/* --- lost links ---------------------------------------------------------- */

static struct slot_key {
    char key[SESSION_KEY_BYTES];
} last_key;

static void end_by_query(struct connection *by, const char *condition)
{
    CLEANUP(memory_free)
    char *text = memory_format(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND (%s)",
        condition);

    ask_number(by, text);
}

ON_POOL(drops_an_idle_connection_that_has_ended)
{
    struct connection *connection = NULL;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    postgres_driver.session_key(connection, last_key.key);
    pool_put(&connection);
    {
        CLEANUP(connection_close)
        struct connection *killer = test_open(place.service_url);
        CLEANUP(memory_free)
        char *condition = memory_format("pid = %s", last_key.key);

        end_by_query(killer, condition);
    }
    UNTIL(stats_of(pool).lost == 1);
    cr_expect_eq(stats_of(pool).idle, 0);
    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    cr_expect_eq(ask_number(connection, "SELECT 1"), 1);
    pool_put(&connection);
}

ON_POOL(reads_again_when_its_lane_is_lost)
{
    CLEANUP(connection_close)
    struct connection *killer = test_open(place.service_url);
    char text[128], condition[128];
    struct errand errand = { .pool = pool, .timeout_ms = 60000 };

    snprintf(text, sizeof(text), "SELECT pg_sleep(0.3) /* %s */", place.schema);
    errand.statement = sql(text);
    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    start(&errand, read_on_lane);
    UNTIL(asleep(pool) == 1);
    snprintf(condition, sizeof(condition), "query LIKE '%%pg_sleep%%%s%%'",
             place.schema);
    end_by_query(killer, condition);
    UNTIL(errand.done);
    cr_expect_eq(errand.result, 0, "a second lane answered");
    cr_expect_eq(stats_of(pool).lost, 1);
    UNTIL(stats_of(pool).lanes == 2);
}

ON_POOL(survives_links_that_break_in_the_middle)
{
    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    UNTIL(stats_of(pool).lanes == 2);
    fault_arm(FAULT_LINK, 0, 1);
    cr_expect_eq(read_item(pool, "7", "item 7"), 0);
    cr_expect_eq(fault_count(FAULT_LINK), 1);
    cr_expect_eq(stats_of(pool).lost, 1);
}

ON_POOL(reads_alone_again_when_the_link_is_lost)
{
    struct statement one = sql("SELECT 1");

    UNTIL(stats_of(pool).lanes == 2);
    cr_assert_eq(
        pool_read_alone(pool, NULL, &one, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    fault_arm(FAULT_LINK, 0, 1);
    cr_expect_eq(
        pool_read_alone(pool, NULL, &one, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_expect_eq(fault_count(FAULT_LINK), 1);
    cr_expect_eq(stats_of(pool).lost, 1);
}

/* --- a database that is not there ---------------------------------------- */

ON_POOL(remembers_why_it_cannot_connect, options.wait_max_ms = 50;
        fault_arm(FAULT_CONNECT, 0, 1000000))
{
    struct connection *none = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(pool_get(pool, after_ms(30000), &none, &diag),
                 -ERR_CONNECT_FAILED);
    cr_expect_eq(read_item(pool, "1", "item 1"), -ERR_CONNECT_FAILED);
    cr_expect_eq(pool_last_failure(pool, NULL), -ERR_CONNECT_FAILED);
    fault_disarm_all();
    UNTIL(stats_of(pool).lanes == 2);
    cr_expect_eq(read_item(pool, "1", "item 1"), 0);
    cr_expect_eq(pool_last_failure(pool, NULL), 0);
}

ON_POOL(knocks_no_more_than_ten_times_a_second_and_fails_at_once_then,
        options.wait_max_ms = 20;
        options.connect_timeout_ms = 5000; fault_arm(FAULT_CONNECT, 0, 1000000))
{
    struct connection *none = NULL;
    uint64_t since = clock_monotonic_ns(), passed;

    UNTIL(stats_of(pool).open_failures >= 5);
    passed = clock_monotonic_ns() - since;
    cr_expect_gt(passed, 390 * NS_PER_MS, "4 pauses of 100 ms");
    cr_expect_eq(stats_of(pool).connect, BREAKER_OPEN);
    cr_expect_eq(pool_get(pool, after_ms(30000), &none, NULL),
                 -ERR_UNAVAILABLE);
    cr_expect_eq(read_item(pool, "1", "item 1"), -ERR_UNAVAILABLE);
    cr_expect_eq(stats_of(pool).waits, 0, "nobody waited");
    fault_disarm_all();
}

ON_POOL(takes_a_rest_when_what_it_could_not_open_is_not_wanted_any_more)
{
    CLEANUP(pool_put) struct connection *held = NULL;
    struct errand waiting = { .pool = pool, .timeout_ms = 60000 };

    UNTIL(stats_of(pool).lanes == 2);
    cr_assert_eq(pool_get(pool, after_ms(30000), &held, NULL), 0);
    fault_arm(FAULT_CONNECT, 0, 1);
    start(&waiting, get_one);
    UNTIL(stats_of(pool).open_failures == 1);
    fiber_cancel(waiting.fiber);
    UNTIL(waiting.done);
    cr_assert_eq(fiber_sleep(after_ms(600)), 0, "the loop still turns");
    cr_expect_eq(read_item(pool, "1", "item 1"), 0);
}

/* --- reads --------------------------------------------------------------- */

ON_POOL(shares_lanes_between_many_fibers)
{
    enum { READERS = 100 };
    struct errand errands[READERS];

    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    UNTIL(stats_of(pool).lanes == 2);
    for (int i = 0; i < READERS; i++) {
        errands[i] = (struct errand){ .pool = pool,
                                      .statement = sql("SELECT 1"),
                                      .timeout_ms = 30000 };
        start(&errands[i], read_on_lane);
    }
    for (int i = 0; i < READERS; i++) {
        UNTIL(errands[i].done);
        cr_expect_eq(errands[i].result, 0);
    }
    cr_expect_eq(stats_of(pool).opened, 2);
}

ON_POOL(answers_reads_behind_one_that_fails)
{
    struct errand broken = { .pool = pool,
                             .statement = sql("SELECT 1/0"),
                             .timeout_ms = 30000 };
    struct errand good = { .pool = pool,
                           .statement = sql("SELECT 2"),
                           .timeout_ms = 30000 };

    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    start(&broken, read_on_lane);
    start(&good, read_on_lane);
    UNTIL(broken.done && good.done);
    cr_expect_eq(broken.result, -ERR_VALIDATION);
    cr_expect_eq(good.result, 0);
}

ON_POOL(cuts_a_lane_that_hangs, options.lanes = 1;
        options.statement_timeout_ms = 0)
{
    struct errand errand = { .pool = pool,
                             .statement = sql("SELECT pg_sleep(3)"),
                             .timeout_ms = 60000 };

    cr_assert_eq(pool_wait_ready(pool, after_ms(30000), NULL), 0);
    start(&errand, read_on_lane);
    UNTIL(stats_of(pool).lost == 1);
    cr_assert_eq(read_item(pool, "1", "item 1"), 0, "on another lane");
    fiber_cancel(errand.fiber);
    UNTIL(errand.done);
}

/* --- stopping ------------------------------------------------------------ */

static void stop_pool(void *arg)
{
    struct errand *errand = arg;

    pool_stop(&errand->pool, after_ms(errand->timeout_ms));
    errand->done = true;
}

static void stop_beside_holders(void *arg)
{
    CLEANUP(target_free) struct target *target = test_target(place.service_url);
    struct pool_options options = small();
    struct errand stopper = { .timeout_ms = 30000 }, waiter = { 0 };
    struct connection *held = NULL, *other = NULL;

    (void)arg;
    options.max = 1;
    options.wait_max_ms = 30000;
    stopper.pool = waiter.pool = pool_start(fiber_loop(fiber_self()),
                                            &postgres_driver, target, &options);
    cr_assert_eq(pool_get(stopper.pool, after_ms(30000), &held, NULL), 0);
    waiter.timeout_ms = 10000;
    start(&waiter, get_one);
    start(&stopper, stop_pool);
    UNTIL(waiter.done);
    cr_expect_eq(waiter.result, -ERR_DRAINING);
    cr_expect_eq(pool_get(stopper.pool, after_ms(10), &other, NULL),
                 -ERR_DRAINING);
    cr_expect_eq(ask_number(held, "SELECT 1"), 1, "what is lent still works");
    cr_expect_not(stopper.done);
    pool_put(&held);
    UNTIL(stopper.done);
}

Test(pool, stops_when_all_is_back)
{
    fiber_run_alone("test", stop_beside_holders, NULL);
}

static void stop_in_haste(void *arg)
{
    CLEANUP(target_free) struct target *target = test_target(place.service_url);
    struct pool_options options = small();
    struct errand slow = { .statement = sql("SELECT pg_sleep(60)"),
                           .timeout_ms = 60000 };
    struct pool *pool = pool_start(fiber_loop(fiber_self()), &postgres_driver,
                                   target, &options);
    uint64_t since = clock_monotonic_ns();

    (void)arg;
    slow.pool = pool;
    start(&slow, read_alone);
    UNTIL(stats_of(pool).busy == 1 && stats_of(pool).lanes == 2);
    pool_stop(&pool, after_ms(20));
    cr_expect(slow.done);
    cr_expect_lt(slow.result, 0);
    cr_expect_lt(clock_monotonic_ns() - since, 60000 * NS_PER_MS);
}

Test(pool, cuts_what_does_not_come_back_in_time)
{
    fiber_run_alone("test", stop_in_haste, NULL);
}

static void stop_while_opening(void *arg)
{
    CLEANUP(target_free) struct target *target = test_target(place.service_url);
    struct pool_options options = small();
    struct pool *pool = pool_start(fiber_loop(fiber_self()), &postgres_driver,
                                   target, &options);

    (void)arg;
    pool_stop(&pool, after_ms(5000));
    cr_expect_null(pool);
}

Test(pool, stops_while_it_still_connects)
{
    fiber_run_alone("test", stop_while_opening, NULL);
}

/* --- how many there may be ----------------------------------------------- */

ON_POOL(grows_when_connections_are_waited_for, options.max = 4)
{
    CLEANUP(pool_put) struct connection *first = NULL, *second = NULL;

    pool->sizer.size = 1;
    cr_assert_eq(pool_get(pool, after_ms(30000), &first, NULL), 0);
    cr_expect_eq(pool_get(pool, after_ms(20000), &second, NULL), 0);
    cr_expect_eq(stats_of(pool).size, 2);
    cr_expect_eq(stats_of(pool).max, 4);
}

ON_POOL(closes_what_idles_above_its_size, options.max = 4)
{
    struct connection *all[3] = { NULL };

    for (int i = 0; i < 3; i++)
        cr_assert_eq(pool_get(pool, after_ms(30000), &all[i], NULL), 0);
    for (int i = 0; i < 3; i++)
        pool_put(&all[i]);
    cr_expect_eq(stats_of(pool).idle, 3);
    pool->sizer.size = 1;
    UNTIL(stats_of(pool).idle == 1);
}

ON_POOL(keeps_its_size_within_other_limits, options.max = 4)
{
    struct pool_options options = pool->options;

    options.max = 2;
    pool_adjust(pool, &options);
    cr_expect_eq(stats_of(pool).size, 2);
    options.max = 6;
    options.min = 3;
    pool_adjust(pool, &options);
    cr_expect_eq(stats_of(pool).size, 3);
}

static void as_admin(const char *script)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(database_session(&postgres_driver,
                                  text_of(test_url("ADMIN_DATABASE_URL")),
                                  run_script, (void *)(uintptr_t)script, &diag),
                 0, "%s (%s)", diag.detail, diag.cause);
}

/* A role of its own that may connect so many times. */
static void limited_url(const char *limit, char ret_url[static 1024])
{
    CLEANUP(memory_free)
    char *script = memory_format(
        "DROP ROLE IF EXISTS portcullis_limited;"
        "CREATE ROLE portcullis_limited LOGIN CONNECTION LIMIT %s;"
        "GRANT portcullis_service TO portcullis_limited",
        limit);
    const char *url = test_url("DATABASE_URL");
    const char *at = strstr(url, "&user=");

    as_admin(script);
    cr_assert_not_null(at);
    snprintf(ret_url, 1024, "%.*s&user=portcullis_limited", (int)(at - url),
             url);
}

static char limited[1024];

static void stay_with_three(void *arg UNUSED)
{
    struct pool_options options = test_pool_options();
    struct connection *all[4] = { NULL };
    struct test_pool made;

    options.lanes = 1;
    options.max = 8;
    made = test_pool_start(limited, options);
    UNTIL(stats_of(made.pool).lanes == 1);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(pool_get(made.pool, after_ms(30000), &all[i], NULL), 0);
    cr_expect_eq(pool_get(made.pool, after_ms(1000), &all[3], NULL),
                 -ERR_TOO_MANY_CONNECTIONS);
    cr_expect_eq(stats_of(made.pool).size, 3, "it stays with what there is");
    pool_put(&all[0]);
    cr_expect_eq(pool_get(made.pool, after_ms(30000), &all[3], NULL), 0);
    as_admin("ALTER ROLE portcullis_limited CONNECTION LIMIT -1");
    made.pool->sizer.held_ns = 0; /* ten seconds later */
    cr_expect_eq(pool_get(made.pool, after_ms(30000), &all[0], NULL), 0);
    cr_expect_eq(stats_of(made.pool).size, 4, "it has tried again");
    for (int i = 0; i < 4; i++)
        pool_put(&all[i]);
    test_pool_end(&made);
}

Test(pool, stays_with_what_there_is_when_the_database_takes_no_more)
{
    limited_url("4", limited);
    fiber_run_alone("test", stay_with_three, NULL);
}

/* --- links that only look alive ------------------------------------------ */

static char proxied[1024];
static struct fault_proxy proxy;

/* It was lent before, and idles; nobody asks. */
static void lose_idle(void *arg UNUSED)
{
    struct pool_options options = test_pool_options();
    struct connection *one = NULL, *two = NULL;
    struct test_pool made;

    options.lanes = 1;
    made = test_pool_start(proxied, options);
    cr_assert_eq(pool_get(made.pool, after_ms(30000), &one, NULL), 0);
    cr_assert_eq(pool_get(made.pool, after_ms(30000), &two, NULL), 0);
    pool_put(&one);
    pool_put(&two);
    cr_expect_eq(stats_of(made.pool).idle, 2);
    fault_proxy_tell(&proxy, "blackhole");
    UNTIL(stats_of(made.pool).idle == 0);
    fault_proxy_tell(&proxy, "heal");
    cr_expect_eq(pool_get(made.pool, after_ms(60000), &one, NULL), 0);
    pool_put(&one);
    test_pool_end(&made);
}

Test(pool, finds_out_by_itself_that_idle_links_are_half_open)
{
    proxy = proxied_start(test_url("DATABASE_URL"));
    proxied_url(&proxy, test_url("DATABASE_URL"), proxied);
    fiber_run_alone("test", lose_idle, NULL);
    fault_proxy_stop(&proxy);
}

/* --- time for a statement ------------------------------------------------- */

static const struct statement nap = { .name = "nap",
                                      .sql = "SELECT pg_sleep(0.5)" };
static const struct statement limit = {
    .name = "limit",
    .sql = "SELECT current_setting('statement_timeout')",
};

static bool limit_is(struct pool *pool, const char *expected)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;

    cr_assert_eq(
        pool_read(pool, NULL, &limit, NULL, 0, DEADLINE_NEVER, &rows, NULL), 0);
    return text_is(rows_get(rows, 0, 0), expected);
}

ON_POOL(a_deadline_beyond_the_sessions_limit_is_the_limit,
        options.statement_timeout_ms = 250)
{
    cr_expect_eq(
        pool_read(pool, NULL, &nap, NULL, 0, after_ms(20000), NULL, NULL), 0);
    cr_expect(limit_is(pool, "250ms"), "nothing of it is left");
    cr_expect_eq(
        pool_read_alone(pool, NULL, &nap, NULL, 0, after_ms(20000), NULL, NULL),
        0);
    cr_expect_eq(
        pool_read(pool, NULL, &nap, NULL, 0, DEADLINE_NEVER, NULL, NULL),
        -ERR_DEADLINE, "who has no deadline has the session's");
}

ON_POOL(no_deadline_makes_a_statement_longer_than_the_longest,
        options.statement_timeout_ms = 100, options.statement_longest_ms = 250)
{
    cr_expect_eq(
        pool_read(pool, NULL, &nap, NULL, 0, after_ms(20000), NULL, NULL),
        -ERR_DEADLINE);
}

/* --- other options -------------------------------------------------------- */

ON_POOL(sessions_that_do_not_suit_other_options_are_replaced)
{
    struct pool_options options = small();

    cr_expect(limit_is(pool, "5s"));
    options.statement_timeout_ms = 1234;
    pool_adjust(pool, &options);
    UNTIL(limit_is(pool, "1234ms"));
}

ON_POOL(fewer_connections_are_kept_when_fewer_are_allowed)
{
    struct pool_options options = small();
    struct connection *a, *b;

    cr_assert_eq(pool_get(pool, after_ms(30000), &a, NULL), 0);
    cr_assert_eq(pool_get(pool, after_ms(30000), &b, NULL), 0);
    options.max = 1;
    pool_adjust(pool, &options);
    cr_expect_eq(connection_is_dead(a) || connection_is_dead(b), false,
                 "who has one keeps it");
    pool_put(&a);
    pool_put(&b);
    UNTIL(stats_of(pool).idle == 1);
}

ON_POOL(purges_what_idled_beside_a_link_that_ended_without_a_word,
        options.lanes = 1;
        options.max = 3)
{
    struct connection *all[3] = { NULL };
    struct statement ping = sql("SELECT 1");

    for (int i = 0; i < 3; i++)
        cr_assert_eq(pool_get(pool, after_ms(30000), &all[i], NULL), 0);
    pool_put(&all[0]);
    pool_put(&all[1]);
    cr_expect_eq(stats_of(pool).idle, 2);
    fault_arm(FAULT_LINK, 0, 1);
    cr_expect_eq(
        connection_query(all[2], &ping, NULL, 0, after_ms(30000), NULL, NULL),
        -ERR_LINK_LOST);
    cr_expect_eq(stats_of(pool).idle, 0);
    pool_put(&all[2]);
}
