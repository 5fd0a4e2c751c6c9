/* SPDX-License-Identifier: MIT */
/* A pool and a database that fails: what is asked of it then, and when. */
#include "support/database.h"
#include "support/proxied.h"

#include "base/buffer.h"
#include "base/feature.h"
#include "base/settings.h"
#include "database/pool_impl.h"
#include "database/transaction.h"
#include "telemetry/metrics.h"

static struct place place;
static struct fault_proxy proxy;

static void make_place(void)
{
    place = place_make("CREATE TABLE items (id int PRIMARY KEY, name text);"
                       "INSERT INTO items SELECT i, 'item ' || i "
                       "FROM generate_series(1, 100) i;"
                       "CREATE TABLE others (id int);"
                       "CREATE SEQUENCE tries;"
                       "GRANT ALL ON SEQUENCE tries TO PUBLIC");
    proxy = proxied_start(place.service_url);
}

static void drop_place(void)
{
    fault_proxy_stop(&proxy);
    place_drop(&place);
}

TestSuite(guard, .init = make_place, .fini = drop_place, .timeout = 60);

static struct pool_options hasty(void)
{
    struct pool_options options = test_pool_options();

    options.max = 2;
    options.wait_max_ms = 250;
    options.connect_timeout_ms = 500;
    return options;
}

/* A test's body runs on a fiber, with a pool behind the proxy. */
#define BEHIND_PROXY(name)                           \
    static void name##_body(struct pool *pool);      \
    static void name##_fiber(void *arg)              \
    {                                                \
        struct test_pool made;                       \
        char url[1024];                              \
        (void)arg;                                   \
        proxied_url(&proxy, place.service_url, url); \
        made = test_pool_start(url, hasty());        \
        UNTIL(stats_of(made.pool).lanes == 2);       \
        name##_body(made.pool);                      \
        test_pool_end(&made);                        \
    }                                                \
    Test(guard, name)                                \
    {                                                \
        fiber_run_alone("test", name##_fiber, NULL); \
    }                                                \
    static void name##_body(struct pool *pool)

static void switch_off(char *flag)
{
    char *argv[] = { flag, NULL };
    struct settings_sources from = { .argc = 1, .argv = argv };
    CLEANUP(settings_free) struct settings *settings = NULL;
    CLEANUP(buffer_fini) struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    cr_assert_eq(settings_load(&from, &mistakes, NULL, &settings), 0);
    features_apply(settings);
}

static int read_item(struct pool *pool, uint64_t timeout_ms, struct diag *diag)
{
    struct statement statement = sql("SELECT name FROM items WHERE id = 7");

    statement.collection = "items";
    return pool_read(pool, NULL, &statement, NULL, 0, after_ms(timeout_ms),
                     NULL, diag);
}

static void break_off(void)
{
    fault_proxy_tell(&proxy, "refuse");
    fault_proxy_tell(&proxy, "reset");
}

/* What the database was asked for, one way or the other. */
static unsigned long long arrivals(void)
{
    return fault_proxy_count(&proxy, "accepted") +
           fault_proxy_count(&proxy, "refused") +
           fault_proxy_count(&proxy, "bytes_up");
}

/* --- connecting ---------------------------------------------------------- */

BEHIND_PROXY(leaves_a_database_alone_that_is_gone_and_finds_it_again)
{
    struct connection *none = NULL;
    unsigned long long before;
    struct diag diag;

    break_off();
    UNTIL(stats_of(pool).connect == BREAKER_OPEN);
    before = arrivals();
    for (int i = 0; i < 1000; i++) {
        diag_init(&diag, NULL);
        cr_assert_eq(read_item(pool, 5000, &diag), -ERR_UNAVAILABLE);
        cr_assert_geq(diag.retry_after_s, 1);
        cr_assert_eq(pool_get(pool, after_ms(30000), &none, NULL),
                     -ERR_UNAVAILABLE);
    }
    cr_expect_eq(stats_of(pool).waits, 0, "nobody waited");
    cr_expect_geq(stats_of(pool).broken, 2000);
    cr_expect_eq(arrivals(), before, "and nothing was asked");
    fault_proxy_tell(&proxy, "heal");
    UNTIL(stats_of(pool).connect == BREAKER_CLOSED);
    cr_expect_eq(read_item(pool, 5000, NULL), 0);
}

static long turned_away(void)
{
    static const char name[] = "\nportcullis_shed_total{reason=\"breaker\"} ";
    CLEANUP(buffer_fini) struct buffer page;
    const char *at;

    buffer_init(&page, 1 << 20);
    metrics_write(&page);
    buffer_add_byte(&page, '\0');
    at = strstr(page.at, name);
    return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

BEHIND_PROXY(who_knows_another_node_is_not_counted_as_turned_away)
{
    long before;

    break_off();
    UNTIL(stats_of(pool).connect == BREAKER_OPEN);
    before = turned_away();
    cr_expect_eq(read_item(pool, 5000, NULL), -ERR_UNAVAILABLE);
    cr_expect_eq(turned_away(), before + 1);
    pool->options.once = true; /* as a replica's */
    cr_expect_eq(read_item(pool, 5000, NULL), -ERR_UNAVAILABLE);
    cr_expect_eq(turned_away(), before + 1);
}

struct asker {
    struct pool *pool;
    uint64_t timeout_ms;
    unsigned left, *failed;
    bool done;
};

static void keep_asking(void *arg)
{
    struct asker *asker = arg;

    for (; asker->left > 0; asker->left--)
        *asker->failed += read_item(asker->pool, asker->timeout_ms, NULL) < 0;
    asker->done = true;
}

static void start(struct asker *asker)
{
    cr_assert_eq(
        fiber_start(pool_loop(asker->pool), "ask", keep_asking, asker, NULL),
        0);
}

/* So many fibers, each with so many reads; how many of these failed. */
static unsigned ask_all(struct pool *pool, unsigned fibers, unsigned each,
                        uint64_t timeout_ms)
{
    struct asker askers[64];
    unsigned failed = 0;

    cr_assert_leq(fibers, ARRAY_LEN(askers));
    for (unsigned i = 0; i < fibers; i++) {
        askers[i] = (struct asker){ pool, timeout_ms, each, &failed, false };
        start(&askers[i]);
    }
    for (unsigned i = 0; i < fibers; i++)
        UNTIL(askers[i].done);
    return failed;
}

BEHIND_PROXY(reaches_less_than_it_is_asked_for_when_everything_fails)
{
    unsigned long long before = fault_proxy_count(&proxy, "accepted");
    struct pool_stats stats;

    fault_proxy_tell(&proxy, "reset 1.0");
    cr_expect_eq(ask_all(pool, 50, 10, 2000), 500);
    stats = stats_of(pool);
    cr_expect_gt(fault_proxy_count(&proxy, "resets"), 0);
    cr_expect_leq(fault_proxy_count(&proxy, "accepted") - before + 500 +
                      stats.retries,
                  600, "1.2 times the requests");
}

BEHIND_PROXY(without_the_breaker_waits_for_a_connection_and_says_why)
{
    struct diag diag;

    switch_off((char[]){ "--circuit-breaker=off" });
    break_off();
    UNTIL(stats_of(pool).connect == BREAKER_OPEN);
    diag_init(&diag, NULL);
    cr_expect_eq(read_item(pool, 400, &diag), -ERR_CONNECT_FAILED);
    cr_expect_gt(stats_of(pool).waits, 0);
    cr_expect_eq(stats_of(pool).broken, 0);
}

/* --- querying ------------------------------------------------------------ */

BEHIND_PROXY(leaves_a_database_alone_that_does_not_answer)
{
    unsigned long long before;
    struct connection *none = NULL;

    fault_proxy_tell(&proxy, "blackhole");
    cr_expect_eq(ask_all(pool, 20, 1, 300), 20);
    cr_expect_eq(stats_of(pool).query, BREAKER_OPEN);
    before = arrivals();
    cr_expect_eq(ask_all(pool, 50, 20, 2000), 1000);
    cr_expect_eq(pool_get(pool, after_ms(1000), &none, NULL), -ERR_UNAVAILABLE);
    cr_expect_eq(arrivals(), before);
    fault_proxy_tell(&proxy, "heal");
    UNTIL(stats_of(pool).query == BREAKER_CLOSED);
    UNTIL(stats_of(pool).lanes == 2);
    cr_expect_eq(read_item(pool, 5000, NULL), 0);
}

BEHIND_PROXY(takes_no_hasty_clients_deadline_for_a_silence)
{
    fault_proxy_tell(&proxy, "latency 30");
    cr_expect_eq(ask_all(pool, 50, 1, 10), 50);
    cr_expect_eq(stats_of(pool).query, BREAKER_CLOSED);
}

static int read_other(struct pool *pool)
{
    struct statement statement = sql("SELECT count(*) FROM others");

    statement.collection = "others";
    return pool_read(pool, NULL, &statement, NULL, 0, after_ms(30000), NULL,
                     NULL);
}

static void lock_items(struct connection *connection)
{
    struct statement begin = sql("BEGIN");
    struct statement lock = sql("LOCK TABLE items IN ACCESS EXCLUSIVE MODE");

    cr_assert_eq(connection_query(connection, &begin, NULL, 0, after_ms(30000),
                                  NULL, NULL),
                 0);
    cr_assert_eq(connection_query(connection, &lock, NULL, 0, after_ms(30000),
                                  NULL, NULL),
                 0);
}

BEHIND_PROXY(lets_one_locked_table_hold_up_nobody_else)
{
    struct connection *locker = test_open(place.owner_url);

    lock_items(locker);
    cr_expect_eq(ask_all(pool, 10, 1, 300), 10);
    UNTIL(stats_of(pool).lanes > 2);
    for (int i = 0; i < 10; i++) {
        cr_expect_eq(ask_all(pool, 10, 1, 50), 10);
        cr_expect_eq(read_other(pool), 0);
    }
    cr_expect_eq(ask_all(pool, 40, 1, 400), 40);
    cr_expect_eq(read_other(pool), 0);
    cr_expect_eq(stats_of(pool).query, BREAKER_CLOSED, "it was a lock");
    connection_close(&locker);
    UNTIL(stats_of(pool).lanes == 2);
    cr_expect_eq(read_item(pool, 5000, NULL), 0);
}

BEHIND_PROXY(takes_reads_out_from_behind_a_locked_table)
{
    struct connection *locker = test_open(place.owner_url);
    struct asker askers[8];
    unsigned failed = 0;

    lock_items(locker);
    for (unsigned i = 0; i < ARRAY_LEN(askers); i++) {
        askers[i] = (struct asker){ pool, 8000, 1, &failed, false };
        start(&askers[i]);
    }
    cr_assert_eq(fiber_sleep(after_ms(20)), 0);
    cr_expect_eq(read_other(pool), 0, "before anybody knew of the lock");
    connection_close(&locker);
    for (unsigned i = 0; i < ARRAY_LEN(askers); i++)
        UNTIL(askers[i].done);
    cr_expect_eq(failed, 0, "and nobody's read was lost");
    cr_expect_eq(stats_of(pool).retries, 0, "nor taken for a failure");
}

BEHIND_PROXY(takes_no_mistake_of_a_client_for_a_failure)
{
    struct statement broken = sql("SELECT 1/0");

    for (int i = 0; i < 100; i++)
        cr_assert_eq(pool_read(pool, NULL, &broken, NULL, 0, after_ms(30000),
                               NULL, NULL),
                     -ERR_VALIDATION);
    cr_expect_eq(stats_of(pool).query, BREAKER_CLOSED);
}

BEHIND_PROXY(takes_internal_errors_for_failures)
{
    struct statement broken = sql("DO $$BEGIN RAISE SQLSTATE 'XX001'; END$$");

    for (int i = 0; i < 20; i++)
        cr_assert_eq(pool_read_alone(pool, NULL, &broken, NULL, 0,
                                     after_ms(30000), NULL, NULL),
                     -ERR_UNAVAILABLE);
    cr_expect_eq(stats_of(pool).query, BREAKER_OPEN);
    UNTIL(stats_of(pool).query == BREAKER_CLOSED);
}

/* --- trying again -------------------------------------------------------- */

BEHIND_PROXY(reads_on_through_a_lost_link)
{
    cr_expect_eq(ask_all(pool, 20, 5, 5000), 0);
    fault_proxy_tell(&proxy, "reset");
    cr_expect_eq(ask_all(pool, 20, 1, 5000), 0);
    cr_expect_eq(fault_proxy_count(&proxy, "resets"), 2);
    cr_expect_geq(stats_of(pool).lost, 1);
}

/* Counts itself, rollback or not, and fails as if it had lost a race. */
static int lose_a_race(struct transaction *transaction, void *arg)
{
    struct statement count = sql("SELECT nextval('tries')");
    int r = transaction_query(transaction, &count, NULL, 0, NULL);

    (void)arg;
    return r < 0 ? r
                 : FAIL(transaction_diag(transaction), ERR_SERIALIZATION,
                        "another was first");
}

static long tries(struct pool *pool)
{
    CLEANUP(pool_put) struct connection *connection = NULL;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    return ask_number(connection, "SELECT last_value FROM tries");
}

static void run_losers(struct pool *pool, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        cr_assert_eq(transaction_run(pool, NULL, lose_a_race, NULL,
                                     after_ms(30000), NULL, NULL),
                     -ERR_SERIALIZATION);
}

BEHIND_PROXY(repeats_no_more_than_a_fifth_of_what_always_fails)
{
    run_losers(pool, 200);
    cr_expect_leq(tries(pool), 240);
    cr_expect_geq(tries(pool), 220, "the first ones were repeated");
    cr_expect_eq(stats_of(pool).retries + 200, tries(pool));
}

BEHIND_PROXY(repeats_nothing_when_that_is_switched_off)
{
    switch_off((char[]){ "--retries=off" });
    run_losers(pool, 10);
    cr_expect_eq(tries(pool), 10);
}

static const struct statement rename_item = {
    .name = "rename_item",
    .sql = "UPDATE items SET name = 'x' WHERE id = 1",
};

BEHIND_PROXY(looks_for_the_primary_again_when_it_may_not_write)
{
    struct statement read_only = sql("SET default_transaction_read_only = on");
    struct connection *connection = NULL;
    struct commit commit;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    cr_assert_eq(connection_query(connection, &read_only, NULL, 0,
                                  after_ms(30000), NULL, NULL),
                 0);
    pool_put(&connection);
    cr_expect_eq(stats_of(pool).idle, 1);
    cr_expect_eq(transaction_once(pool, NULL, &rename_item, NULL, 0,
                                  after_ms(30000), NULL, &commit, NULL),
                 0, "on a new connection");
    cr_expect_eq(commit.attempts, 2);
}

BEHIND_PROXY(looks_only_once)
{
    struct transaction_options read_only = { .read_only = true };
    struct commit commit;

    cr_expect_eq(transaction_once(pool, &read_only, &rename_item, NULL, 0,
                                  after_ms(30000), NULL, &commit, NULL),
                 -ERR_READ_ONLY);
    cr_expect_eq(commit.attempts, 2);
}
