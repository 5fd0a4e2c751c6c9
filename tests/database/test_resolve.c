/* SPDX-License-Identifier: MIT */
/* What became of a COMMIT that was not answered. */
#include "support/database.h"
#include "support/proxied.h"

#include "base/error.h"
#include "base/fault.h"
#include "database/transaction.h"

/*
 * Each change of an account says by which mark it was made, as the service's
 * audit does; 30 cents more are waited for inside COMMIT.
 */
static const char schema[] =
    "CREATE TABLE accounts (id int PRIMARY KEY, cents int);"
    "INSERT INTO accounts VALUES (1, 100), (2, 100);"
    "CREATE TABLE marks (mark text);"
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$"
    "BEGIN INSERT INTO marks VALUES (current_setting('app.mark', true));"
    "RETURN NULL; END$$;"
    "CREATE TRIGGER note AFTER UPDATE ON accounts FOR EACH ROW"
    " WHEN (NEW.cents <> OLD.cents)"
    " EXECUTE FUNCTION note();"
    "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$"
    "BEGIN IF NEW.cents = OLD.cents + 30 THEN PERFORM pg_sleep(600); END IF;"
    "RETURN NULL; END$$;"
    "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON accounts"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()";

static struct place place;
static struct fault_proxy proxy;

static void make_place(void)
{
    place = place_make(schema);
    proxy = proxied_start(place.service_url);
}

static void drop_place(void)
{
    place_drop(&place);
    fault_proxy_stop(&proxy);
}

TestSuite(resolve, .init = make_place, .fini = drop_place, .timeout = 60);

/* The pool is behind the proxy, `direct` is not. */
#define ON_POOL(name)                                                      \
    static void name##_body(struct pool *pool, struct connection *direct); \
    static void name##_fiber(void *arg)                                    \
    {                                                                      \
        CLEANUP(connection_close)                                          \
        struct connection *direct = test_open(place.service_url);          \
        struct test_pool made;                                             \
        char url[1024];                                                    \
                                                                           \
        (void)arg;                                                         \
        proxied_url(&proxy, place.service_url, url);                       \
        made = test_pool_start(url, test_pool_options());                  \
        UNTIL(stats_of(made.pool).lanes == 2);                             \
        name##_body(made.pool, direct);                                    \
        test_pool_end(&made);                                              \
    }                                                                      \
    Test(resolve, name)                                                    \
    {                                                                      \
        fiber_run_alone("test", name##_fiber, NULL);                       \
    }                                                                      \
    static void name##_body(struct pool *pool, struct connection *direct)

static long cents(struct connection *direct)
{
    return ask_number(direct, "SELECT cents FROM accounts WHERE id = 1");
}

static const struct statement add_cents = {
    .name = "add_cents",
    .sql = "UPDATE accounts SET cents = cents + $2 WHERE id = $1 "
           "RETURNING cents",
};

/* --- a single statement --------------------------------------------------- */

/* One that is found again by a mark, and what it came to. */
struct single {
    struct pool *pool;
    const char *cents;
    int answer; /* instead of asking, and nothing is found; 0: asks */
    unsigned recalls;
    struct commit commit;
    struct rows *rows;
    struct diag diag;
    int result;
    bool done;
};

static const struct statement recalled = {
    .name = "recalled",
    .sql = "SELECT (SELECT cents FROM accounts WHERE id = 1) FROM marks"
           " WHERE mark = 'the one'",
};

static int recall(void *arg, struct pool *pool, struct deadline until,
                  struct rows **ret_rows, struct diag *diag)
{
    struct single *single = arg;
    int r;

    single->recalls++;
    if (single->answer < 0)
        return FAIL(diag, -single->answer, "the owl has not come");
    r = pool_read(pool, NULL, &recalled, NULL, 0, until, ret_rows, diag);
    return r == 0 && rows_count(*ret_rows) == 0 ? -ERR_NOT_FOUND : r;
}

static void run_single(void *arg)
{
    struct single *single = arg;
    const struct recall how = { recall, single };
    const struct transaction_setting mark = { "app.mark", TEXT("the one") };
    const struct transaction_options options = { .settings = &mark,
                                                 .setting_count = 1,
                                                 .recall = &how };
    const struct text params[] = { TEXT("1"), text_of(single->cents) };

    diag_init(&single->diag, NULL);
    single->result = transaction_once(single->pool, &options, &add_cents,
                                      params, 2, after_ms(30000), &single->rows,
                                      &single->commit, &single->diag);
    single->done = true;
}

/* The next thing read on any link, the answer to COMMIT, is lost. */
static void lose_the_answer(struct single *single)
{
    struct single before = { .pool = single->pool, .cents = "0" };

    run_single(&before); /* a session is open from here on */
    cr_assert_eq(before.result, 0);
    rows_unref(&before.rows);
    fault_arm(FAULT_LINK, 0, 1);
    run_single(single);
    cr_expect_eq(fault_count(FAULT_LINK), 1);
}

ON_POOL(finds_a_single_statement_that_was_committed)
{
    struct single single = { .pool = pool, .cents = "5" };

    lose_the_answer(&single);
    cr_expect_eq(single.result, 0);
    cr_expect_eq(single.diag.code, 0);
    cr_expect_eq(single.commit.attempts, 1);
    cr_expect_eq(single.recalls, 1);
    cr_expect_gt(single.commit.point.position, 0);
    cr_expect(text_is(rows_get(single.rows, 0, 0), "105"));
    cr_expect_eq(cents(direct), 105);
    rows_unref(&single.rows);
}

ON_POOL(says_what_is_known_of_one_that_nobody_can_tell_of)
{
    struct single single = { .pool = pool,
                             .cents = "5",
                             .answer = -ERR_OUTCOME_UNKNOWN };

    lose_the_answer(&single);
    cr_expect_eq(single.result, -ERR_OUTCOME_UNKNOWN);
    cr_expect_str_eq(single.diag.detail, "the owl has not come");
    cr_expect_eq(cents(direct), 105, "but nothing is done again");
}

ON_POOL(does_a_single_statement_again_that_was_not)
{
    struct single single = { .pool = pool, .cents = "4711" };

    fault_proxy_tell(&proxy, "cut before 4711");
    run_single(&single);
    cr_expect_eq(fault_proxy_count(&proxy, "cuts"), 1);
    cr_expect_eq(single.result, 0);
    cr_expect_eq(single.commit.attempts, 2);
    cr_expect_eq(single.recalls, 1);
    cr_expect(text_is(rows_get(single.rows, 0, 0), "4811"));
    cr_expect_eq(cents(direct), 4811);
    rows_unref(&single.rows);
}

/*
 * Whoever waits for a lock does not see at once that its client has gone. It
 * would go on when it has the lock, and commit, after it was looked for.
 */
ON_POOL(leaves_no_session_behind_that_may_still_commit)
{
    static const char waiting[] =
        "SELECT coalesce(max(pid), 0) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE accounts%'";
    CLEANUP(memory_free) char *another = NULL;
    struct statement begin = sql("BEGIN");
    struct statement lock = sql("SELECT 1 FROM accounts FOR UPDATE");
    struct statement end = sql("COMMIT");
    struct single single = { .pool = pool, .cents = "1" };
    CLEANUP(connection_close)
    struct connection *locker = test_open(place.service_url);
    long first;

    cr_assert_eq(
        connection_query(locker, &begin, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_assert_eq(
        connection_query(locker, &lock, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_assert_eq(
        fiber_start(pool_loop(pool), "single", run_single, &single, NULL), 0);
    UNTIL((first = ask_number(direct, waiting)) > 0);
    another = memory_format("%s AND pid <> %ld", waiting, first);
    fault_proxy_tell(&proxy, "reset");
    UNTIL(single.done || ask_number(direct, another) > 0);
    cr_expect_not(single.done);
    cr_expect_eq(single.recalls, 1);
    cr_assert_eq(
        connection_query(locker, &end, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    UNTIL(single.done);
    cr_expect_eq(single.result, 0);
    cr_expect_eq(single.commit.attempts, 2);
    cr_expect_eq(cents(direct), 101, "once, not twice");
    cr_expect_eq(ask_number(direct, "SELECT count(*) FROM marks"), 1);
    rows_unref(&single.rows);
}

/* --- a body ----------------------------------------------------------------
 */

struct sleeper {
    struct pool *pool;
    unsigned runs;
    int result;
    bool done;
};

/* The second time round another sum, that does not sleep. */
static int fall_asleep(struct transaction *transaction, void *arg)
{
    struct sleeper *sleeper = arg;
    struct text params[] = { TEXT("1"),
                             text_of(sleeper->runs++ == 0 ? "30" : "1") };

    return transaction_query(transaction, &add_cents, params, 2, NULL);
}

static void run_sleeper(void *arg)
{
    struct sleeper *sleeper = arg;

    sleeper->result = transaction_run(sleeper->pool, NULL, fall_asleep, sleeper,
                                      after_ms(10000), NULL, NULL);
    sleeper->done = true;
}

ON_POOL(ends_a_session_that_never_gets_done_with_its_commit)
{
    struct sleeper sleeper = { .pool = pool };

    cr_assert_eq(
        fiber_start(pool_loop(pool), "sleeper", run_sleeper, &sleeper, NULL),
        0);
    UNTIL(ask_number(direct,
                     "SELECT count(*) FROM pg_stat_activity WHERE "
                     "wait_event = 'PgSleep' AND query = 'COMMIT'") == 1);
    fault_proxy_tell(&proxy, "reset");
    UNTIL(sleeper.done);
    cr_expect_eq(sleeper.result, 0);
    cr_expect_eq(sleeper.runs, 2);
    cr_expect_eq(cents(direct), 101);
}

/* --- sessions --------------------------------------------------------------
 */

static char *end(struct connection *by, const char *name)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct text param = text_of(name);

    cr_assert_eq(connection_query(by, &postgres_driver.dialect->session_end,
                                  &param, 1, after_ms(30000), &rows, NULL),
                 0);
    cr_assert_eq(rows_count(rows), 1);
    if (text_is_null(rows_get(rows, 0, 0)))
        return memory_copy("NULL", 4);
    return memory_copy(rows_get(rows, 0, 0).at, rows_get(rows, 0, 0).len);
}

static bool end_says(struct connection *by, const char *name, const char *word)
{
    CLEANUP(memory_free) char *said = end(by, name);

    return strcmp(said, word) == 0;
}

static struct connection *open_named(const char *url)
{
    static const struct open_options options = { .application_name = "named",
                                                 .connect_timeout_ms = 30000,
                                                 .named = true };
    CLEANUP(target_free) struct target *target = test_target(url);
    struct connection *named = NULL;

    cr_assert_eq(connection_open(&postgres_driver, fiber_loop(fiber_self()),
                                 target, &options, after_ms(30000), &named,
                                 NULL),
                 0);
    return named;
}

ON_POOL(ends_a_session_by_its_name)
{
    CLEANUP(connection_close)
    struct connection *named = open_named(place.service_url);

    (void)pool;
    cr_assert_str_neq(named->session, "");
    cr_expect(end_says(direct, named->session, "told"));
    UNTIL(end_says(direct, named->session, "ended"));
    UNTIL(connection_is_dead(named));
}

/* "pid,start,system/timeline" */
ON_POOL(ends_nobody_else)
{
    CLEANUP(connection_close)
    struct connection *named = open_named(place.service_url);
    CLEANUP(memory_free)
    char *another_life =
        memory_format("%.*s,1000.5,%s", (int)strcspn(named->session, ","),
                      named->session, strrchr(named->session, ',') + 1);
    CLEANUP(memory_free)
    char *another_timeline = memory_format("%s0", named->session);

    (void)pool;
    cr_expect(end_says(direct, another_life, "ended"), "and it was not this");
    cr_expect(end_says(direct, another_timeline, "NULL"));
    cr_expect_eq(ask_number(named, "SELECT 17"), 17);
}
