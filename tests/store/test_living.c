/* SPDX-License-Identifier: MIT */
/* Nothing begins to refer to what is deleted, also not at the same moment. */
#include "database.h"
#include "store/relation.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static const struct change any;

static struct uuid make_person(struct world *world, const char *bioguide)
{
    return world_id(world,
                    arena_format(&world->arena,
                                 "INSERT INTO people (bioguide, full_name)"
                                 " VALUES ('%s', 'P') RETURNING id",
                                 bioguide));
}

static void script_about(struct world *world, const char *before,
                         struct uuid id, const char *after)
{
    char text[UUID_TEXT_BYTES];

    uuid_format(id, text);
    world_script(world,
                 arena_format(&world->arena, "%s'%s'%s", before, text, after));
}

#define DELETE_PERSON "UPDATE people SET deleted_at = now() WHERE id = "

static const char *sponsored(struct world *world, const char *session,
                             struct uuid person)
{
    char id[UUID_TEXT_BYTES];

    uuid_format(person, id);
    return arena_format(&world->arena,
                        "{\"session\":\"%s\",\"type\":\"hr\",\"number\":1,"
                        "\"chamber\":\"house\",\"title\":\"T\","
                        "\"introduced_on\":\"2025-01-01\","
                        "\"sponsor_id\":\"%s\"}",
                        session, id);
}

static struct values *read_bill(struct world *world, const char *body,
                                enum shape_mode mode)
{
    struct values *values = NULL;

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    expect_ok(world, shape_read(bills.shape, text_of(body), mode, &world->arena,
                                &world->diag, &values));
    return values;
}

static int create(struct world *world, const char *body, struct stored *stored)
{
    struct values *values = read_bill(world, body, SHAPE_CREATE);

    return store_create(world->store, &bills, values, after_ms(10000),
                        &world->out, stored, &world->diag);
}

static int merge(struct world *world, struct uuid id, const char *body)
{
    struct values *values = read_bill(world, body, SHAPE_MERGE);
    struct stored stored;

    return store_merge(world->store, &bills, id, values, &any, after_ms(30000),
                       &world->out, &stored, &world->diag);
}

static int replace(struct world *world, struct uuid id, const char *body)
{
    struct values *values = read_bill(world, body, SHAPE_REPLACE);
    struct stored stored;

    return store_replace(world->store, &bills, id, values, &any,
                         after_ms(30000), &world->out, &stored, &world->diag);
}

static void expect_unknown_sponsor(const struct world *world, int r)
{
    cr_expect_eq(r, -ERR_VALIDATION);
    cr_expect_str_eq(faults_of(&world->diag), "/sponsor_id unknown_reference");
}

ON_STORE(living, a_deleted_person_becomes_nobodys_sponsor)
{
    struct uuid gone = make_person(world, "L1");
    struct uuid here = make_person(world, "L2");
    struct stored bill;

    script_about(world, DELETE_PERSON, gone, "");
    expect_unknown_sponsor(world,
                           create(world, sponsored(world, "l1", gone), &bill));
    expect_ok(world, create(world, sponsored(world, "l1", here), &bill));
    expect_unknown_sponsor(world,
                           merge(world, bill.id, sponsored(world, "l1", gone)));
    expect_unknown_sponsor(
        world, replace(world, bill.id, sponsored(world, "l1", gone)));
}

ON_STORE(living, a_bill_keeps_a_sponsor_who_was_deleted_since)
{
    struct uuid person = make_person(world, "L3");
    struct stored bill;

    expect_ok(world, create(world, sponsored(world, "l3", person), &bill));
    script_about(world, DELETE_PERSON, person, "");
    expect_ok(world, merge(world, bill.id, "{\"title\":\"Another\"}"));
    expect_ok(world, replace(world, bill.id, sponsored(world, "l3", person)));
}

/* --- at the same moment --------------------------------------------------- */

/* One write, on a fiber of its own while the test holds a lock. */
struct errand {
    struct world *world;
    struct uuid id, other;
    const char *body;
    int result;
    bool done;
};

/* The owner's open transaction is what it waits for. */
static void start(struct errand *errand, fiber_fn *fn)
{
    cr_assert_eq(
        fiber_start(fiber_loop(fiber_self()), "errand", fn, errand, NULL), 0);
    while (ask_number(errand->world->owner,
                      "SELECT count(*) FROM pg_locks WHERE NOT granted AND"
                      " pg_backend_pid() = ANY(pg_blocking_pids(pid))") == 0)
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
}

static void finish(struct errand *errand, const char *how)
{
    cr_expect_not(errand->done);
    world_script(errand->world, how);
    UNTIL(errand->done);
}

static void create_bill(void *arg)
{
    struct errand *errand = arg;
    struct stored stored;

    errand->result = create(errand->world, errand->body, &stored);
    errand->done = true;
}

static void delete_person(void *arg)
{
    struct errand *errand = arg;
    struct stored stored;

    errand->result =
        store_delete(errand->world->store, &people, errand->id, &any,
                     after_ms(10000), &stored, &errand->world->diag);
    errand->done = true;
}

static void grant_role(void *arg)
{
    static const struct values none = { .count = 0 };
    struct errand *errand = arg;
    bool made;

    buffer_clear(&errand->world->out);
    errand->result = relation_put(
        errand->world->store, &role_parents, errand->id, errand->other, &none,
        after_ms(10000), &errand->world->out, &made, &errand->world->diag);
    errand->done = true;
}

ON_STORE(living, a_sponsor_is_looked_for_when_a_deletion_has_ended)
{
    struct uuid person = make_person(world, "L5");
    struct errand errand = { .world = world };

    errand.body = sponsored(world, "l5", person);
    script_about(world, "BEGIN;" DELETE_PERSON, person, "");
    start(&errand, create_bill);
    finish(&errand, "COMMIT");
    expect_unknown_sponsor(world, errand.result);
}

ON_STORE(living, a_deletion_that_was_taken_back_stops_nobody)
{
    struct uuid person = make_person(world, "L9");
    struct errand errand = { .world = world };

    errand.body = sponsored(world, "l9", person);
    script_about(world, "BEGIN;" DELETE_PERSON, person, "");
    start(&errand, create_bill);
    finish(&errand, "ROLLBACK");
    expect_ok(world, errand.result);
}

ON_STORE(living, a_deletion_waits_for_who_refers_to_it)
{
    struct errand errand = { .world = world };

    errand.id = make_person(world, "L6");
    script_about(world,
                 "BEGIN; INSERT INTO bills (session, type, number, chamber,"
                 " title, introduced_on, sponsor_id) VALUES ('l6', 'hr', 1,"
                 " 'house', 'T', '2025-01-01', ",
                 errand.id, ")");
    start(&errand, delete_person);
    finish(&errand, "COMMIT");
    expect_ok(world, errand.result);
}

ON_STORE(living, a_link_is_not_made_to_what_is_being_deleted)
{
    struct errand errand = { .world = world };

    errand.id = world_id(world, "INSERT INTO roles (key, name)"
                                " VALUES ('l7', 'L') RETURNING id");
    errand.other = world_id(world, "INSERT INTO roles (key, name)"
                                   " VALUES ('l8', 'L') RETURNING id");
    world_script(world, "BEGIN; UPDATE roles SET deleted_at = now()"
                        " WHERE key = 'l8'");
    start(&errand, grant_role);
    finish(&errand, "COMMIT");
    cr_expect_eq(errand.result, -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no role has this id");
}
