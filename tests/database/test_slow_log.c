/* SPDX-License-Identifier: MIT */
#include "support/database.h"

#include "database/slow_log.h"
#include "telemetry/log.h"
#include "telemetry/metrics_read.h"

#include <unistd.h>

/* What is in no time, no id and no count. */
#define SECRET "1987654321"

/* A threshold that what is quick keeps below on any machine. */
enum { PATIENT_MS = 1500 };

static struct place place;
static FILE *written;

static void make_place(void)
{
    place = place_make("CREATE TABLE items (id int PRIMARY KEY, name text);"
                       "INSERT INTO items SELECT i, 'item ' || i "
                       "FROM generate_series(1, 1000) i;"
                       "INSERT INTO items VALUES (" SECRET ", 'secret');"
                       "ANALYZE items");
    written = tmpfile();
    cr_assert_not_null(written);
    log_setup(LOG_INFO, LOG_JSON, fileno(written));
}

static void drop_place(void)
{
    log_setup(LOG_INFO, LOG_JSON, STDERR_FILENO);
    fclose(written);
    place_drop(&place);
}

TestSuite(slow_log, .init = make_place, .fini = drop_place, .timeout = 60);

/* What was logged so far. */
static const char *log_text(void)
{
    static char text[64 * 1024];
    size_t len;

    rewind(written);
    len = fread(text, 1, sizeof(text) - 1, written);
    text[len] = '\0';
    return text;
}

static bool logged(const char *part)
{
    return strstr(log_text(), part) != NULL;
}

/* A pool's own questions may be slow as well, where the machine is. */
static double slow_count(void)
{
    static const struct metric_filter items = { .metric = METRIC_SLOW_QUERIES,
                                                .given = { true },
                                                .values = { "slow_item" } };
    struct metric_reading reading;

    metric_read(&items, &reading);
    return reading.value;
}

/* A pool whose statements are slow when they take 20 ms. */
#define ON_POOL(name)                                                         \
    static void name##_body(struct pool *pool, struct slow_log *log);         \
    static void name##_fiber(void *arg)                                       \
    {                                                                         \
        struct pool_options options = test_pool_options();                    \
        struct target *target = test_target(place.service_url);               \
        struct test_pool made;                                                \
        (void)arg;                                                            \
        options.slow_log = slow_log_new(fiber_loop(fiber_self()),             \
                                        &postgres_driver, target, false, 20); \
        made = test_pool_start(place.service_url, options);                   \
        name##_body(made.pool, options.slow_log);                             \
        test_pool_end(&made);                                                 \
        slow_log_free(&options.slow_log);                                     \
        target_free(&target);                                                 \
    }                                                                         \
    Test(slow_log, name)                                                      \
    {                                                                         \
        fiber_run_alone("test", name##_fiber, NULL);                          \
    }                                                                         \
    static void name##_body(struct pool *pool, struct slow_log *log UNUSED)

static const struct statement slow_item = {
    .name = "slow_item",
    .sql = "SELECT name, pg_sleep($2) FROM items WHERE id = $1",
    .collection = "items",
};

static int read_item(struct pool *pool, const char *id, const char *s,
                     uint64_t within_ms)
{
    const struct text params[] = { text_of(id), text_of(s) };

    return pool_read(pool, NULL, &slow_item, params, 2, after_ms(within_ms),
                     NULL, NULL);
}

ON_POOL(tells_a_slow_statement_by_its_name_with_the_plan_for_any_values)
{
    cr_assert_eq(read_item(pool, SECRET, "0.05", 5000), 0);
    cr_expect(logged("\"event\":\"slow_query\",\"query\":\"slow_item\","
                     "\"collection\":\"items\",\"ms\":"),
              "%s", log_text());
    cr_expect(logged(",\"rows\":1}"));
    cr_expect_eq(slow_count(), 1, "%s", log_text());
    UNTIL(logged("\"event\":\"slow_query_plan\",\"query\":\"slow_item\""));
    cr_expect(logged("Index Scan using items_pkey on items"), "%s", log_text());
    cr_expect(logged("Index Cond: (id = $1)"), "%s", log_text());
    cr_expect_not(logged(SECRET), "no value reaches the log");
}

ON_POOL(counts_all_and_tells_some)
{
    for (int i = 0; i < 5; i++)
        cr_assert_eq(read_item(pool, "7", "0.03", 5000), 0);
    cr_expect_eq(slow_count(), 5);
    UNTIL(logged("slow_query_plan"));
    cr_expect_null(
        strstr(strstr(log_text(), "slow_query_plan") + 1, "slow_query_plan"),
        "it is explained once");
}

ON_POOL(says_nothing_of_what_is_quick)
{
    slow_log_set_threshold(log, PATIENT_MS);
    cr_assert_eq(read_item(pool, "7", "0", 5000), 0);
    cr_expect_not(logged("slow_query"));
    cr_expect_eq(slow_count(), 0);
}

ON_POOL(tells_what_was_given_up_before_it_answered)
{
    slow_log_set_threshold(log, 0);
    cr_assert_eq(read_item(pool, "7", "0", 5000), 0, "it is connected");
    slow_log_set_threshold(log, 20);
    cr_assert_eq(read_item(pool, "7", "30", 1000), -ERR_DEADLINE);
    cr_expect(logged("\"event\":\"slow_query\",\"query\":\"slow_item\""));
    cr_expect(logged("\"error\":\"cancelled\""), "%s", log_text());
    UNTIL(logged("Index Cond: (id = $1)"));
    cr_expect_eq(slow_count(), 1, "%s", log_text());
}

ON_POOL(does_not_blame_who_waited_behind_the_slow_one)
{
    static const struct statement quick = { .name = "quick_item",
                                            .sql = "SELECT 1" };
    CLEANUP(pool_put) struct connection *connection = NULL;
    const struct text params[] = { TEXT("7"), TEXT("1.6") };
    struct call *first, *second;

    slow_log_set_threshold(log, PATIENT_MS);
    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    first = connection_submit(connection, &slow_item, params, 2, 0);
    second = connection_submit(connection, &quick, NULL, 0, 0);
    cr_expect_eq(call_wait(&first, after_ms(30000), NULL, NULL), 0);
    cr_expect_eq(call_wait(&second, after_ms(30000), NULL, NULL), 0);
    cr_expect(logged("slow_item"));
    cr_expect_not(logged("quick_item"), "%s", log_text());
}

ON_POOL(can_be_switched_off)
{
    slow_log_set_threshold(log, 0);
    cr_assert_eq(read_item(pool, "7", "0.05", 5000), 0);
    cr_expect_not(logged("slow_query"));
    cr_expect_eq(slow_count(), 0);
}

/* What has no plan of its own is only told. */
ON_POOL(explains_nothing_that_is_no_query)
{
    CLEANUP(pool_put) struct connection *connection = NULL;
    static const struct statement block = {
        .name = "block", .sql = "DO $$ BEGIN PERFORM pg_sleep(0.05); END $$"
    };

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    cr_assert_eq(connection_query(connection, &block, NULL, 0, after_ms(30000),
                                  NULL, NULL),
                 0);
    cr_expect(logged("\"query\":\"block\""));
    cr_expect_not(logged("slow_query_plan"));
}
