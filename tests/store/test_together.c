/* SPDX-License-Identifier: MIT */
/* A store inside a transaction: the same functions, nothing is seen outside. */
#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static const struct change any;

/* Bodies work with the world, whose store is then the one inside. */
typedef int world_fn(struct world *world);

struct step {
    struct world *world;
    world_fn *body;
};

static int step_inside(struct store *inside, void *arg)
{
    const struct step *step = arg;
    struct store *outside = step->world->store;
    int r;

    step->world->store = inside;
    r = step->body(step->world);
    step->world->store = outside;
    return r;
}

static int together(struct world *world, world_fn *body)
{
    struct step step = { world, body };

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    return store_together(world->store, step_inside, &step, after_ms(30000),
                          &world->diag);
}

static int read_values(struct world *world, const char *body,
                       enum shape_mode mode, struct values **ret_values)
{
    return shape_read(people.shape, text_of(body), mode, &world->arena,
                      &world->diag, ret_values);
}

static int make(struct world *world, const char *body, struct stored *stored)
{
    struct values *values;
    int r = read_values(world, body, SHAPE_CREATE, &values);

    if (r < 0)
        return r;
    buffer_clear(&world->out);
    return store_create(world->store, &people, values, after_ms(30000),
                        &world->out, stored, &world->diag);
}

static int merge(struct world *world, const struct stored *stored,
                 const char *body)
{
    struct values *values;
    struct stored changed;
    int r = read_values(world, body, SHAPE_MERGE, &values);

    if (r < 0)
        return r;
    buffer_clear(&world->out);
    return store_merge(world->store, &people, stored->id, values, &any,
                       after_ms(30000), &world->out, &changed, &world->diag);
}

static int get(struct world *world, const struct stored *stored)
{
    struct view view;
    int64_t version;

    view_all(&people, &view);
    buffer_clear(&world->out);
    return store_get(world->store, &view, stored->id, after_ms(30000),
                     &world->out, &version, &world->diag);
}

#define PERSON(key) "{\"bioguide\":\"" key "\",\"full_name\":\"Ann\"}"

static long count_of(struct world *world, const char *bioguide)
{
    return ask_number(world->owner, arena_format(&world->arena,
                                                 "SELECT count(*) FROM people"
                                                 " WHERE bioguide = '%s'",
                                                 bioguide));
}

static int make_change_and_read(struct world *world)
{
    struct stored stored = { 0 };

    expect_ok(world, make(world, PERSON("T000001"), &stored));
    cr_expect_eq(count_of(world, "T000001"), 0, "nothing is seen outside");
    expect_ok(world, merge(world, &stored, "{\"full_name\":\"Bob\"}"));
    expect_ok(world, get(world, &stored));
    cr_expect_not_null(strstr(world_text(world), "\"full_name\":\"Bob\""));
    return 0;
}

ON_STORE(together, what_was_written_is_read_inside_and_then_outside)
{
    expect_ok(world, together(world, make_change_and_read));
    cr_expect_eq(count_of(world, "T000001"), 1);
}

static int make_and_give_up(struct world *world)
{
    struct stored stored = { 0 };

    expect_ok(world, make(world, PERSON("T000002"), &stored));
    return FAIL(&world->diag, ERR_TEST_FAILED, "enough");
}

ON_STORE(together, nothing_stays_of_what_is_given_up)
{
    cr_expect_eq(together(world, make_and_give_up), -ERR_TEST_FAILED);
    cr_expect_str_eq(world->diag.detail, "enough");
    cr_expect_eq(count_of(world, "T000002"), 0);
}

static int make_twice(struct world *world)
{
    struct stored stored = { 0 };
    int r = make(world, PERSON("T000003"), &stored);

    return r < 0 ? r : make(world, PERSON("T000003"), &stored);
}

ON_STORE(together, a_broken_rule_is_told_as_outside)
{
    cr_expect_eq(together(world, make_twice), -ERR_DUPLICATE);
    cr_expect_str_eq(world->diag.constraint, "people_bioguide_key");
    cr_expect_not_null(strstr(faults_of(&world->diag), "/bioguide"));
    cr_expect_eq(count_of(world, "T000003"), 0);
}

static int every_change(struct world *world)
{
    struct stored stored = { 0 }, changed = { 0 };
    struct values *values;
    struct uuid id = uuid_v7();

    expect_ok(world,
              read_values(world, PERSON("T000004"), SHAPE_REPLACE, &values));
    expect_ok(world, store_create_as(world->store, &people, id, values,
                                     after_ms(30000), &world->out, &stored,
                                     &world->diag));
    expect_ok(world, store_replace(world->store, &people, id, values, &any,
                                   after_ms(30000), &world->out, &changed,
                                   &world->diag));
    expect_ok(world, store_delete(world->store, &people, id, &any,
                                  after_ms(30000), &changed, &world->diag));
    cr_expect_eq(get(world, &stored), -ERR_NOT_FOUND);
    diag_clear(&world->diag);
    expect_ok(world,
              store_restore(world->store, &people, id, &any, after_ms(30000),
                            &world->out, &changed, &world->diag));
    expect_ok(world, get(world, &stored));
    expect_ok(world, store_purge(world->store, &people, id, &any,
                                 after_ms(30000), &changed, &world->diag));
    cr_expect_eq(store_delete(world->store, &people, id, &any, after_ms(30000),
                              &changed, &world->diag),
                 -ERR_NOT_FOUND);
    diag_clear(&world->diag);
    expect_ok(world, store_create_as(world->store, &people, id, values,
                                     after_ms(30000), &world->out, &stored,
                                     &world->diag));
    return 0;
}

ON_STORE(together, every_write_works_inside)
{
    expect_ok(world, together(world, every_change));
    cr_expect_eq(count_of(world, "T000004"), 1);
}

static int nested(struct world *world)
{
    expect_ok(world, together(world, make_twice) == -ERR_DUPLICATE ? 0 : -1);
    return -ERR_DUPLICATE;
}

ON_STORE(together, inside_another_it_is_that_one)
{
    cr_expect_eq(together(world, nested), -ERR_DUPLICATE);
    cr_expect_eq(count_of(world, "T000003"), 0);
}

static int delete_a_system_role(struct world *world)
{
    struct uuid id = world_id(world, "SELECT id FROM roles WHERE system");
    struct stored stored;

    return store_delete(world->store, &roles, id, &any, after_ms(30000),
                        &stored, &world->diag);
}

ON_STORE(together, what_is_kept_is_told_to_be_kept)
{
    world_script(world, "INSERT INTO roles (id, key, name, system) VALUES"
                        " (gen_random_uuid(), 'kept', 'Kept', true)"
                        " ON CONFLICT DO NOTHING");
    cr_expect_eq(together(world, delete_a_system_role), -ERR_SYSTEM);
    diag_clear(&world->diag);
    cr_expect_eq(delete_a_system_role(world), -ERR_SYSTEM);
}
