/* SPDX-License-Identifier: MIT */
#include "support/database.h"

#include "base/error.h"
#include "base/fault.h"
#include "database/transaction.h"

#include <inttypes.h>

static struct place place;

static void make_place(void)
{
    place = place_make("CREATE TABLE accounts (id int PRIMARY KEY, cents int);"
                       "INSERT INTO accounts VALUES (1, 100), (2, 100);"
                       "CREATE SEQUENCE tries MINVALUE 0 START 0;"
                       "GRANT ALL ON SEQUENCE tries TO PUBLIC");
}

static void drop_place(void)
{
    place_drop(&place);
}

TestSuite(transaction, .init = make_place, .fini = drop_place, .timeout = 60);

#define ON_POOL(name)                                                \
    static void name##_body(struct pool *pool);                      \
    static void name##_fiber(void *arg)                              \
    {                                                                \
        struct test_pool made =                                      \
            test_pool_start(place.service_url, test_pool_options()); \
        (void)arg;                                                   \
        UNTIL(stats_of(made.pool).lanes == 2);                       \
        name##_body(made.pool);                                      \
        test_pool_end(&made);                                        \
    }                                                                \
    Test(transaction, name)                                          \
    {                                                                \
        fiber_run_alone("test", name##_fiber, NULL);                 \
    }                                                                \
    static void name##_body(struct pool *pool)

static const struct statement add_cents = {
    .name = "add_cents",
    .sql = "UPDATE accounts SET cents = cents + $2 WHERE id = $1 "
           "RETURNING cents",
};

static long look(struct pool *pool, const char *text)
{
    CLEANUP(pool_put) struct connection *connection = NULL;

    cr_assert_eq(pool_get(pool, after_ms(30000), &connection, NULL), 0);
    return ask_number(connection, text);
}

static long cents_of(struct pool *pool, int id)
{
    return look(pool, id == 1 ? "SELECT cents FROM accounts WHERE id = 1"
                              : "SELECT cents FROM accounts WHERE id = 2");
}

static int add(struct transaction *transaction, const char *id,
               const char *cents)
{
    struct text params[] = { text_of(id), text_of(cents) };

    return transaction_query(transaction, &add_cents, params, 2, NULL);
}

static int move_ten(struct transaction *transaction, void *arg)
{
    int *fail_with = arg;
    int r = add(transaction, "1", "-10");

    if (r == 0)
        r = add(transaction, "2", "10");
    return r == 0 && fail_with ? *fail_with : r;
}

/* --- run ----------------------------------------------------------------- */

ON_POOL(commits_what_the_body_did_and_tells_where)
{
    struct commit commit;

    cr_assert_eq(transaction_run(pool, NULL, move_ten, NULL, after_ms(30000),
                                 &commit, NULL),
                 0);
    cr_expect_eq(cents_of(pool, 1), 90);
    cr_expect_eq(cents_of(pool, 2), 110);
    cr_expect_eq(commit.attempts, 1);
    cr_expect_gt(commit.point.position, 0);
    cr_expect_eq(stats_of(pool).idle, 1, "the connection came back clean");
}

ON_POOL(rolls_back_when_the_body_fails)
{
    int fail_with = -ERR_PRECONDITION_FAILED;

    cr_assert_eq(transaction_run(pool, NULL, move_ten, &fail_with,
                                 after_ms(30000), NULL, NULL),
                 -ERR_PRECONDITION_FAILED);
    cr_expect_eq(cents_of(pool, 1), 100);
}

static int look_at_settings(struct transaction *transaction, void *arg)
{
    struct statement query =
        sql("SELECT current_setting('app.user'), current_setting('app.scope'), "
            "current_setting('transaction_isolation'), "
            "current_setting('transaction_read_only'), "
            "(SELECT setting FROM pg_settings"
            " WHERE name = 'statement_timeout'), "
            "(SELECT setting FROM pg_settings WHERE name = 'lock_timeout')");
    struct rows **ret_rows = arg;

    return transaction_query(transaction, &query, NULL, 0, ret_rows);
}

ON_POOL(sets_isolation_settings_and_timeouts_for_itself_only)
{
    struct transaction_setting settings[] = {
        { "app.user", TEXT("ann's") }, { "app.scope", TEXT("all") },
        { "app.a", TEXT("1") },        { "app.b", TEXT("2") },
        { "app.c", TEXT("3") },        { "app.d", TEXT("4") },
        { "app.e", TEXT("5") },        { "app.f", TEXT("6") },
    };
    struct transaction_options options = {
        .isolation = ISOLATION_SERIALIZABLE,
        .read_only = true,
        .settings = settings,
        .setting_count = ARRAY_LEN(settings),
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int64_t statement_ms, lock_ms;

    cr_assert_eq(transaction_run(pool, &options, look_at_settings, &rows,
                                 after_ms(30000), NULL, NULL),
                 0);
    cr_expect(text_is(rows_get(rows, 0, 0), "ann's"));
    cr_expect(text_is(rows_get(rows, 0, 1), "all"));
    cr_expect(text_is(rows_get(rows, 0, 2), "serializable"));
    cr_expect(text_is(rows_get(rows, 0, 3), "on"));
    cr_assert(text_to_int64(rows_get(rows, 0, 4), &statement_ms));
    cr_assert(text_to_int64(rows_get(rows, 0, 5), &lock_ms));
    cr_expect(statement_ms > 15000 && statement_ms <= 27001, "%" PRId64,
              statement_ms);
    cr_expect(lock_ms > 0 && lock_ms <= 15001, "half of that: %" PRId64,
              lock_ms);
    cr_expect_eq(look(pool, "SELECT length(current_setting('app.user', true))"),
                 0);
}

/* Between the two fibers' reads and writes neither may see the other's. */
struct rival {
    struct pool *pool;
    struct condition *turn;
    unsigned runs, attempts;
    bool has_read, done;
    struct rival *other;
    int result;
};

static int read_then_write(struct transaction *transaction, void *arg)
{
    struct rival *rival = arg;
    struct statement sum = sql("SELECT sum(cents) FROM accounts");
    int r = transaction_query(transaction, &sum, NULL, 0, NULL);

    rival->runs++;
    rival->has_read = true;
    condition_broadcast(rival->turn);
    while (r == 0 && !rival->other->has_read)
        r = condition_wait(rival->turn, transaction_deadline(transaction));
    return r < 0 ? r : add(transaction, rival < rival->other ? "1" : "2", "1");
}

static void run_rival(void *arg)
{
    struct rival *rival = arg;
    struct transaction_options options = { .isolation =
                                               ISOLATION_SERIALIZABLE };
    struct commit commit;

    rival->result = transaction_run(rival->pool, &options, read_then_write,
                                    rival, after_ms(30000), &commit, NULL);
    rival->attempts = commit.attempts;
    rival->done = true;
}

ON_POOL(does_a_transaction_that_could_not_be_serialized_again)
{
    struct condition turn;
    struct rival rivals[2] = { 0 };

    condition_init(&turn);
    for (int i = 0; i < 2; i++) {
        rivals[i] = (struct rival){ .pool = pool,
                                    .turn = &turn,
                                    .other = &rivals[1 - i] };
    }
    for (int i = 0; i < 2; i++)
        cr_assert_eq(
            fiber_start(pool_loop(pool), "rival", run_rival, &rivals[i], NULL),
            0);
    UNTIL(rivals[0].done && rivals[1].done);
    cr_expect_eq(rivals[0].result, 0);
    cr_expect_eq(rivals[1].result, 0);
    cr_expect_eq(rivals[0].attempts + rivals[1].attempts, 3);
    cr_expect_eq(rivals[0].runs + rivals[1].runs, 3, "the whole body");
    cr_expect_eq(cents_of(pool, 1) + cents_of(pool, 2), 202);
}

static int always_conflict(struct transaction *transaction, void *arg)
{
    int *runs = arg;

    ++*runs;
    return FAIL(transaction_diag(transaction), ERR_SERIALIZATION, "always");
}

ON_POOL(gives_up_after_three_attempts)
{
    struct commit commit;
    int runs = 0;

    cr_expect_eq(transaction_run(pool, NULL, always_conflict, &runs,
                                 after_ms(30000), &commit, NULL),
                 -ERR_SERIALIZATION);
    cr_expect_eq(runs, 3);
    cr_expect_eq(commit.attempts, 3);
}

static int swallow_an_error(struct transaction *transaction, void *arg)
{
    struct statement broken = sql("SELECT 1 / 0");

    (void)arg;
    cr_expect_eq(transaction_query(transaction, &broken, NULL, 0, NULL),
                 -ERR_VALIDATION);
    return 0;
}

ON_POOL(takes_a_commit_that_answers_rollback_as_a_failure)
{
    cr_expect_eq(transaction_run(pool, NULL, swallow_an_error, NULL,
                                 after_ms(30000), NULL, NULL),
                 -ERR_QUERY_FAILED);
}

/* --- savepoints ---------------------------------------------------------- */

struct step {
    const char *id;
    const char *sql;    /* besides; or NULL */
    struct step *inner; /* at a savepoint of its own; or NULL */
    int result;         /* of the inner one */
    struct diag why;
};

static int take_step(struct transaction *transaction, void *arg)
{
    struct step *step = arg;
    int r = add(transaction, step->id, "1");

    diag_init(&step->why, NULL);
    if (r == 0 && step->inner)
        r = transaction_nested(transaction, take_step, step->inner,
                               &step->result, &step->why);
    if (r == 0 && step->sql) {
        struct statement also = sql(step->sql);

        r = transaction_query(transaction, &also, NULL, 0, NULL);
    }
    return r;
}

ON_POOL(keeps_what_was_done_before_a_savepoint)
{
    struct step inner = { .id = "2", .sql = "SELECT 1 / 0" };
    struct step outer = { .id = "1", .inner = &inner };
    struct commit commit;

    cr_assert_eq(transaction_run(pool, NULL, take_step, &outer, after_ms(5000),
                                 &commit, NULL),
                 0);
    cr_expect_eq(outer.result, -ERR_VALIDATION);
    cr_expect_str_eq(outer.why.sqlstate, "22012");
    cr_expect_eq(commit.attempts, 1);
    cr_expect_eq(cents_of(pool, 1), 101);
    cr_expect_eq(cents_of(pool, 2), 100, "undone");
}

ON_POOL(goes_back_to_the_savepoint_that_failed_and_no_further)
{
    struct step inner = { .id = "2", .sql = "SELECT 1 / 0" };
    struct step middle = { .id = "2", .inner = &inner };
    struct step outer = { .id = "1",
                          .inner = &middle,
                          .sql = "INSERT INTO accounts VALUES (3, 0)" };

    cr_assert_eq(transaction_run(pool, NULL, take_step, &outer, after_ms(5000),
                                 NULL, NULL),
                 0);
    cr_expect_eq(outer.result, 0);
    cr_expect_eq(middle.result, -ERR_VALIDATION);
    cr_expect_eq(cents_of(pool, 1), 101);
    cr_expect_eq(cents_of(pool, 2), 101, "by the one between");
    cr_expect_eq(look(pool, "SELECT count(*) FROM accounts"), 3);
}

/* A sequence remembers what is rolled back. */
ON_POOL(does_all_again_when_it_could_not_be_serialized_within_a_savepoint)
{
    struct step inner = { .id = "2",
                          .sql =
                              "DO $$ BEGIN IF nextval('tries') = 1 THEN"
                              " RAISE EXCEPTION 'once' USING ERRCODE = '40001';"
                              " END IF; END $$" };
    struct step outer = { .id = "1", .inner = &inner };
    struct commit commit;

    cr_assert_eq(look(pool, "SELECT 0 FROM (SELECT nextval('tries')) t"), 0);
    cr_assert_eq(transaction_run(pool, NULL, take_step, &outer, after_ms(5000),
                                 &commit, NULL),
                 0);
    cr_expect_eq(outer.result, 0);
    cr_expect_eq(commit.attempts, 2);
    cr_expect_eq(cents_of(pool, 1), 101, "once, not twice");
    cr_expect_eq(cents_of(pool, 2), 101);
}

/* --- lost links ---------------------------------------------------------- */

struct saboteur {
    struct connection *killer;
    int runs;
};

static int lose_the_link_once(struct transaction *transaction, void *arg)
{
    struct saboteur *saboteur = arg;
    int r = add(transaction, "1", "1");

    if (r == 0 && saboteur->runs++ == 0)
        end_session(transaction_connection(transaction), saboteur->killer);
    return r < 0 ? r : add(transaction, "2", "1");
}

ON_POOL(does_the_whole_transaction_again_when_the_link_was_lost_inside)
{
    CLEANUP(connection_close)
    struct connection *killer = test_open(place.service_url);
    struct saboteur saboteur = { .killer = killer };
    struct commit commit;

    cr_assert_eq(transaction_run(pool, NULL, lose_the_link_once, &saboteur,
                                 after_ms(30000), &commit, NULL),
                 0);
    cr_expect_eq(commit.attempts, 2);
    cr_expect_eq(cents_of(pool, 1), 101, "once, not twice");
    cr_expect_eq(cents_of(pool, 2), 101);
}

ON_POOL(never_does_again_what_can_be_done_only_once)
{
    CLEANUP(connection_close)
    struct connection *killer = test_open(place.service_url);
    struct saboteur saboteur = { .killer = killer };
    const struct transaction_options once = { .once = true };

    cr_expect_eq(transaction_run(pool, &once, lose_the_link_once, &saboteur,
                                 after_ms(30000), NULL, NULL),
                 -ERR_LINK_LOST);
    cr_expect_eq(saboteur.runs, 1);
    cr_expect_eq(cents_of(pool, 1), 100);
}

/* The next thing read on any link, the answer to COMMIT, is lost. */
static int lose_the_answer(struct transaction *transaction, void *arg)
{
    int *runs = arg;
    int r = add(transaction, "1", "1");

    ++*runs;
    fault_arm(FAULT_LINK, 0, 1);
    return r;
}

ON_POOL(finds_out_that_a_commit_without_an_answer_was_made)
{
    struct commit commit;
    int runs = 0;

    cr_assert_eq(transaction_run(pool, NULL, lose_the_answer, &runs,
                                 after_ms(30000), &commit, NULL),
                 0);
    cr_expect_eq(fault_count(FAULT_LINK), 1);
    cr_expect_eq(runs, 1, "never applied twice");
    cr_expect_eq(cents_of(pool, 1), 101);
}

/*
 * A deferred trigger that waits inside COMMIT, so that the session can be
 * ended there: its transaction is then rolled back.
 */
static const char slow_commit[] =
    "CREATE FUNCTION wait_once() RETURNS trigger LANGUAGE plpgsql AS $$"
    "BEGIN IF NEW.cents = 101 THEN PERFORM pg_sleep(30); END IF;"
    "RETURN NULL; END$$;"
    "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON accounts "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_once()";

struct murder {
    const char *weapon; /* a function of a process id */
    struct connection *killer;
    struct connection *victim;
    int runs;
    bool done; /* the killer has had his answer */
};

static int note_the_victim(struct transaction *transaction, void *arg)
{
    struct murder *murder = arg;

    murder->victim = transaction_connection(transaction);
    /* the second time round another sum, that does not sleep */
    return add(transaction, "1", murder->runs++ == 0 ? "1" : "2");
}

static void kill_in_commit(void *arg)
{
    struct murder *murder = arg;
    CLEANUP(memory_free) char *question = NULL, *order = NULL;
    char key[SESSION_KEY_BYTES];

    UNTIL(murder->victim != NULL);
    postgres_driver.session_key(murder->victim, key);
    question =
        memory_format("SELECT count(*) FROM pg_stat_activity WHERE pid = %s "
                      "AND wait_event = 'PgSleep' AND query = 'COMMIT'",
                      key);
    order = memory_format("SELECT 1 WHERE %s(%s)", murder->weapon, key);
    UNTIL(ask_number(murder->killer, question) == 1);
    cr_expect_eq(ask_number(murder->killer, order), 1);
    murder->done = true;
}

static int run_murder(struct pool *pool, struct murder *murder,
                      struct commit *ret_commit, struct diag *diag)
{
    CLEANUP(connection_close)
    struct connection *owner = test_open(place.owner_url);
    CLEANUP(connection_close)
    struct connection *killer = test_open(place.service_url);
    int r;

    murder->killer = killer;
    diag_init(diag, NULL);
    cr_assert_eq(
        connection_script(owner, text_of(slow_commit), after_ms(30000), NULL),
        0);
    cr_assert_eq(
        fiber_start(pool_loop(pool), "killer", kill_in_commit, murder, NULL),
        0);
    r = transaction_run(pool, NULL, note_the_victim, murder, after_ms(10000),
                        ret_commit, diag);
    UNTIL(murder->done); /* the victim may be told first */
    return r;
}

ON_POOL(does_it_again_when_a_lost_commit_was_rolled_back)
{
    struct murder murder = { .weapon = "pg_terminate_backend" };
    struct commit commit;
    struct diag diag;

    cr_assert_eq(run_murder(pool, &murder, &commit, &diag), 0);
    cr_expect_eq(murder.runs, 2);
    cr_expect_eq(commit.attempts, 2);
    cr_expect_eq(cents_of(pool, 1), 102);
}

ON_POOL(knows_that_a_cancelled_commit_was_rolled_back)
{
    struct murder murder = { .weapon = "pg_cancel_backend" };
    struct diag diag;

    cr_assert_eq(run_murder(pool, &murder, NULL, &diag), -ERR_DEADLINE);
    cr_expect_str_eq(diag.sqlstate, "57014");
    cr_expect_eq(murder.runs, 1);
    cr_expect_eq(cents_of(pool, 1), 100);
}

ON_POOL(leaves_no_commit_behind_that_took_too_long)
{
    struct connection *owner = test_open(place.owner_url);
    struct murder murder = { 0 };

    cr_assert_eq(
        connection_script(owner, text_of(slow_commit), after_ms(30000), NULL),
        0);
    connection_close(&owner);
    cr_expect_eq(transaction_run(pool, NULL, note_the_victim, &murder,
                                 after_ms(800), NULL, NULL),
                 -ERR_OUTCOME_UNKNOWN, "it was still going on");
    UNTIL(stats_of(pool).draining == 0);
    cr_expect_eq(cents_of(pool, 1), 100, "then it was cancelled");
}

ON_POOL(says_that_the_outcome_is_unknown_when_nobody_can_tell)
{
    struct text params[] = { TEXT("2"), TEXT("5") };
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(transaction_once(pool, NULL, &add_cents, params, 2,
                                  after_ms(30000), NULL, NULL, &diag),
                 0);
    fault_arm(FAULT_LINK, 0, 1);
    cr_expect_eq(transaction_once(pool, NULL, &add_cents, params, 2,
                                  after_ms(30000), NULL, NULL, &diag),
                 -ERR_OUTCOME_UNKNOWN);
    cr_expect_str_eq(diag.detail,
                     "it is not known whether the change was made");
}

/* --- once ---------------------------------------------------------------- */

static int once(struct pool *pool, const char *id, const char *cents,
                struct rows **ret_rows, struct commit *ret_commit,
                struct diag *diag)
{
    struct text params[] = { text_of(id), text_of(cents) };

    return transaction_once(pool, NULL, &add_cents, params, 2, after_ms(30000),
                            ret_rows, ret_commit, diag);
}

ON_POOL(does_a_single_statement_in_one_round_trip)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct commit commit;

    cr_assert_eq(once(pool, "1", "5", NULL, NULL, NULL), 0, "connects");
    cr_assert_eq(once(pool, "1", "5", &rows, &commit, NULL), 0);
    cr_expect(text_is(rows_get(rows, 0, 0), "110"));
    cr_expect_gt(commit.point.position, 0);
    cr_expect_eq(commit.attempts, 1);
    cr_expect_eq(stats_of(pool).idle, 1);
}

ON_POOL(rolls_a_single_statement_back_when_it_fails)
{
    struct statement twice = sql("INSERT INTO accounts VALUES (1, 0)");
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(transaction_once(pool, NULL, &twice, NULL, 0, after_ms(30000),
                                  NULL, NULL, &diag),
                 -ERR_DUPLICATE);
    cr_expect_str_eq(diag.constraint, "accounts_pkey");
    UNTIL(stats_of(pool).draining == 0);
    cr_expect_eq(stats_of(pool).idle, 1);
    cr_expect_eq(stats_of(pool).cancels, 0, "nothing was left to cancel");
    cr_assert_eq(once(pool, "1", "5", NULL, NULL, NULL), 0);
}

ON_POOL(waits_for_a_lock_twice_and_then_says_so)
{
    struct connection *locker = test_open(place.service_url);
    struct statement begin = sql("BEGIN");
    struct statement lock = sql("SELECT 1 FROM accounts FOR UPDATE");
    struct commit commit;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(
        connection_query(locker, &begin, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_assert_eq(
        connection_query(locker, &lock, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_expect_eq(transaction_once(pool, NULL, &add_cents,
                                  (struct text[]){ TEXT("1"), TEXT("1") }, 2,
                                  after_ms(1600), NULL, &commit, &diag),
                 -ERR_LOCK_TIMEOUT);
    cr_expect_str_eq(diag.sqlstate, "55P03");
    cr_expect_eq(commit.attempts, 2);
    connection_close(&locker);
}

ON_POOL(writes_again_after_the_table_was_changed)
{
    CLEANUP(connection_close)
    struct connection *owner = test_open(place.owner_url);
    struct statement all = sql("UPDATE accounts SET cents = 7 RETURNING *");
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct commit commit;

    cr_assert_eq(transaction_once(pool, NULL, &all, NULL, 0, after_ms(30000),
                                  NULL, NULL, NULL),
                 0);
    cr_assert_eq(connection_script(owner,
                                   TEXT("ALTER TABLE accounts ADD note text"),
                                   after_ms(30000), NULL),
                 0);
    cr_assert_eq(transaction_once(pool, NULL, &all, NULL, 0, after_ms(30000),
                                  &rows, &commit, NULL),
                 0);
    cr_expect_eq(rows_columns(rows), 3);
    cr_expect_eq(commit.attempts, 2);
}
