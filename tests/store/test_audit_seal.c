/* SPDX-License-Identifier: MIT */
/* Sealing. That a chain shows what was done to it: tests/admin. */
#include "store/audit.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

/* --- writers and sealers ----------------------------------------------------
 */

static struct connection *service_open(void)
{
    return test_open(test_url("STORE_TEST_SERVICE"));
}

static void script(struct connection *connection, const char *text)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = connection_script(connection, text_of(text), after_ms(20000), &diag);
    cr_assert_eq(r, 0, "%s: %s (%s)", text, diag.detail, diag.cause);
}

#define BEGIN "BEGIN; SELECT set_config('app.rights', '*:*', true);"

/* A change whose record a test finds by the key. */
static void write_one(struct world *world, struct connection *connection,
                      const char *key)
{
    script(connection, arena_format(&world->arena,
                                    "SELECT set_config('app.request_id', '%s',"
                                    " true); INSERT INTO people (bioguide,"
                                    " full_name) VALUES ('%s', 'Somebody')",
                                    key, key));
}

static struct audit_sealed seal(struct world *world)
{
    const struct actor sealer = { .rights = TEXT("service:seal") };
    struct store store = store_as(world->store, &sealer);
    struct audit_sealed sealed;

    diag_clear(&world->diag);
    expect_ok(world,
              audit_seal(&store, after_ms(20000), &sealed, &world->diag));
    return sealed;
}

/* One test at a time, and nothing left to seal of those before it. */
static void alone(struct world *world)
{
    world_script(world, "SELECT pg_advisory_lock(1)");
    UNTIL(seal(world).looked);
}

/* In how many places of the chain is it? */
static long places_of(struct world *world, const char *key)
{
    world_script(world, "SELECT set_config('app.rights', '*:*', false)");
    return ask_number(
        world->owner,
        arena_format(&world->arena,
                     "SELECT count(*) FROM audit_seals, unnest(ats, ids)"
                     " AS e (at, id) JOIN audit USING (at, id)"
                     " WHERE request_id = '%s'",
                     key));
}

/* --- what is sealed ---------------------------------------------------------
 */

ON_STORE(audit_seal, takes_what_was_committed_once)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    struct audit_sealed first, second;

    alone(world);
    script(writer, BEGIN);
    write_one(world, writer, "once");
    script(writer, "COMMIT");
    first = seal(world);
    cr_expect(first.looked);
    cr_expect_eq(first.rows, 1);
    cr_expect_geq(first.head, 1);
    cr_expect_eq(strlen(first.hash), 64);
    second = seal(world);
    cr_expect(second.looked);
    cr_expect_eq(second.rows, 0);
    cr_expect_eq(second.head, first.head);
    cr_expect_str_eq(second.hash, first.hash);
    cr_expect_eq(places_of(world, "once"), 1);
}

ON_STORE(audit_seal, waits_for_nobody_and_forgets_nobody_who_commits_late)
{
    CLEANUP(connection_close) struct connection *slow = service_open();
    CLEANUP(connection_close) struct connection *quick = service_open();

    alone(world);
    script(slow, BEGIN);
    write_one(world, slow, "slow");
    script(quick, BEGIN);
    write_one(world, quick, "quick");
    script(quick, "COMMIT");
    cr_expect_eq(seal(world).rows, 1);
    cr_expect_eq(places_of(world, "quick"), 1);
    cr_expect_eq(seal(world).rows, 0);
    script(slow, "COMMIT");
    cr_expect_eq(seal(world).rows, 1);
    cr_expect_eq(places_of(world, "slow"), 1);
    cr_expect_eq(places_of(world, "quick"), 1);
}

/* The numbers of transactions are given out when they first write. */
ON_STORE(audit_seal, finds_who_began_before_a_seal_and_wrote_after_it)
{
    CLEANUP(connection_close) struct connection *early = service_open();
    CLEANUP(connection_close) struct connection *late = service_open();

    alone(world);
    script(early, BEGIN "SELECT pg_current_xact_id()");
    script(late, BEGIN);
    write_one(world, late, "in-between");
    script(late, "COMMIT");
    cr_expect_eq(seal(world).rows, 1);
    write_one(world, early, "afterwards");
    script(early, "COMMIT");
    cr_expect_eq(seal(world).rows, 1);
    cr_expect_eq(places_of(world, "afterwards"), 1);
}

ON_STORE(audit_seal, is_not_made_by_who_writes)
{
    CLEANUP(connection_close) struct connection *writer = service_open();

    script(writer, BEGIN);
    write_one(world, writer, "own");
    cr_expect_lt(connection_script(writer, TEXT("SELECT audit_seal()"),
                                   after_ms(30000), NULL),
                 0);
}

ON_STORE(audit_seal, passes_over_what_was_rolled_back)
{
    CLEANUP(connection_close) struct connection *writer = service_open();

    alone(world);
    script(writer, BEGIN);
    write_one(world, writer, "undone");
    cr_expect_eq(seal(world).rows, 0);
    script(writer, "ROLLBACK");
    cr_expect_eq(seal(world).rows, 0);
}

ON_STORE(audit_seal, cuts_what_is_much_into_several)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    struct audit_sealed before, sealed;

    alone(world);
    before = seal(world);
    script(writer, BEGIN "SELECT set_config('app.request_id', 'much', true);"
                         "INSERT INTO people (bioguide, full_name)"
                         " SELECT 'much' || n, 'One of many'"
                         " FROM generate_series(1, 2500) n; COMMIT");
    sealed = seal(world);
    cr_expect_eq(sealed.rows, 2500);
    cr_expect_eq(sealed.head, before.head + 3);
    cr_expect_eq(places_of(world, "much"), 2500);
}

/* The statistics of a bulk load: few transactions, each of many records. */
ON_STORE(audit_seal, finds_by_their_numbers_what_transactions_left)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    CLEANUP(connection_close) struct connection *sealer = service_open();

    alone(world);
    script(writer, BEGIN "INSERT INTO people (bioguide, full_name)"
                         " SELECT 'bulk' || n, 'One of many'"
                         " FROM generate_series(1, 5000) n; COMMIT");
    UNTIL(seal(world).looked);
    world_script(world, "ANALYZE audit");
    script(sealer, BEGIN "SELECT audit_seal()");
    cr_expect_eq(ask_number(sealer,
                            "SELECT sum(pg_stat_get_xact_numscans(indexrelid))"
                            " FROM pg_index AS i JOIN pg_inherits AS p"
                            " ON p.inhrelid = i.indrelid"
                            " WHERE indisprimary"
                            " AND inhparent = 'audit'::regclass"),
                 0);
    script(sealer, "COMMIT");
}

/* --- several sealers --------------------------------------------------------
 */

ON_STORE(audit_seal, is_left_to_one_at_a_time)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    CLEANUP(connection_close) struct connection *other = service_open();
    struct audit_sealed sealed;

    alone(world);
    script(writer, BEGIN);
    write_one(world, writer, "contended");
    script(writer, "COMMIT");
    script(other, BEGIN "SELECT audit_seal()");
    sealed = seal(world);
    cr_expect_not(sealed.looked);
    cr_expect_eq(sealed.rows, 0);
    script(other, "COMMIT");
    sealed = seal(world);
    cr_expect(sealed.looked);
    cr_expect_eq(sealed.rows, 0);
    cr_expect_eq(places_of(world, "contended"), 1);
}

ON_STORE(audit_seal, of_one_who_died_is_made_by_the_next)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    CLEANUP(connection_close)
    struct connection *admin = test_open(test_url("ADMIN_DATABASE_URL"));
    struct connection *other = service_open();

    alone(world);
    script(writer, BEGIN);
    write_one(world, writer, "orphaned");
    script(writer, "COMMIT");
    script(other, BEGIN "SELECT audit_seal()");
    end_session(other, admin);
    connection_close(&other);
    UNTIL(seal(world).looked);
    cr_expect_eq(places_of(world, "orphaned"), 1);
}

enum { WRITERS = 4, SEALERS = 2, WRITES = 40 };

struct crowd {
    struct world *world;
    unsigned writing, sealing;
};

static void write_many(void *arg)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    struct crowd *crowd = arg;
    struct loop *loop = fiber_loop(fiber_self());

    for (unsigned i = 0; i < WRITES; i++) {
        char key[64];

        snprintf(key, sizeof(key), "crowd-%u-%u", crowd->writing, i);
        script(writer,
               BEGIN "SELECT set_config('app.request_id', 'crowd', true)");
        script(writer,
               arena_format(&crowd->world->arena,
                            "INSERT INTO people (bioguide, full_name)"
                            " VALUES (left(md5(random()::text), 16), '%s')",
                            key));
        cr_assert_eq(fiber_sleep(deadline_after(loop_now_ns(loop), i % 3)), 0);
        script(writer, i % 5 == 4 ? "ROLLBACK" : "COMMIT");
    }
    crowd->writing--;
}

static void seal_until_done(void *arg)
{
    CLEANUP(connection_close) struct connection *sealer = service_open();
    struct crowd *crowd = arg;

    while (crowd->writing > 0)
        script(sealer, BEGIN "SELECT audit_seal(); COMMIT");
    crowd->sealing--;
}

ON_STORE(audit_seal, takes_each_record_of_a_crowd_exactly_once)
{
    struct crowd crowd = { world, WRITERS, SEALERS };
    struct loop *loop = fiber_loop(fiber_self());

    alone(world);
    for (unsigned i = 0; i < WRITERS; i++)
        cr_assert_eq(fiber_start(loop, "writer", write_many, &crowd, NULL), 0);
    for (unsigned i = 0; i < SEALERS; i++)
        cr_assert_eq(fiber_start(loop, "sealer", seal_until_done, &crowd, NULL),
                     0);
    UNTIL(crowd.writing == 0 && crowd.sealing == 0);
    UNTIL(seal(world).looked);
    cr_expect_eq(places_of(world, "crowd"), WRITERS * WRITES * 4 / 5);
    cr_expect_str_eq(world_ask(world, "SELECT count(*) = count(DISTINCT id)"
                                      " FROM audit_seals, unnest(ids) AS id"),
                     "t");
}

/* --- a copy in another cluster -----------------------------------------------
 */

/* What was written there, by transactions of these numbers, seems to be its. */
static void move_away(struct world *world, const char *last, const char *next)
{
    world_script(
        world,
        arena_format(&world->arena,
                     "BEGIN; SELECT set_config('app.rights', '*:*', true);"
                     "ALTER TABLE audit DISABLE TRIGGER ALL,"
                     " NO FORCE ROW LEVEL SECURITY;"
                     "ALTER TABLE audit_seals DISABLE TRIGGER ALL,"
                     " NO FORCE ROW LEVEL SECURITY;"
                     "UPDATE audit_seals SET system = 1, snapshot = '%s:%s:',"
                     " sealed_at = sealed_at - interval '1 day';"
                     "UPDATE audit SET at = at - interval '1 day',"
                     " xact = '%s';"
                     "UPDATE audit_seals SET ats = ARRAY("
                     " SELECT t - interval '1 day' FROM unnest(ats) AS t);"
                     "ALTER TABLE audit ENABLE TRIGGER ALL,"
                     " FORCE ROW LEVEL SECURITY;"
                     "ALTER TABLE audit_seals ENABLE TRIGGER ALL,"
                     " FORCE ROW LEVEL SECURITY; COMMIT",
                     last, last, next));
}

static void burn_transactions(struct connection *connection, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        script(connection, "SELECT pg_current_xact_id()");
}

/* There the numbers of transactions begin anew, and say nothing. */
ON_STORE(audit_seal, goes_on_where_the_database_was_restored)
{
    CLEANUP(connection_close) struct connection *writer = service_open();
    const char *next;

    alone(world);
    script(writer, BEGIN);
    write_one(world, writer, "at-home");
    script(writer, "COMMIT");
    seal(world);
    next = world_ask(world, "SELECT (pg_snapshot_xmax(pg_current_snapshot())"
                            "::text::bigint + 20)::text");
    move_away(world, "9000000", next);
    cr_assert_str_eq(world_ask(world, "SELECT max(system) FROM audit_seals"),
                     "1");
    script(writer, BEGIN);
    write_one(world, writer, "abroad");
    script(writer, "COMMIT");
    cr_expect_eq(seal(world).rows, 1);
    burn_transactions(writer, 50);
    script(writer, BEGIN);
    write_one(world, writer, "later");
    script(writer, "COMMIT");
    cr_expect_eq(seal(world).rows, 1);
    cr_expect_eq(places_of(world, "at-home"), 1);
    cr_expect_eq(places_of(world, "abroad"), 1);
    cr_expect_eq(places_of(world, "later"), 1);
}

/* --- only grows, and is looked after
 * ------------------------------------------ */

ON_STORE(audit_seal, is_not_changed_afterwards)
{
    static const char *const scripts[] = {
        "UPDATE audit_seals SET number = 7",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
    };
    CLEANUP(connection_close) struct connection *service = service_open();

    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        cr_expect_eq(connection_script(service, text_of(scripts[i]),
                                       after_ms(30000), NULL),
                     -ERR_FORBIDDEN, "%s", scripts[i]);
        cr_expect_eq(connection_script(world->owner, text_of(scripts[i]),
                                       after_ms(30000), NULL),
                     -ERR_FORBIDDEN, "%s", scripts[i]);
    }
}

ON_STORE(audit_seal, tells_how_many_months_are_made)
{
    unsigned months;

    expect_ok(world, audit_months_ahead(world->store, after_ms(30000), &months,
                                        &world->diag));
    cr_expect_eq(months, 12);
    world_script(world, "BEGIN; DO $$ BEGIN EXECUTE 'DROP TABLE audit_'"
                        " || to_char(now() AT TIME ZONE 'UTC'"
                        " + interval '1 month', 'YYYY_MM'); END $$; COMMIT");
    expect_ok(world, audit_months_ahead(world->store, after_ms(30000), &months,
                                        &world->diag));
    cr_expect_eq(months, 11);
    world_script(world, "SELECT audit_make_partitions(12)");
    expect_ok(world, audit_months_ahead(world->store, after_ms(30000), &months,
                                        &world->diag));
    cr_expect_eq(months, 12);
}
