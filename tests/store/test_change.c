/* SPDX-License-Identifier: MIT */
#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct stored stored;

#define UNTIL_SOON after_ms(30000)

static struct values *read_values(struct world *world,
                                  const struct resource *resource,
                                  const char *body, enum shape_mode mode)
{
    struct values *values = NULL;

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    expect_ok(world, shape_read(resource->shape, text_of(body), mode,
                                &world->arena, &world->diag, &values));
    return values;
}

static struct uuid create(struct world *world, const struct resource *resource,
                          const char *body)
{
    struct values *values = read_values(world, resource, body, SHAPE_CREATE);

    expect_ok(world, store_create(world->store, resource, values, UNTIL_SOON,
                                  &world->out, &stored, &world->diag));
    return stored.id;
}

/* Of this version of it; 0: of any. */
static struct change only(int64_t version)
{
    return (struct change){ .if_count = version != 0,
                            .if_versions = { version } };
}

static int merge(struct world *world, const struct resource *resource,
                 struct uuid id, const char *body, int64_t version)
{
    struct change change = only(version);
    struct values *values = read_values(world, resource, body, SHAPE_MERGE);

    return store_merge(world->store, resource, id, values, &change, UNTIL_SOON,
                       &world->out, &stored, &world->diag);
}

static int replace(struct world *world, struct uuid id, const char *body,
                   int64_t version)
{
    struct change change = only(version);
    struct values *values = read_values(world, &people, body, SHAPE_REPLACE);

    return store_replace(world->store, &people, id, values, &change, UNTIL_SOON,
                         &world->out, &stored, &world->diag);
}

typedef int silent_fn(struct store *store, const struct resource *resource,
                      struct uuid id, const struct change *change,
                      struct deadline until, struct stored *ret_stored,
                      struct diag *diag);

/* store_delete() or store_purge() */
static int end(struct world *world, silent_fn *how,
               const struct resource *resource, struct uuid id, int64_t version)
{
    struct change change = only(version);

    diag_clear(&world->diag);
    return how(world->store, resource, id, &change, UNTIL_SOON, &stored,
               &world->diag);
}

static int restore(struct world *world, const struct resource *resource,
                   struct uuid id, int64_t version)
{
    struct change change = only(version);

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    return store_restore(world->store, resource, id, &change, UNTIL_SOON,
                         &world->out, &stored, &world->diag);
}

static bool is_seen(struct world *world, const struct resource *resource,
                    struct uuid id)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    struct view view;
    int64_t version;
    int r;

    buffer_init(&out, 1 << 20);
    view_all(resource, &view);
    r = store_get(world->store, &view, id, UNTIL_SOON, &out, &version, NULL);
    cr_expect(r == 0 || r == -ERR_NOT_FOUND);
    return r == 0;
}

#define PERSON(bioguide) \
    "{\"bioguide\":\"" bioguide "\",\"full_name\":\"P\",\"party\":\"X\"}"

static bool wrote(struct world *world, const char *part)
{
    return strstr(world_text(world), part) != NULL;
}

/* ---- PATCH and PUT --------------------------------------------------------
 */

ON_STORE(change, merges_only_what_it_was_given)
{
    struct uuid id = create(world, &people, PERSON("m1"));
    int64_t before = stored.version;

    expect_ok(world, merge(world, &people, id,
                           "{\"full_name\":\"New\",\"party\":null}", 0));
    cr_expect_gt(stored.version, before);
    cr_expect(wrote(world, "\"bioguide\":\"m1\",\"full_name\":\"New\","
                           "\"given_name\":null,\"family_name\":null,"
                           "\"party\":null"));
}

ON_STORE(change, keeps_the_version_when_nothing_changes)
{
    struct uuid id = create(world, &people, PERSON("m2"));
    int64_t before = stored.version;

    expect_ok(world, merge(world, &people, id, "{}", 0));
    cr_expect_eq(stored.version, before);
    expect_ok(world, merge(world, &people, id, "{\"party\":\"X\"}", 0));
    cr_expect_eq(stored.version, before);
    cr_expect(wrote(world, "\"bioguide\":\"m2\""));
}

ON_STORE(change, takes_objects_as_whole_values)
{
    struct uuid id = create(world, &users,
                            "{\"email\":\"m3@x.org\",\"display_name\":\"M\","
                            "\"profile\":{\"locale\":\"de\",\"bio\":\"b\"}}");

    expect_ok(world,
              merge(world, &users, id, "{\"profile\":{\"phone\":\"1\"}}", 0));
    cr_expect(wrote(world, "\"profile\":{\"phone\":\"1\"}}"));
}

ON_STORE(change, replaces_every_member)
{
    struct uuid id = create(world, &people, PERSON("r1"));

    expect_ok(world, replace(world, id,
                             "{\"id\":\"ignored\",\"bioguide\":\"r1\","
                             "\"full_name\":\"R\",\"current\":true}",
                             stored.version));
    cr_expect(wrote(world, "\"full_name\":\"R\",\"given_name\":null,"
                           "\"family_name\":null,\"party\":null,"
                           "\"state\":null,\"chamber\":null,"
                           "\"district\":null,\"current\":true}"));
}

ON_STORE(change, wants_the_version_that_was_seen)
{
    struct uuid id = create(world, &people, PERSON("v1"));
    int64_t first = stored.version;

    expect_ok(world, merge(world, &people, id, "{\"party\":\"A\"}", first));
    cr_expect_eq(merge(world, &people, id, "{\"party\":\"B\"}", first),
                 -ERR_PRECONDITION_FAILED);
    cr_expect_eq(replace(world, id, PERSON("v1"), first),
                 -ERR_PRECONDITION_FAILED);
    cr_expect_eq(end(world, store_delete, &people, id, first),
                 -ERR_PRECONDITION_FAILED);
    cr_expect_eq(end(world, store_purge, &people, id, first),
                 -ERR_PRECONDITION_FAILED);
    cr_expect_str_eq(world_ask(world, "SELECT party FROM people"
                                      " WHERE bioguide = 'v1'"),
                     "A");
    expect_ok(world,
              merge(world, &people, id, "{\"party\":\"C\"}", stored.version));
}

ON_STORE(change, takes_one_of_several_versions)
{
    struct uuid id = create(world, &people, PERSON("v2"));
    struct change change = { .if_count = 3,
                             .if_versions = { 1, stored.version, INT64_MAX } };
    struct values *values =
        read_values(world, &people, "{\"party\":\"B\"}", SHAPE_MERGE);

    expect_ok(world,
              store_merge(world->store, &people, id, values, &change,
                          UNTIL_SOON, &world->out, &stored, &world->diag));
    cr_expect_eq(store_delete(world->store, &people, id, &change, UNTIL_SOON,
                              &stored, &world->diag),
                 -ERR_PRECONDITION_FAILED);
    change.if_versions[0] = stored.version;
    diag_clear(&world->diag);
    expect_ok(world, store_delete(world->store, &people, id, &change,
                                  UNTIL_SOON, &stored, &world->diag));
    cr_expect_eq(store_restore(world->store, &people, id, &change, UNTIL_SOON,
                               &world->out, &stored, &world->diag),
                 -ERR_PRECONDITION_FAILED);
    change.if_versions[2] = stored.version;
    diag_clear(&world->diag);
    expect_ok(world,
              store_restore(world->store, &people, id, &change, UNTIL_SOON,
                            &world->out, &stored, &world->diag));
}

ON_STORE(change, finds_nothing_where_nothing_is)
{
    struct uuid id = uuid_v7();

    cr_expect_eq(merge(world, &people, id, "{\"party\":\"A\"}", 0),
                 -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no person has this id");
    cr_expect_eq(merge(world, &people, id, "{}", 7), -ERR_NOT_FOUND);
    cr_expect_eq(replace(world, id, PERSON("n1"), 0), -ERR_NOT_FOUND);
    cr_expect_eq(end(world, store_delete, &people, id, 0), -ERR_NOT_FOUND);
    cr_expect_eq(end(world, store_purge, &people, id, 0), -ERR_NOT_FOUND);
    cr_expect_eq(restore(world, &people, id, 0), -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no deleted person has this id");
}

ON_STORE(change, names_the_members_that_break_a_rule)
{
    struct uuid id;

    (void)create(world, &people, PERSON("d1"));
    id = create(world, &people, PERSON("d2"));
    cr_expect_eq(merge(world, &people, id, "{\"bioguide\":\"d1\"}", 0),
                 -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&world->diag), "/bioguide duplicate");
    cr_expect_eq(replace(world, id, PERSON("d1"), 0), -ERR_DUPLICATE);
}

/* ---- DELETE and restore -----------------------------------------------------
 */

ON_STORE(change, hides_what_is_deleted_and_shows_it_again)
{
    struct uuid id = create(world, &people, PERSON("x1"));
    int64_t version = stored.version;

    expect_ok(world, end(world, store_delete, &people, id, version));
    cr_expect_gt(stored.version, version);
    cr_expect_not(is_seen(world, &people, id));
    cr_expect_eq(end(world, store_delete, &people, id, 0), -ERR_NOT_FOUND,
                 "it is gone already");
    cr_expect_eq(merge(world, &people, id, "{}", 0), -ERR_NOT_FOUND);
    cr_expect_eq(restore(world, &people, id, version),
                 -ERR_PRECONDITION_FAILED);
    expect_ok(world, restore(world, &people, id, stored.version));
    cr_expect(wrote(world, "\"deleted_at\":null,\"bioguide\":\"x1\""));
    cr_expect(is_seen(world, &people, id));
    cr_expect_eq(restore(world, &people, id, 0), -ERR_NOT_FOUND,
                 "it is not deleted");
}

ON_STORE(change, cannot_restore_when_the_key_was_taken_meanwhile)
{
    struct uuid id = create(world, &people, PERSON("x2"));

    expect_ok(world, end(world, store_delete, &people, id, 0));
    (void)create(world, &people, PERSON("x2"));
    cr_expect_eq(restore(world, &people, id, 0), -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&world->diag), "/bioguide duplicate");
}

ON_STORE(change, purges_the_living_and_the_deleted)
{
    struct uuid one = create(world, &people, PERSON("x3"));
    struct uuid two = create(world, &people, PERSON("x4"));

    expect_ok(world, end(world, store_delete, &people, two, 0));
    expect_ok(world, end(world, store_purge, &people, one, 0));
    expect_ok(world, end(world, store_purge, &people, two, 0));
    cr_expect_str_eq(world_ask(world, "SELECT count(*) FROM people"
                                      " WHERE bioguide IN ('x3', 'x4')"),
                     "0");
}

ON_STORE(change, keeps_what_is_referred_to)
{
    struct uuid id = create(world, &people, PERSON("x5"));

    world_script(world,
                 "INSERT INTO bills (session, type, number, chamber, title,"
                 " introduced_on, sponsor_id) SELECT 'x5', 'hr', 1, 'house',"
                 " 'T', '2025-01-01', id FROM people WHERE bioguide = 'x5'");
    cr_expect_eq(end(world, store_purge, &people, id, 0), -ERR_REFERENCED);
    cr_expect(is_seen(world, &people, id));
    expect_ok(world, end(world, store_delete, &people, id, 0));
}

ON_STORE(change, keeps_system_roles)
{
    struct uuid id;

    world_script(world, "INSERT INTO roles (key, name, system)"
                        " VALUES ('kept', 'K', true)");
    id = world_id(world, "SELECT id FROM roles WHERE key = 'kept'");
    cr_expect_eq(end(world, store_delete, &roles, id, 0), -ERR_SYSTEM);
    cr_expect_str_eq(world->diag.detail, "a system role cannot be deleted");
    cr_expect_eq(end(world, store_purge, &roles, id, 0), -ERR_SYSTEM);
    cr_expect(is_seen(world, &roles, id));
    expect_ok(world, merge(world, &roles, id, "{\"name\":\"Keeper\"}", 0));
}

/* --- PUT that creates ----------------------------------------------------- */

static int create_as(struct world *world, struct uuid id, const char *body)
{
    struct values *values = read_values(world, &people, body, SHAPE_REPLACE);

    return store_create_as(world->store, &people, id, values, UNTIL_SOON,
                           &world->out, &stored, &world->diag);
}

ON_STORE(change, creates_under_an_id_that_is_free)
{
    struct uuid id = uuid_v7();

    expect_ok(world, create_as(world, id, PERSON("i1")));
    cr_expect_eq(memcmp(&stored.id, &id, sizeof(id)), 0);
    cr_expect(wrote(world, "\"bioguide\":\"i1\""));
    cr_expect_eq(create_as(world, id, PERSON("i2")), -ERR_PRECONDITION_FAILED);
    cr_expect_eq(create_as(world, uuid_v7(), PERSON("i1")), -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&world->diag), "/bioguide duplicate");
}

ON_STORE(change, gives_an_id_made_again_a_higher_version)
{
    struct uuid id = uuid_v7();
    int64_t before;

    expect_ok(world, create_as(world, id, PERSON("i3")));
    before = stored.version;
    expect_ok(world, end(world, store_purge, &people, id, 0));
    expect_ok(world, create_as(world, id, PERSON("i3")));
    cr_expect_gt(stored.version, before);
}

/* Whoever holds the lock is thought to be making or purging the same id. */
ON_STORE(change, waits_for_who_makes_or_purges_the_same_id)
{
    struct uuid id = uuid_v7();
    struct values *values =
        read_values(world, &people, PERSON("i4"), SHAPE_REPLACE);
    char text[UUID_TEXT_BYTES];
    int r;

    uuid_format(id, text);
    world_script(world, arena_format(&world->arena,
                                     "BEGIN; SELECT pg_advisory_xact_lock("
                                     "hashtextextended('people:%s', 0))",
                                     text));
    r = store_create_as(world->store, &people, id, values, after_ms(200),
                        &world->out, &stored, &world->diag);
    cr_expect(r == -ERR_LOCK_TIMEOUT || r == -ERR_DEADLINE, "%d", r);
    world_script(world, "ROLLBACK");
    expect_ok(world, create_as(world, id, PERSON("i4")));
    world_script(world, arena_format(&world->arena,
                                     "BEGIN; SELECT pg_advisory_xact_lock("
                                     "hashtextextended('people:%s', 0))",
                                     text));
    r = store_purge(world->store, &people, id,
                    &(struct change){ .if_count = 0 }, after_ms(200), &stored,
                    &world->diag);
    cr_expect(r == -ERR_LOCK_TIMEOUT || r == -ERR_DEADLINE, "%d", r);
    world_script(world, "ROLLBACK");
    expect_ok(world, end(world, store_purge, &people, id, 0));
}
