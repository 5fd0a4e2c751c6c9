/* SPDX-License-Identifier: MIT */
#include "store/outcome.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

/* What is done under a key, and what came of it. */
struct doing {
    struct world *world;
    struct outcome_key key;
    struct outcome outcome; /* to be kept; status 0: nothing */
    const char *session;    /* of a bill to be made; or NULL */
    int end;                /* what the body returns, when all went well */
    int found;              /* status */
    const char *body;       /* of the one that was found; the arena's */
};

static struct doing doing_of(struct world *world, const char *key)
{
    return (struct doing){
        .world = world,
        .key = { .caller = TEXT("tester"), .key = text_of(key) },
        .outcome = { .status = 201,
                     .etag = TEXT("\"1\""),
                     .location = TEXT_NULL,
                     .body = TEXT("{\"a\":\"\xc3\xa4\"}") },
    };
}

static int make_bill(struct store *inside, struct doing *d)
{
    const char *text =
        arena_format(&d->world->arena,
                     "{\"session\":\"%s\",\"type\":\"hr\",\"number\":1,"
                     "\"chamber\":\"house\",\"title\":\"A title\","
                     "\"introduced_on\":\"2025-03-06\"}",
                     d->session);
    struct values *values;
    struct stored stored;
    int r;

    r = shape_read(bills.shape, text_of(text), SHAPE_CREATE, &d->world->arena,
                   &d->world->diag, &values);
    if (r < 0)
        return r;
    buffer_clear(&d->world->out);
    return store_create(inside, &bills, values, after_ms(30000), &d->world->out,
                        &stored, &d->world->diag);
}

static int do_inside(struct store *inside, void *arg)
{
    CLEANUP(outcome_end) struct outcome found = { 0 };
    struct doing *d = arg;
    int r = outcome_find(inside, &d->key, &found, &d->world->diag);

    if (r < 0)
        return r;
    d->found = found.status;
    d->body = text_is_null(found.body)
                  ? NULL
                  : arena_copy(&d->world->arena, found.body);
    if (found.status != 0)
        return 0;
    r = d->session ? make_bill(inside, d) : 0;
    if (r == 0 && d->outcome.status != 0)
        r = outcome_keep(inside, &d->key, &d->outcome, &d->world->diag);
    return r < 0 ? r : d->end;
}

static int run(struct doing *d)
{
    diag_clear(&d->world->diag);
    return store_together(d->world->store, do_inside, d, after_ms(30000),
                          &d->world->diag);
}

static long bills_of(struct world *world, const char *session)
{
    return ask_number(world->owner, arena_format(&world->arena,
                                                 "SELECT count(*) FROM bills"
                                                 " WHERE session = '%s'",
                                                 session));
}

ON_STORE(outcome, is_found_as_it_was_kept)
{
    struct doing d = doing_of(world, "kept");

    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 0);
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 201);
    cr_expect_str_eq(d.body, "{\"a\":\"\xc3\xa4\"}");
}

ON_STORE(outcome, without_a_body_is_one_without)
{
    struct doing d = doing_of(world, "bare");

    d.outcome.status = 204;
    d.outcome.body = TEXT_NULL;
    expect_ok(world, run(&d));
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 204);
    cr_expect_null(d.body);
}

ON_STORE(outcome, belongs_to_its_caller)
{
    struct doing d = doing_of(world, "mine");

    expect_ok(world, run(&d));
    d.key.caller = TEXT("another");
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 0);
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 201);
}

ON_STORE(outcome, is_of_one_request_only)
{
    struct doing d = doing_of(world, "reused");

    expect_ok(world, run(&d));
    d.key.request_hash[31] = 1;
    cr_expect_eq(run(&d), -ERR_IDEMPOTENCY_KEY_REUSED);
    cr_expect_not(text_is(text_of(world->diag.detail), ""));
}

ON_STORE(outcome, goes_with_the_transaction_it_is_of)
{
    struct doing d = doing_of(world, "undone");

    d.session = "outcome-undone";
    d.end = -ERR_TEST_FAILED;
    cr_expect_eq(run(&d), -ERR_TEST_FAILED);
    cr_expect_eq(bills_of(world, d.session), 0);
    d.end = 0;
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 0);
    cr_expect_eq(bills_of(world, d.session), 1);
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 201);
    cr_expect_eq(bills_of(world, d.session), 1);
}

/* The pool of these tests has one connection, so another session must ask. */
ON_STORE(outcome, that_failed_leaves_its_key_free_at_once)
{
    static const char take[] =
        "SELECT pg_try_advisory_lock(hashtextextended('free',"
        " hashtextextended('idempotency_keys:tester', 0)))";
    struct doing d = doing_of(world, "free");

    d.end = -ERR_TEST_FAILED;
    cr_expect_eq(run(&d), -ERR_TEST_FAILED);
    cr_expect_str_eq(world_ask(world, take), "t");
}

ON_STORE(outcome, of_what_broke_a_rule_tells_which)
{
    struct doing d = doing_of(world, "broken");

    d.session = "a session of more than twenty";
    cr_expect_eq(run(&d), -ERR_VALIDATION);
    d.session = "outcome-taken";
    expect_ok(world, run(&d));
    d.key.key = TEXT("broken too");
    cr_expect_eq(run(&d), -ERR_DUPLICATE);
    cr_expect_not_null(strstr(faults_of(&world->diag), "/session"));
}

ON_STORE(outcome, is_waited_for_by_nobody)
{
    struct doing d = doing_of(world, "busy");

    world_script(world, "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended("
                        "'busy', hashtextextended('idempotency_keys:tester',"
                        " 0)))");
    cr_expect_eq(run(&d), -ERR_IDEMPOTENCY_IN_PROGRESS);
    cr_expect_eq(world->diag.retry_after_s, 1);
    world_script(world, "ROLLBACK");
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 0);
}

ON_STORE(outcome, is_forgotten_when_its_time_is_up)
{
    struct doing d = doing_of(world, "old");

    expect_ok(world, run(&d));
    cr_expect_str_eq(
        world_ask(world, "SELECT expires_at = created_at + interval '24 hours'"
                         " FROM idempotency_keys WHERE key = 'old'"),
        "t");
    world_script(world, "UPDATE idempotency_keys SET expires_at = now()"
                        " - interval '1 second' WHERE key = 'old'");
    d.key.request_hash[0] = 1;
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 0);
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 201, "and the new one is kept");
}

/* --- sweeping ------------------------------------------------------------ */

#define OLD_KEYS                                                         \
    "INSERT INTO idempotency_keys (caller, key, request_hash, status,"   \
    " expires_at) SELECT 'sweep', 'old ' || n, decode(repeat('00', 32)," \
    " 'hex'), 200, now() - interval '1 hour' FROM generate_series(1, 1500) n"

static unsigned sweep(struct world *world)
{
    unsigned removed;

    expect_ok(world, outcome_sweep(world->store, after_ms(30000), &removed,
                                   &world->diag));
    return removed;
}

static long left(struct world *world)
{
    return ask_number(world->owner, "SELECT count(*) FROM idempotency_keys"
                                    " WHERE caller = 'sweep'");
}

/* One test, since tests run at the same time and a sweep is for all rows. */
ON_STORE(outcome, is_swept_in_batches_by_one_at_a_time)
{
    struct doing d = doing_of(world, "young");

    d.key.caller = TEXT("sweep");
    expect_ok(world, run(&d));
    world_script(world, OLD_KEYS);
    world_script(world, "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended("
                        "'idempotency_keys:sweep', 0))");
    cr_expect_eq(sweep(world), 0);
    cr_expect_eq(left(world), 1501);
    world_script(world, "ROLLBACK");
    cr_expect_eq(sweep(world), 1000);
    while (sweep(world) > 0)
        ;
    cr_expect_eq(left(world), 1);
    expect_ok(world, run(&d));
    cr_expect_eq(d.found, 201);
}
