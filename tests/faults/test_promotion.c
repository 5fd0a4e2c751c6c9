/* SPDX-License-Identifier: MIT */
/*
 * A replica becomes the primary, and a piece of the old one's log is lost. The
 * program has servers of its own, which it leaves promoted.
 */
#include "support/replicas.h"

static struct place place;

static void make_place(void)
{
    place = place_make("CREATE TABLE counter (id int PRIMARY KEY, n bigint);"
                       "INSERT INTO counter VALUES (1, 0)");
}

TestSuite(promotion, .init = make_place, .timeout = 60);

static const struct statement look = {
    .name = "look", .sql = "SELECT n FROM counter WHERE id = 1"
};
static const struct statement up = {
    .name = "up", .sql = "UPDATE counter SET n = n + 1 WHERE id = 1"
};

static int64_t read_counter(struct nodes *nodes,
                            const struct consistency *wanted,
                            unsigned *ret_node)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct node_read read;
    struct diag diag;
    int64_t n = -1;
    int r;

    diag_init(&diag, NULL);
    node_read_begin(&read, nodes, wanted, after_ms(2000));
    do
        r = pool_read(read.pool, NULL, &look, NULL, 0, read.until, &rows,
                      &diag);
    while (node_read_goes_on(&read, r, &diag));
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
    cr_assert(text_to_int64(rows_get(rows, 0, 0), &n));
    *ret_node = read.node;
    return n;
}

static int count_up(struct nodes *nodes, struct log_point *ret_point)
{
    struct commit commit = { 0 };
    int r = transaction_once(nodes_primary(nodes), NULL, &up, NULL, 0,
                             after_ms(2000), NULL, &commit, NULL);

    *ret_point = commit.point;
    return r;
}

static uint64_t now_ms(void)
{
    return loop_now_ns(fiber_loop(fiber_self())) / NS_PER_MS;
}

/* The old primary is gone; it was a fiber's own sandbox's, so it is stopped. */
static void stop_primary(struct connection *admin)
{
    CLEANUP(memory_free) char *data = ask(admin, "SHOW data_directory");
    char path[1024], line[32] = "";
    FILE *file;

    snprintf(path, sizeof(path), "%s/postmaster.pid", data);
    file = fopen(path, "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(line, sizeof(line), file));
    fclose(file);
    kill((pid_t)strtol(line, NULL, 10), SIGSTOP);
}

static void lose_the_tail(void *arg)
{
    struct nodes_options options = { .lag_max_ms = 2000 };
    struct test_nodes made = test_nodes_start(&place, options);
    struct nodes *nodes = made.nodes;
    struct connection *admin = test_open(test_url("ADMIN_DATABASE_URL"));
    struct consistency lost = { .level = CONSISTENCY_ANY };
    struct consistency kept = { .level = CONSISTENCY_ANY };
    struct log_point point;
    uint64_t began;
    unsigned node;
    int64_t n;

    (void)arg;
    UNTIL_ALL_IN_USE(nodes);
    cr_assert_eq(count_up(nodes, &kept.at_least), 0);
    cr_assert_eq(read_counter(nodes, &kept, &node), 1);
    UNTIL(is_in_use(nodes, 1));
    replica_script(1, "ALTER SYSTEM SET recovery_min_apply_delay = '1h'");
    replica_script(1, "ALTER SYSTEM SET primary_conninfo = ''");
    replica_script(1, "SELECT pg_reload_conf()");
    cr_assert_eq(fiber_sleep(after_ms(300)), 0);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(count_up(nodes, &lost.at_least), 0);
    stop_primary(admin);
    replica_script(1, "SELECT pg_promote()"); /* waits until it is */
    began = now_ms();
    UNTIL(nodes_primary_index(nodes) == 1);
    cr_expect_leq(now_ms() - began, 1000, "it is found within a second");
    began = now_ms();
    n = read_counter(nodes, &lost, &node);
    cr_expect_eq(node, 1, "a token of a lost future: the primary");
    cr_expect_lt(n, 11, "the tail is lost");
    n = read_counter(nodes, &kept, &node);
    cr_expect_geq(n, 1);
    cr_expect_eq(node, 1, "nobody else is on its timeline");
    cr_expect_leq(now_ms() - began, 1000, "nothing hangs");
    cr_expect_eq(count_up(nodes, &point), 0, "and it takes writes");
    cr_expect_gt(point.timeline, lost.at_least.timeline);
    cr_expect_eq(node_of(nodes, 2).state, NODE_LAGGING,
                 "it follows the old one");
    connection_close(&admin);
    test_nodes_end(&made);
}

Test(promotion, a_replica_that_is_promoted_becomes_the_primary)
{
    fiber_run_alone("test", lose_the_tail, NULL);
}
