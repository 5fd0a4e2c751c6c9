/* SPDX-License-Identifier: MIT */
/* The router over real replicas that lag, stop, conflict and die. */
#include "support/replicas.h"

static struct place place;

static void make_place(void)
{
    place = place_make("CREATE TABLE counter (id int PRIMARY KEY, n bigint);"
                       "INSERT INTO counter VALUES (1, 0)");
}

static void mend(void)
{
    CLEANUP(memory_free)
    char *connect = memory_format("ALTER SYSTEM SET primary_conninfo = '%s'",
                                  test_url("ADMIN_DATABASE_URL"));

    for (unsigned i = 1; i <= 2; i++) {
        replica_signal(i, SIGCONT);
        replica_script(i, "ALTER SYSTEM RESET recovery_min_apply_delay");
        replica_script(i, "ALTER SYSTEM RESET max_standby_streaming_delay");
        replica_script(i, connect);
        replica_script(i, "SELECT pg_reload_conf()");
        replica_script(i, "SELECT pg_wal_replay_resume()");
    }
    place_drop(&place);
}

TestSuite(nodes, .init = make_place, .fini = mend, .timeout = 60);

#define ON_NODES(name)                                              \
    static void name##_body(struct nodes *nodes);                   \
    static void name##_fiber(void *arg)                             \
    {                                                               \
        struct nodes_options options = { .lag_max_ms = 2000 };      \
        struct test_nodes made = test_nodes_start(&place, options); \
        (void)arg;                                                  \
        UNTIL_ALL_IN_USE(made.nodes);                               \
        name##_body(made.nodes);                                    \
        test_nodes_end(&made);                                      \
    }                                                               \
    Test(nodes, name)                                               \
    {                                                               \
        fiber_run_alone("test", name##_fiber, NULL);                \
    }                                                               \
    static void name##_body(struct nodes *nodes)

/* --- reading and writing -------------------------------------------------- */

static const struct consistency fresh = { .level = CONSISTENCY_FRESH };
static const struct consistency any = { .level = CONSISTENCY_ANY };

static struct consistency at_least(struct log_point point)
{
    return (struct consistency){ .level = CONSISTENCY_ANY, .at_least = point };
}

struct seen {
    int64_t n;
    unsigned node;
    int result;
    uint64_t age_ms;
};

static struct seen read_counter(struct nodes *nodes,
                                const struct consistency *wanted)
{
    static const struct statement look = {
        .name = "look", .sql = "SELECT n FROM counter WHERE id = 1"
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct seen seen = { .n = -1 };
    struct node_read read;
    struct diag diag;

    diag_init(&diag, NULL);
    node_read_begin(&read, nodes, wanted, after_ms(5000));
    do
        seen.result = pool_read(read.pool, NULL, &look, NULL, 0, read.until,
                                &rows, &diag);
    while (node_read_goes_on(&read, seen.result, &diag));
    seen.node = read.node;
    seen.age_ms = read.age_ms;
    if (seen.result == 0)
        cr_assert(text_to_int64(rows_get(rows, 0, 0), &seen.n));
    return seen;
}

static struct log_point count_up(struct nodes *nodes)
{
    static const struct statement up = {
        .name = "up", .sql = "UPDATE counter SET n = n + 1 WHERE id = 1"
    };
    struct commit commit = { 0 };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = transaction_once(nodes_primary(nodes), NULL, &up, NULL, 0,
                         after_ms(5000), NULL, &commit, &diag);
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
    cr_assert_gt(commit.point.position, 0);
    return commit.point;
}

static uint64_t now_ms(void)
{
    return loop_now_ns(fiber_loop(fiber_self())) / NS_PER_MS;
}

/* --- when all is well ------------------------------------------------------
 */

ON_NODES(a_fresh_read_is_answered_by_a_replica_that_has_all)
{
    struct seen seen = { .node = 0 };

    (void)count_up(nodes);
    for (int i = 0; i < 1000 && seen.node == 0; i++) {
        seen = read_counter(nodes, &fresh);
        cr_expect_eq(seen.n, 1, "whoever answers");
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    }
    cr_expect_neq(seen.node, 0, "once it has caught up");
}

ON_NODES(reads_with_a_token_are_spread_over_the_replicas)
{
    unsigned of[3] = { 0 };

    for (int64_t i = 1; i <= 100; i++) {
        struct consistency wanted = at_least(count_up(nodes));
        struct seen seen = read_counter(nodes, &wanted);

        cr_assert_geq(seen.n, i, "one's own write");
        of[seen.node]++;
    }
    cr_expect_geq(of[1] + of[2], 80, "%u by the primary", of[0]);
    cr_expect_gt(of[1], 0);
    cr_expect_gt(of[2], 0);
}

ON_NODES(who_asks_for_the_primary_gets_it)
{
    struct consistency primary = { .level = CONSISTENCY_PRIMARY };

    cr_expect_eq(read_counter(nodes, &primary).node, 0);
    cr_expect_neq(read_counter(nodes, &any).node, 0);
}

/* --- behind ----------------------------------------------------------------
 */

static void pause_replay(unsigned number)
{
    replica_script(number, "SELECT pg_wal_replay_pause()");
    replica_script(number,
                   "DO $$ BEGIN WHILE pg_get_wal_replay_pause_state() <> "
                   "'paused' LOOP PERFORM pg_sleep(0.01); END LOOP; END $$");
}

ON_NODES(a_paused_replica_answers_no_token_it_has_not_reached)
{
    struct consistency wanted;
    struct seen seen;

    pause_replay(1);
    pause_replay(2);
    wanted = at_least(count_up(nodes));
    seen = read_counter(nodes, &wanted);
    cr_expect_eq(seen.n, 1);
    cr_expect_eq(seen.node, 0, "the primary, after a short wait");
    for (int i = 0; i < 20; i++) {
        (void)count_up(nodes);
        cr_expect_eq(read_counter(nodes, &fresh).n, i + 2);
    }
}

ON_NODES(a_replica_that_lags_is_out_and_back_when_it_has_caught_up)
{
    struct consistency bounded = { .level = CONSISTENCY_BOUNDED,
                                   .max_age_ms = 300 };
    uint64_t began;

    pause_replay(1);
    (void)count_up(nodes);
    began = now_ms();
    UNTIL(node_of(nodes, 1).state == NODE_LAGGING);
    cr_expect_leq(now_ms() - began, 3000, "lag_max_ms and a poll");
    cr_expect(is_in_use(nodes, 2), "the other is judged by itself");
    for (int i = 0; i < 20; i++) {
        cr_expect_neq(read_counter(nodes, &any).node, 1);
        cr_expect_neq(read_counter(nodes, &bounded).node, 1);
    }
    replica_script(1, "SELECT pg_wal_replay_resume()");
    UNTIL(is_in_use(nodes, 1));
}

ON_NODES(bounded_reads_are_no_older_than_asked_for)
{
    struct consistency bounded = { .level = CONSISTENCY_BOUNDED };
    struct seen seen;

    cr_expect_eq(read_counter(nodes, &bounded).node, 0, "max-age=0");
    bounded.max_age_ms = 1500;
    seen = read_counter(nodes, &bounded);
    cr_expect_neq(seen.node, 0);
    cr_expect_leq(seen.age_ms, 1500);
}

/* Two nodes with different lag: what one has not, the other may have. */
ON_NODES(replicas_with_different_lag_are_judged_by_themselves)
{
    struct consistency wanted;
    unsigned by_second = 0;

    replica_script(1, "ALTER SYSTEM SET recovery_min_apply_delay = '5s'");
    replica_script(1, "SELECT pg_reload_conf()");
    for (int i = 1; i <= 50; i++) {
        struct seen seen;

        wanted = at_least(count_up(nodes));
        seen = read_counter(nodes, &wanted);
        cr_assert_geq(seen.n, i);
        cr_expect_eq(read_counter(nodes, &fresh).n, i, "never older");
        by_second += seen.node == 2;
    }
    cr_expect_geq(by_second, 30);
}

/* It believes to be up to date: its receiver is gone, so it knows no better. */
ON_NODES(a_replica_that_is_cut_off_is_found_out)
{
    replica_script(1, "ALTER SYSTEM SET primary_conninfo = "
                      "'host=/nowhere user=nobody'");
    replica_script(1, "SELECT pg_reload_conf()");
    replica_script(1,
                   "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_wal_receiver "
                   "WHERE status = 'streaming') LOOP PERFORM pg_sleep(0.01); "
                   "PERFORM pg_stat_clear_snapshot(); END LOOP; END $$");
    (void)count_up(nodes);
    UNTIL(node_of(nodes, 1).state == NODE_LAGGING);
    for (int i = 2; i < 22; i++) {
        struct consistency wanted = at_least(count_up(nodes));

        cr_expect_neq(read_counter(nodes, &any).node, 1);
        cr_expect_geq(read_counter(nodes, &wanted).n, i);
        cr_expect_eq(read_counter(nodes, &fresh).n, i);
    }
}

/* --- failing ---------------------------------------------------------------
 */

ON_NODES(a_killed_replica_costs_no_read)
{
    uint64_t began;

    kill(replica_pid(1), SIGKILL);
    began = now_ms();
    for (int i = 0; i < 100; i++)
        cr_expect_eq(read_counter(nodes, &any).result, 0);
    UNTIL(node_of(nodes, 1).state == NODE_OUT || is_in_use(nodes, 1));
    cr_expect_leq(now_ms() - began, 1000);
    UNTIL(is_in_use(nodes, 1));
}

ON_NODES(a_replica_that_hangs_is_out_within_a_second_and_comes_back)
{
    uint64_t began = now_ms();

    replica_signal(1, SIGSTOP);
    UNTIL(node_of(nodes, 1).state == NODE_OUT);
    cr_expect_leq(now_ms() - began, 1000);
    for (int i = 0; i < 20; i++) {
        struct seen seen = read_counter(nodes, &any);

        cr_expect_eq(seen.result, 0);
        cr_expect_neq(seen.node, 1);
    }
    replica_signal(1, SIGCONT);
    UNTIL(is_in_use(nodes, 1));
}

ON_NODES(without_any_replica_the_primary_answers_all)
{
    for (unsigned i = 1; i <= 2; i++)
        replica_script(i, "ALTER SYSTEM SET recovery_min_apply_delay = '10s'");
    for (unsigned i = 1; i <= 2; i++)
        replica_script(i, "SELECT pg_reload_conf()");
    (void)count_up(nodes);
    UNTIL(!is_in_use(nodes, 1) && !is_in_use(nodes, 2));
    for (int i = 2; i < 22; i++) {
        struct consistency wanted = at_least(count_up(nodes));

        cr_expect_eq(read_counter(nodes, &wanted).n, i);
        cr_expect_eq(read_counter(nodes, &fresh).n, i);
        cr_expect_eq(read_counter(nodes, &any).n, i);
    }
}

/* What the primary's vacuum removes, a reader of the standby still needs. */
ON_NODES(a_read_that_conflicts_with_recovery_is_answered_elsewhere)
{
    static const struct statement slow = {
        .name = "slow", .sql = "SELECT n, pg_sleep(1) FROM counter"
    };
    struct node_read read;
    unsigned nodes_asked = 0, first;
    struct diag diag;
    int r;

    for (unsigned i = 1; i <= 2; i++) {
        replica_script(i, "ALTER SYSTEM SET max_standby_streaming_delay = 0");
        replica_script(i, "SELECT pg_reload_conf()");
    }
    diag_init(&diag, NULL);
    node_read_begin(&read, nodes, &any, after_ms(20000));
    first = read.node;
    do {
        CLEANUP(pool_put) struct connection *connection = NULL;
        struct call *call;

        nodes_asked++;
        cr_assert_eq(pool_get(read.pool, read.until, &connection, &diag), 0);
        call = connection_submit(connection, &slow, NULL, 0, 0);
        if (nodes_asked == 1) {
            cr_assert_eq(fiber_sleep(after_ms(200)), 0);
            (void)count_up(nodes);
            place_script(&place, "VACUUM counter");
        }
        r = call_wait(&call, read.until, NULL, &diag);
    } while (node_read_goes_on(&read, r, &diag));
    cr_expect_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
    cr_expect_neq(first, 0);
    cr_expect_gt(nodes_asked, 1, "it did conflict");
    cr_expect_neq(read.node, first);
}
