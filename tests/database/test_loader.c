/* SPDX-License-Identifier: MIT */
#include "support/database.h"

#include "base/error.h"
#include "base/fault.h"
#include "database/loader.h"

static struct place place;

static void make_place(void)
{
    place =
        place_make("CREATE TABLE things (id uuid PRIMARY KEY, name text);"
                   "INSERT INTO things SELECT ('00000000-0000-7000-8000-' || "
                   "lpad(to_hex(i), 12, '0'))::uuid, 'thing ' || i "
                   "FROM generate_series(1, 2000) i");
}

static void drop_place(void)
{
    place_drop(&place);
}

TestSuite(loader, .init = make_place, .fini = drop_place, .timeout = 60);

static const struct statement things_by_id = {
    .name = "things_by_id",
    .sql = "SELECT id, name FROM things WHERE id = ANY($1)",
};

#define ON_LOADER(name, ...)                                           \
    static void name##_body(struct loader *loader, struct pool *pool); \
    static void name##_fiber(void *arg)                                \
    {                                                                  \
        struct loader_options options = { __VA_ARGS__ };               \
        struct test_pool made =                                        \
            test_pool_start(place.service_url, test_pool_options());   \
        struct loader *loader =                                        \
            loader_new(made.pool, &things_by_id, &options);            \
        (void)arg;                                                     \
        UNTIL(stats_of(made.pool).lanes == 2);                         \
        name##_body(loader, made.pool);                                \
        loader_free(&loader);                                          \
        test_pool_end(&made);                                          \
    }                                                                  \
    Test(loader, name)                                                 \
    {                                                                  \
        fiber_run_alone("test", name##_fiber, NULL);                   \
    }                                                                  \
    static void name##_body(struct loader *loader, struct pool *pool UNUSED)

static struct uuid thing(unsigned n)
{
    struct uuid id = { { 0, 0, 0, 0, 0, 0, 0x70, 0, 0x80 } };

    id.bytes[14] = (unsigned char)(n >> 8);
    id.bytes[15] = (unsigned char)n;
    return id;
}

/* One fiber that asks for one thing. */
struct ask {
    struct loader *loader;
    const char *who; /* NULL: in no scope */
    unsigned n;
    uint64_t timeout_ms;
    struct row row;
    struct fiber *fiber;
    int result;
    bool done;
};

static void ask_for(void *arg)
{
    struct ask *asked = arg;
    struct scope scope = { 1, { { "app.who", text_of(asked->who) } } };

    asked->result =
        loader_get(asked->loader, asked->who ? &scope : NULL, thing(asked->n),
                   after_ms(asked->timeout_ms ? asked->timeout_ms : 5000),
                   &asked->row, NULL);
    asked->done = true;
}

static void start(struct ask *asked, struct loader *loader, unsigned n)
{
    *asked = (struct ask){ .loader = loader, .n = n };
    cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "ask", ask_for, asked,
                             &asked->fiber),
                 0);
}

static void expect_thing(struct ask *asked)
{
    char name[32];

    UNTIL(asked->done);
    cr_assert_eq(asked->result, 0);
    snprintf(name, sizeof(name), "thing %u", asked->n);
    cr_expect(text_is(row_get(&asked->row, 1), name), "not %s", name);
    row_end(&asked->row);
}

static struct loader_stats counts(const struct loader *loader)
{
    struct loader_stats stats;

    loader_stats(loader, &stats);
    return stats;
}

ON_LOADER(makes_one_query_of_what_is_asked_at_the_same_time)
{
    enum { ASKS = 200 };
    static struct ask asks[ASKS];

    for (unsigned i = 0; i < ASKS; i++)
        start(&asks[i], loader, i + 1);
    for (unsigned i = 0; i < ASKS; i++)
        expect_thing(&asks[i]);
    cr_expect_eq(counts(loader).requests, ASKS);
    cr_expect_eq(counts(loader).batches, 1);
    cr_expect_eq(counts(loader).ids, ASKS);
}

ON_LOADER(gives_one_row_to_all_who_ask_for_the_same)
{
    struct ask asks[5];

    for (unsigned i = 0; i < 5; i++)
        start(&asks[i], loader, 7);
    UNTIL(asks[4].done);
    cr_expect_eq(counts(loader).ids, 1);
    cr_expect_eq(asks[0].row.rows, asks[4].row.rows);
    cr_expect_eq(asks[0].row.rows->refs, 5);
    for (unsigned i = 0; i < 5; i++)
        expect_thing(&asks[i]);
}

/* As one who sees only what he is told about. */
static void start_as(struct ask *asked, struct loader *loader, const char *who,
                     unsigned n)
{
    *asked = (struct ask){ .loader = loader, .who = who, .n = n };
    cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "ask", ask_for, asked,
                             &asked->fiber),
                 0);
}

static void expect_absent(struct ask *asked)
{
    UNTIL(asked->done);
    cr_expect_eq(asked->result, -ERR_NOT_FOUND);
}

static void let_each_see_his_own(void)
{
    place_script(&place, "ALTER TABLE things ENABLE ROW LEVEL SECURITY;"
                         "CREATE POLICY own ON things USING (name = 'thing ' ||"
                         " current_setting('app.who', true))");
}

ON_LOADER(asks_once_for_each_scope)
{
    struct ask one, ones_other, other, others_own, nobodys;

    let_each_see_his_own();
    start_as(&one, loader, "1", 1);
    start_as(&ones_other, loader, "1", 2);
    start_as(&other, loader, "2", 1);
    start_as(&others_own, loader, "2", 2);
    start_as(&nobodys, loader, NULL, 1);
    expect_thing(&one);
    expect_absent(&ones_other);
    expect_absent(&other);
    expect_thing(&others_own);
    expect_absent(&nobodys);
    cr_expect_eq(counts(loader).batches, 3);
}

ON_LOADER(lets_no_scope_wait_for_another)
{
    CLEANUP(connection_close)
    struct connection *locker = test_open(place.owner_url);
    struct ask first, later, other;

    let_each_see_his_own();
    cr_assert_eq(connection_script(locker, TEXT("BEGIN; LOCK TABLE things"),
                                   after_ms(30000), NULL),
                 0);
    start_as(&first, loader, "1", 1);
    UNTIL(counts(loader).batches == 1);
    start_as(&later, loader, "1", 1);
    start_as(&other, loader, "2", 2);
    UNTIL(counts(loader).batches == 2);
    connection_close(&locker);
    expect_thing(&other);
    expect_thing(&first);
    expect_thing(&later);
    cr_expect_eq(counts(loader).batches, 3);
}

ON_LOADER(tells_what_is_absent_among_what_is_there)
{
    struct ask present, absent;

    start(&present, loader, 1);
    start(&absent, loader, 60000);
    UNTIL(absent.done);
    cr_expect_eq(absent.result, -ERR_NOT_FOUND);
    cr_expect_null(absent.row.rows);
    expect_thing(&present);
    cr_expect_eq(counts(loader).batches, 1);
}

ON_LOADER(gathers_while_a_batch_is_in_flight)
{
    struct ask first, later[3];

    start(&first, loader, 1);
    UNTIL(counts(loader).batches == 1);
    for (unsigned i = 0; i < 3; i++)
        start(&later[i], loader, 10 + i);
    expect_thing(&first);
    for (unsigned i = 0; i < 3; i++)
        expect_thing(&later[i]);
    cr_expect_eq(counts(loader).batches, 2);
}

ON_LOADER(asks_anew_for_what_is_already_in_flight)
{
    struct ask first, second;

    start(&first, loader, 1);
    UNTIL(counts(loader).batches == 1);
    start(&second, loader, 1);
    expect_thing(&first);
    expect_thing(&second);
    cr_expect_eq(counts(loader).batches, 2,
                 "a row read before it was asked "
                 "for would be stale");
}

ON_LOADER(splits_what_is_more_than_a_batch, .batch_max = 10, .in_flight_max = 2)
{
    enum { ASKS = 35 };
    static struct ask asks[ASKS];

    for (unsigned i = 0; i < ASKS; i++)
        start(&asks[i], loader, i + 1);
    for (unsigned i = 0; i < ASKS; i++)
        expect_thing(&asks[i]);
    cr_expect_eq(counts(loader).batches, 4);
}

ON_LOADER(joins_a_full_batch_that_has_the_id, .batch_max = 2)
{
    struct ask asks[3];

    start(&asks[0], loader, 1);
    start(&asks[1], loader, 2);
    start(&asks[2], loader, 1);
    for (unsigned i = 0; i < 3; i++)
        expect_thing(&asks[i]);
    cr_expect_eq(counts(loader).batches, 1);
}

ON_LOADER(sends_nothing_for_those_who_gave_up_before)
{
    struct ask gone;

    gone = (struct ask){ .loader = loader, .n = 1 };
    cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "ask", ask_for, &gone,
                             &gone.fiber),
                 0);
    fiber_cancel(gone.fiber);
    UNTIL(gone.done);
    cr_expect_eq(gone.result, -ERR_CANCELLED);
    cr_expect_eq(counts(loader).batches, 0);
}

ON_LOADER(keeps_to_each_deadline_and_serves_the_others)
{
    struct connection *locker = test_open(place.owner_url);
    struct statement begin = sql("BEGIN");
    struct statement lock = sql("LOCK TABLE things");
    struct ask hasty = { .loader = loader, .n = 1, .timeout_ms = 30 };
    struct ask patient;

    cr_assert_eq(
        connection_query(locker, &begin, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_assert_eq(
        connection_query(locker, &lock, NULL, 0, after_ms(30000), NULL, NULL),
        0);
    cr_assert_eq(
        fiber_start(fiber_loop(fiber_self()), "ask", ask_for, &hasty, NULL), 0);
    start(&patient, loader, 2);
    UNTIL(hasty.done);
    cr_expect_eq(hasty.result, -ERR_DEADLINE);
    cr_expect_not(patient.done);
    connection_close(&locker);
    expect_thing(&patient);
}

ON_LOADER(asks_again_when_its_lane_is_lost)
{
    struct ask asks[3];

    fault_arm(FAULT_LINK, 0, 1);
    for (unsigned i = 0; i < 3; i++)
        start(&asks[i], loader, i + 1);
    for (unsigned i = 0; i < 3; i++)
        expect_thing(&asks[i]);
    cr_expect_eq(fault_count(FAULT_LINK), 1);
    cr_expect_eq(counts(loader).batches, 2);
}

static void read_badly(void *arg)
{
    struct pool *pool = arg;
    struct statement broken = sql("SELECT 1/0");

    cr_expect_eq(
        pool_read(pool, NULL, &broken, NULL, 0, after_ms(30000), NULL, NULL),
        -ERR_VALIDATION);
}

ON_LOADER(answers_beside_reads_that_fail)
{
    struct ask asks[3];

    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(
            fiber_start(pool_loop(pool), "bad", read_badly, pool, NULL), 0);
        start(&asks[i], loader, i + 1);
    }
    for (unsigned i = 0; i < 3; i++)
        expect_thing(&asks[i]);
}

ON_LOADER(fails_together_when_the_query_fails)
{
    CLEANUP(connection_close)
    struct connection *owner = test_open(place.owner_url);
    struct ask asks[2];

    cr_assert_eq(connection_script(owner, TEXT("DROP TABLE things"),
                                   after_ms(30000), NULL),
                 0);
    for (unsigned i = 0; i < 2; i++)
        start(&asks[i], loader, i + 1);
    for (unsigned i = 0; i < 2; i++) {
        UNTIL(asks[i].done);
        cr_expect_eq(asks[i].result, -ERR_QUERY_FAILED);
    }
}
