/* SPDX-License-Identifier: MIT */
/* What comes out of the store for those who may not do all. */
#include "trial.h"

#include "store/action.h"
#include "store/effective.h"
#include "store/outcome.h"
#include "store/relation.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct stored stored;

/* Tests have the rows to themselves, one after the other. */
static void make_rows(struct world *world)
{
    static bool made;

    if (made)
        return;
    world_script(world, "SELECT pg_advisory_lock(1);"
                        "TRUNCATE users, roles, permissions, people, bills,"
                        " idempotency_keys, instances CASCADE");
    world_script(world, trial_fixture);
    made = true;
}

/* The store of a caller of this standing. */
static struct store store_of(struct world *world, const char *name)
{
    const struct standing *as = standing_named(name);
    const struct actor actor = { .user_id = text_of(as->user_id),
                                 .rights = text_of(as->rights) };

    make_rows(world);
    diag_clear(&world->diag);
    buffer_clear(&world->out);
    return store_as(world->store, &actor);
}

static struct uuid id_of(const char *text)
{
    struct uuid id;

    cr_assert(uuid_parse(text_of(text), &id));
    return id;
}

static struct values *values_of(struct world *world, const struct shape *shape,
                                const char *body, enum shape_mode mode)
{
    struct values *values = NULL;

    expect_ok(world, shape_read(shape, text_of(body), mode, &world->arena,
                                &world->diag, &values));
    return values;
}

static int retitle(struct world *world, const char *as, const char *bill)
{
    struct store store = store_of(world, as);
    static const struct change any = { .if_count = 0 };

    return store_merge(
        &store, &bills, id_of(bill),
        values_of(world, bills.shape, "{\"title\":\"new\"}", SHAPE_MERGE), &any,
        after_ms(30000), &world->out, &stored, &world->diag);
}

typedef int silent_fn(struct store *store, const struct resource *resource,
                      struct uuid id, const struct change *change,
                      struct deadline until, struct stored *ret_stored,
                      struct diag *diag);

static int end(struct world *world, const char *as, silent_fn *how,
               const char *bill)
{
    struct store store = store_of(world, as);
    static const struct change any = { .if_count = 0 };

    return how(&store, &bills, id_of(bill), &any, after_ms(30000), &stored,
               &world->diag);
}

static int restore(struct world *world, const char *as, const char *bill)
{
    struct store store = store_of(world, as);
    static const struct change any = { .if_count = 0 };

    return store_restore(&store, &bills, id_of(bill), &any, after_ms(30000),
                         &world->out, &stored, &world->diag);
}

ON_STORE(actor, who_sees_a_bill_and_may_not_change_it_is_told_so)
{
    expect_ok(world, retitle(world, "author", ID(51)));
    cr_expect_eq(retitle(world, "author", ID(52)), -ERR_FORBIDDEN);
    cr_expect_str_eq(world->diag.detail, "you may not change this bill");
    cr_expect_eq(retitle(world, "anonymous", ID(51)), -ERR_FORBIDDEN);
    cr_expect_eq(end(world, "author", store_delete, ID(52)), -ERR_FORBIDDEN);
    cr_expect_eq(end(world, "editor", store_purge, ID(52)), -ERR_FORBIDDEN);
    cr_expect_eq(end(world, "deleter", store_purge, ID(54)), -ERR_FORBIDDEN);
    cr_expect_eq(retitle(world, "deleter", ID(52)), -ERR_FORBIDDEN);
}

ON_STORE(actor, who_does_not_see_a_bill_learns_nothing_of_it)
{
    cr_expect_eq(retitle(world, "granter", ID(52)), -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no bill has this id");
    cr_expect_eq(retitle(world, "editor", ID(54)), -ERR_NOT_FOUND);
    cr_expect_eq(restore(world, "editor", ID(54)), -ERR_NOT_FOUND);
    cr_expect_eq(end(world, "granter", store_purge, ID(52)), -ERR_NOT_FOUND);
    cr_expect_eq(end(world, "auditor", store_delete, ID(52)), -ERR_NOT_FOUND);
}

ON_STORE(actor, what_nobody_asks_for_is_not_there)
{
    struct store nobody = *world->store;
    struct view view;
    int64_t version;

    (void)store_of(world, "admin");
    nobody.actor = (struct actor){ .rights = TEXT_NULL };
    view_all(&bills, &view);
    cr_expect_eq(store_get(&nobody, &view, id_of(ID(52)), after_ms(30000),
                           &world->out, &version, &world->diag),
                 -ERR_NOT_FOUND);
}

ON_STORE(actor, a_right_that_a_route_names_is_enough_for_it)
{
    struct store clerk = store_of(world, "clerk");

    expect_ok(world, store_create(&clerk, &users,
                                  values_of(world, users.shape,
                                            "{\"email\":\"c@x\","
                                            "\"display_name\":\"C\"}",
                                            SHAPE_CREATE),
                                  after_ms(30000), &world->out, &stored,
                                  &world->diag));
    cr_expect_not_null(strstr(world_text(world), "\"email\":\"c@x\""));
    expect_ok(world, end(world, "deleter", store_delete, ID(52)));
    expect_ok(world, restore(world, "archivist", ID(52)));
    cr_expect_not_null(strstr(world_text(world), "\"deleted_at\":null"));
    expect_ok(world, end(world, "archivist", store_purge, ID(53)));
}

ON_STORE(actor, who_may_not_create_is_told_so)
{
    struct store author = store_of(world, "author");

    cr_expect_eq(store_create(&author, &people,
                              values_of(world, people.shape,
                                        "{\"bioguide\":\"A\","
                                        "\"full_name\":\"A\"}",
                                        SHAPE_CREATE),
                              after_ms(30000), &world->out, &stored,
                              &world->diag),
                 -ERR_FORBIDDEN);
    cr_expect_str_eq(world->diag.detail, "this is not permitted");
}

/* --- what hangs on objects --------------------------------------------------
 */

static int append(struct world *world, const char *as, const char *bill)
{
    struct store store = store_of(world, as);

    return action_append(&store, id_of(bill),
                         values_of(world, &bill_action_new,
                                   "{\"acted_on\":\"2026-02-01\","
                                   "\"text\":\"Told\"}",
                                   SHAPE_CREATE),
                         after_ms(30000), &world->out, &world->diag);
}

ON_STORE(actor, a_bills_history_is_told_by_who_may_change_the_bill)
{
    expect_ok(world, append(world, "author", ID(51)));
    cr_expect_eq(append(world, "author", ID(52)), -ERR_FORBIDDEN);
    cr_expect_eq(append(world, "anonymous", ID(51)), -ERR_FORBIDDEN);
    cr_expect_eq(append(world, "granter", ID(51)), -ERR_NOT_FOUND);
    cr_expect_eq(append(world, "editor", ID(54)), -ERR_NOT_FOUND);
}

static int link_up(struct world *world, const char *as,
                   const struct relation *relation, const char *id,
                   const char *other)
{
    struct store store = store_of(world, as);
    bool made;

    return relation_put(
        &store, relation, id_of(id), id_of(other),
        values_of(world, relation_extra(relation), "{}", SHAPE_CREATE),
        after_ms(30000), &world->out, &made, &world->diag);
}

static int unlink_it(struct world *world, const char *as,
                     const struct relation *relation, const char *id,
                     const char *other)
{
    struct store store = store_of(world, as);

    return relation_drop(&store, relation, id_of(id), id_of(other),
                         after_ms(30000), &world->diag);
}

ON_STORE(actor, links_are_made_by_who_may)
{
    expect_ok(world,
              link_up(world, "author", &bill_cosponsors, ID(51), ID(42)));
    cr_expect_eq(link_up(world, "author", &bill_cosponsors, ID(52), ID(42)),
                 -ERR_FORBIDDEN);
    cr_expect_eq(link_up(world, "granter", &bill_cosponsors, ID(52), ID(42)),
                 -ERR_NOT_FOUND);
    expect_ok(world, link_up(world, "granter", &user_roles, OTHERS, ID(22)));
    cr_expect_eq(link_up(world, "viewer", &user_roles, ME, ID(22)),
                 -ERR_NOT_FOUND, "the role cannot be held");
    cr_expect_eq(link_up(world, "viewer", &user_roles, OTHERS, ID(22)),
                 -ERR_NOT_FOUND);
}

ON_STORE(actor, links_are_dropped_by_who_may)
{
    cr_expect_eq(unlink_it(world, "viewer", &user_roles, ME, ID(22)),
                 -ERR_FORBIDDEN);
    cr_expect_eq(unlink_it(world, "viewer", &user_roles, OTHERS, ID(22)),
                 -ERR_NOT_FOUND);
    cr_expect_eq(unlink_it(world, "author", &bill_cosponsors, ID(52), ID(42)),
                 -ERR_FORBIDDEN);
    expect_ok(world,
              unlink_it(world, "author", &bill_cosponsors, ID(51), ID(42)));
    cr_expect_eq(unlink_it(world, "author", &bill_cosponsors, ID(51), ID(42)),
                 -ERR_NOT_FOUND);
    expect_ok(world, unlink_it(world, "granter", &user_roles, OTHERS, ID(22)));
}

/* --- one's own -------------------------------------------------------------
 */

static int rights_of(struct world *world, const char *as, const char *user)
{
    struct store store = store_of(world, as);

    return effective_permissions(&store, id_of(user), after_ms(30000),
                                 &world->out, &world->diag);
}

ON_STORE(actor, ones_own_rights_are_whole_and_others_are_not_seen)
{
    expect_ok(world, rights_of(world, "viewer", ME));
    cr_expect_not_null(strstr(world_text(world), "\"via\":[[],[\"one\"]]"));
    cr_expect_eq(rights_of(world, "viewer", OTHERS), -ERR_NOT_FOUND);
    expect_ok(world, rights_of(world, "checker", OTHERS));
}

/* --- the service itself ----------------------------------------------------
 */

ON_STORE(actor, the_sweeper_removes_what_is_expired_and_nothing_else)
{
    struct store sweeper = store_of(world, "sweeper");
    unsigned removed = 0;

    expect_ok(world,
              outcome_sweep(&sweeper, after_ms(30000), &removed, &world->diag));
    cr_expect_eq(removed, 1);
    cr_expect_str_eq(world_ask(world, "SELECT string_agg(key, '' ORDER BY key)"
                                      " FROM idempotency_keys"),
                     "akmoq");
}
