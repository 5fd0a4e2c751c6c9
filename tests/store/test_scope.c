/* SPDX-License-Identifier: MIT */
/*
 * No setting survives into the next request on the same connection: after each
 * way in which a call can end, both the lane and the connection that is lent
 * are asked whether they remember anybody.
 */
#include "trial.h"

#include "store/export.h"
#include "store/relation.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

/* A store with one lane and one connection beside it. */
struct bench {
    struct world *world;
    struct test_pool made;
    struct store *nobodys;
    struct store store;
    long lane, lent; /* the server's processes */
};

static const struct actor somebody = {
    .user_id = { ME, sizeof(ME) - 1 },
    .rights = TEXT("*:*"),
    .request_id = TEXT("request"),
    .route = TEXT("/route"),
};

static const struct statement settings_left = {
    .name = "settings_left",
    .sql = "SELECT pg_backend_pid(),"
           " concat(current_setting('app.user_id', true),"
           " current_setting('app.rights', true),"
           " current_setting('app.request_id', true),"
           " current_setting('app.route', true))",
};

typedef int read_fn(struct pool *pool, const struct scope *scope,
                    const struct statement *statement,
                    const struct text *params, unsigned count,
                    struct deadline until, struct rows **ret_rows,
                    struct diag *diag);

/* The process that answered; nobody is remembered by it. */
static long expect_nobody(struct bench *bench, read_fn *read, const char *after)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int64_t pid = 0;
    int r = read(bench->made.pool, NULL, &settings_left, NULL, 0,
                 after_ms(10000), &rows, &bench->world->diag);

    cr_assert_eq(r, 0, "%s: %s", after, bench->world->diag.cause);
    cr_expect(text_to_int64(rows_get(rows, 0, 0), &pid));
    cr_expect(text_is(rows_get(rows, 0, 1), ""), "after %s: %s", after,
              rows_get(rows, 0, 1).at);
    return pid;
}

static void expect_forgotten(struct bench *bench, const char *after)
{
    long lane = expect_nobody(bench, pool_read, after);
    long lent = expect_nobody(bench, pool_read_alone, after);

    cr_expect_neq(lane, lent);
    cr_expect_eq(lane, bench->lane, "after %s it is another", after);
    cr_expect_eq(lent, bench->lent, "after %s it is another", after);
    diag_clear(&bench->world->diag);
    buffer_clear(&bench->world->out);
}

static void bench_begin(struct bench *bench, struct world *world)
{
    struct mac_key key = mac_key_derive(TEXT("of the tests"), "cursor");
    struct pool_options options = test_pool_options();

    options.lanes = options.max = 1;
    bench->world = world;
    bench->made = test_pool_start(test_url("STORE_TEST_SERVICE"), options);
    bench->nobodys = store_new(bench->made.pool, &key);
    bench->store = store_as(bench->nobodys, &somebody);
    bench->lane = expect_nobody(bench, pool_read, "nothing");
    bench->lent = expect_nobody(bench, pool_read_alone, "nothing");
}

static void bench_end(struct bench *bench)
{
    store_free(&bench->nobodys);
    test_pool_end(&bench->made);
}

/* Who makes something is somebody. */
static void make_me(struct world *world)
{
    world_script(world, "INSERT INTO users (id, email, display_name)"
                        " VALUES ('" ME "', 'me@x', 'me')"
                        " ON CONFLICT DO NOTHING");
}

/* --- calls -----------------------------------------------------------------
 */

static struct uuid person;
static struct stored stored;

static struct values *values_of(struct bench *bench, const char *body)
{
    struct values *values = NULL;

    expect_ok(bench->world,
              shape_read(people.shape, text_of(body), SHAPE_CREATE,
                         &bench->world->arena, &bench->world->diag, &values));
    return values;
}

static int create(struct bench *bench, const char *body)
{
    return store_create(&bench->store, &people, values_of(bench, body),
                        after_ms(30000), &bench->world->out, &stored,
                        &bench->world->diag);
}

static int get(struct bench *bench, uint64_t ms)
{
    struct view view;
    int64_t version;

    view_all(&people, &view);
    return store_get(&bench->store, &view, person, after_ms(ms),
                     &bench->world->out, &version, &bench->world->diag);
}

static int list(struct bench *bench, uint64_t ms)
{
    struct asked_for *asked = ask_for(&people, "sort=full_name");
    struct bytes *body = NULL;
    struct page page;
    int r = store_list(&bench->store, asked->listing, after_ms(ms), &body,
                       &page, &bench->world->diag);

    bytes_unref(&body);
    return r;
}

static int retire(struct bench *bench, uint64_t ms)
{
    static const struct change any = { .if_count = 0 };

    return store_delete(&bench->store, &people, person, &any, after_ms(ms),
                        &stored, &bench->world->diag);
}

static int fail_together(struct store *inside, void *arg)
{
    struct bench *bench = arg;
    struct view view;
    int64_t version;
    int r;

    view_all(&people, &view);
    r = store_get(inside, &view, person, after_ms(30000), &bench->world->out,
                  &version, &bench->world->diag);
    return r < 0 ? r : -ERR_TEST_FAILED;
}

static int break_together(struct store *inside, void *arg)
{
    struct bench *bench = arg;

    return store_create(inside, &people,
                        values_of(bench, "{\"bioguide\":\"S1\","
                                         "\"full_name\":\"twice\"}"),
                        after_ms(30000), &bench->world->out, &stored,
                        &bench->world->diag);
}

static struct listing *all_people(void)
{
    return ask_with(&people, "", (struct listing_options){ .whole = true })
        ->listing;
}

static int stop_export(void *arg, struct text run)
{
    (void)arg, (void)run;
    return -ERR_CANCELLED;
}

static int fail_in_bulk(struct transaction *transaction, void *arg)
{
    (void)transaction, (void)arg;
    return -ERR_TEST_FAILED;
}

ON_STORE(scope, leaves_nothing_behind_what_succeeds)
{
    struct bench bench;

    make_me(world);
    bench_begin(&bench, world);
    expect_ok(world,
              create(&bench, "{\"bioguide\":\"S0\",\"full_name\":\"0\"}"));
    person = stored.id;
    expect_forgotten(&bench, "a write");
    expect_ok(world, get(&bench, 5000));
    expect_forgotten(&bench, "a read by key");
    expect_ok(world, list(&bench, 5000));
    expect_forgotten(&bench, "a list");
    expect_ok(world, retire(&bench, 5000));
    expect_forgotten(&bench, "a deletion");
    bench_end(&bench);
}

ON_STORE(scope, leaves_nothing_behind_what_fails)
{
    struct bench bench;

    make_me(world);
    bench_begin(&bench, world);
    expect_ok(world,
              create(&bench, "{\"bioguide\":\"S1\",\"full_name\":\"1\"}"));
    person = stored.id;
    cr_expect_eq(create(&bench, "{\"bioguide\":\"S1\",\"full_name\":\"2\"}"),
                 -ERR_DUPLICATE);
    expect_forgotten(&bench, "a broken rule");
    cr_expect_eq(store_together(&bench.store, fail_together, &bench,
                                after_ms(30000), &world->diag),
                 -ERR_TEST_FAILED);
    expect_forgotten(&bench, "a body that gives up");
    cr_expect_eq(store_together(&bench.store, break_together, &bench,
                                after_ms(30000), &world->diag),
                 -ERR_DUPLICATE);
    expect_forgotten(&bench, "a transaction that is broken");
    cr_expect_eq(store_bulk(&bench.store, fail_in_bulk, NULL, after_ms(30000),
                            &world->diag),
                 -ERR_TEST_FAILED);
    expect_forgotten(&bench, "an import that is refused");
    cr_expect_eq(store_export(&bench.store, all_people(), EXPORT_NDJSON,
                              stop_export, NULL, after_ms(30000), &world->diag),
                 -ERR_CANCELLED);
    expect_forgotten(&bench, "an export that is cut off");
    bench_end(&bench);
}

/* --- calls that do not end by themselves ------------------------------------
 */

typedef int call_fn(struct bench *bench, uint64_t ms);

struct errand {
    struct bench *bench;
    call_fn *call;
    int result;
    bool done;
};

static void run_errand(void *arg)
{
    struct errand *errand = arg;

    errand->result = errand->call(errand->bench, 10000);
    errand->done = true;
}

/* Has somebody a lock to wait for? */
static bool is_waiting(struct world *world)
{
    return strcmp(world_ask(world,
                            "SELECT count(*) FROM pg_locks WHERE NOT granted"
                            " AND relation = 'people'::regclass"),
                  "0") != 0;
}

static void give_up(struct bench *bench, call_fn *call)
{
    struct errand errand = { .bench = bench, .call = call };
    struct fiber *fiber;

    cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "errand", run_errand,
                             &errand, &fiber),
                 0);
    UNTIL(is_waiting(bench->world));
    fiber_cancel(fiber);
    UNTIL(errand.done);
    cr_expect_lt(errand.result, 0);
}

static void run_late(struct bench *bench, call_fn *call)
{
    cr_expect_lt(call(bench, 40), 0);
}

static void try_locked(struct world *world, call_fn *call, const char *after,
                       void (*how)(struct bench *bench, call_fn *call))
{
    CLEANUP(connection_close)
    struct connection *locker = test_open(test_url("STORE_TEST_OWNER"));
    struct bench bench;

    make_me(world);
    bench_begin(&bench, world);
    cr_assert_eq(connection_script(locker, TEXT("BEGIN; LOCK TABLE people"),
                                   after_ms(10000), NULL),
                 0);
    how(&bench, call);
    connection_close(&locker);
    expect_forgotten(&bench, after);
    bench_end(&bench);
}

ON_STORE(scope, leaves_nothing_behind_what_comes_too_late)
{
    person = uuid_v7();
    try_locked(world, get, "a read by key that was too late", run_late);
    try_locked(world, list, "a list that was too late", run_late);
    try_locked(world, retire, "a write that was too late", run_late);
}

ON_STORE(scope, leaves_nothing_behind_what_is_cancelled)
{
    person = uuid_v7();
    try_locked(world, get, "a read by key that was cancelled", give_up);
    try_locked(world, list, "a list that was cancelled", give_up);
}
