/* SPDX-License-Identifier: MIT */
/*
 * Two processes: one changes rights, the other remembers them. When the change
 * is acknowledged the other uses nothing of before, whatever happened to it.
 */
#include "instances.h"

#include "support/fault_proxy.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static const struct change any;

/* --- changes, by the store ------------------------------------------------ */

typedef int change_fn(struct world *world, struct store *store);

static struct uuid id_of(struct world *world, const char *table,
                         const char *condition)
{
    return world_id(world,
                    arena_format(&world->arena, "SELECT id FROM %s WHERE %s",
                                 table, condition));
}

static struct uuid ann(struct world *world)
{
    return id_of(world, "users", "email = 'ann@x.org'");
}

static struct uuid role(struct world *world, const char *key)
{
    return id_of(world, "roles",
                 arena_format(&world->arena, "key = '%s'", key));
}

static struct uuid todos_read(struct world *world)
{
    return id_of(world, "permissions", "key = 'todos:read'");
}

static int drop(struct world *world, struct store *store,
                const struct relation *relation, struct uuid id,
                struct uuid other)
{
    return relation_drop(store, relation, id, other, after_ms(20000),
                         &world->diag);
}

static int put(struct world *world, struct store *store,
               const struct relation *relation, struct uuid id,
               struct uuid other, const char *body)
{
    bool made;
    struct values *extra;
    int r = shape_read(relation_extra(relation), text_of(body), SHAPE_CREATE,
                       &world->arena, &world->diag, &extra);

    return r < 0 ? r
                 : relation_put(store, relation, id, other, extra,
                                after_ms(20000), &world->out, &made,
                                &world->diag);
}

static int merge(struct world *world, struct store *store,
                 const struct resource *resource, struct uuid id,
                 const char *body)
{
    struct stored stored;
    struct values *values;
    int r = shape_read(resource->shape, text_of(body), SHAPE_MERGE,
                       &world->arena, &world->diag, &values);

    return r < 0
               ? r
               : store_merge(store, resource, id, values, &any, after_ms(20000),
                             &world->out, &stored, &world->diag);
}

static int delete (struct world *world, struct store *store,
                   const struct resource *resource, struct uuid id)
{
    struct stored stored;

    return store_delete(store, resource, id, &any, after_ms(20000), &stored,
                        &world->diag);
}

static int restore(struct world *world, struct store *store,
                   const struct resource *resource, struct uuid id)
{
    struct stored stored;

    return store_restore(store, resource, id, &any, after_ms(20000),
                         &world->out, &stored, &world->diag);
}

static int revoke_role(struct world *world, struct store *store)
{
    return drop(world, store, &user_roles, ann(world), role(world, "worker"));
}

static int grant_role(struct world *world, struct store *store)
{
    return put(world, store, &user_roles, ann(world), role(world, "worker"),
               "{}");
}

static int take_parent(struct world *world, struct store *store)
{
    return drop(world, store, &role_parents, role(world, "worker"),
                role(world, "reader"));
}

static int take_permission(struct world *world, struct store *store)
{
    return drop(world, store, &role_permissions, role(world, "reader"),
                todos_read(world));
}

static int deny(struct world *world, struct store *store)
{
    return put(world, store, &user_permissions, ann(world), todos_read(world),
               "{\"effect\":\"deny\"}");
}

static int delete_role(struct world *world, struct store *store)
{
    return delete (world, store, &roles, role(world, "reader"));
}

static int delete_permission(struct world *world, struct store *store)
{
    return delete (world, store, &permissions, todos_read(world));
}

static int rename_permission(struct world *world, struct store *store)
{
    return merge(world, store, &permissions, todos_read(world),
                 "{\"key\":\"todos:see\"}");
}

static int suspend(struct world *world, struct store *store)
{
    return merge(world, store, &users, ann(world),
                 "{\"status\":\"suspended\"}");
}

static int delete_user(struct world *world, struct store *store)
{
    return delete (world, store, &users, ann(world));
}

static int restore_user(struct world *world, struct store *store)
{
    return restore(world, store, &users, ann(world));
}

static int restore_role(struct world *world, struct store *store)
{
    return restore(world, store, &roles, role(world, "reader"));
}

static int rename_user(struct world *world, struct store *store)
{
    return merge(world, store, &users, ann(world),
                 "{\"email\":\"anna@x.org\"}");
}

/* --- a change under way --------------------------------------------------- */

struct changing {
    struct world *world;
    struct instance *instance;
    change_fn *change;
    int r;
    bool done;
};

static void change_fiber(void *arg)
{
    struct changing *c = arg;

    c->r = c->change(c->world, &c->instance->store);
    c->done = true;
}

static struct changing begin_change(struct world *world,
                                    struct instance *instance,
                                    change_fn *change)
{
    return (struct changing){ world, instance, change, 0, false };
}

static void start_change(struct changing *c)
{
    buffer_clear(&c->world->out);
    diag_clear(&c->world->diag);
    cr_assert_eq(fiber_start(pool_loop(c->instance->pool.pool), "change",
                             change_fiber, c, NULL),
                 0);
}

static void expect_changed(struct changing *c)
{
    cr_assert(c->done);
    expect_ok(c->world, c->r);
}

/* While the clock stands still: whoever waits for time waits for ever. */
static void change(struct world *world, struct instance *instance,
                   change_fn *fn)
{
    struct changing c = begin_change(world, instance, fn);

    start_change(&c);
    UNTIL(c.done);
    expect_changed(&c);
}

static void pass_until_done(struct changing *c)
{
    while (!c->done) {
        test_pass_ms(5);
        cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    }
}

/* A change that gets its answer by time; that time must have come. */
static void change_by_time(struct world *world, struct instance *instance,
                           change_fn *fn)
{
    struct changing c = begin_change(world, instance, fn);
    uint64_t begun_ns = test_now_ns;

    start_change(&c);
    pass_until_done(&c);
    expect_changed(&c);
    cr_expect_geq(test_now_ns, begun_ns + RIGHTS_SETTLE_MS * NS_PER_MS);
}

/* `a` changes rights, `b` remembers Ann's; both beat. */
struct two {
    struct instance a, b;
};

static void two_start(struct two *two, struct world *world)
{
    make_ann(world);
    instance_start(&two->a);
    instance_start(&two->b);
    instance_beat(&two->a);
    instance_beat(&two->b);
    UNTIL(instance_has_lease(&two->a));
    cr_assert_eq(ann_may(&two->a, "todos:read"), 1);
    cr_assert_eq(ann_may(&two->b, "todos:read"), 1);
    cr_assert(ann_is_known_to(&two->a, "todos:read"));
    cr_assert(ann_is_known_to(&two->b, "todos:read"));
}

static void two_stop(struct two *two)
{
    instance_stop(&two->a);
    instance_stop(&two->b);
}

/* --- all is well ---------------------------------------------------------- */

static void expect_gone_at_once(struct world *world, change_fn *fn)
{
    struct two two;

    two_start(&two, world);
    change(world, &two.a, fn);
    cr_expect_not(ann_is_known_to(&two.b, "todos:read"));
    cr_expect_neq(ann_may(&two.b, "todos:read"), 1);
    cr_expect_not(ann_is_known_to(&two.a, "todos:read"));
    cr_expect_neq(ann_may(&two.a, "todos:read"), 1);
    two_stop(&two);
}

#define GONE_AT_ONCE(name, change)          \
    ON_OWN_STORE(rights_settle, name)       \
    {                                       \
        expect_gone_at_once(world, change); \
    }

GONE_AT_ONCE(a_role_that_is_revoked, revoke_role)
GONE_AT_ONCE(a_parent_that_is_taken_from_a_role, take_parent)
GONE_AT_ONCE(a_permission_that_is_taken_from_a_role, take_permission)
GONE_AT_ONCE(what_is_denied, deny)
GONE_AT_ONCE(what_a_deleted_role_gave, delete_role)
GONE_AT_ONCE(a_permission_that_is_deleted, delete_permission)
GONE_AT_ONCE(a_permission_that_has_another_key, rename_permission)
GONE_AT_ONCE(what_a_suspended_user_had, suspend)
GONE_AT_ONCE(what_a_deleted_user_had, delete_user)
GONE_AT_ONCE(what_one_had_under_another_email, rename_user)

ON_OWN_STORE(rights_settle, what_is_granted_is_there_at_once)
{
    struct two two;

    two_start(&two, world);
    change(world, &two.a, revoke_role);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    change(world, &two.a, grant_role);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 1);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, what_is_restored_has_the_rights_it_has_now)
{
    struct two two;

    two_start(&two, world);
    change(world, &two.a, delete_user);
    cr_expect_eq(ann_may(&two.b, "todos:read"), -ERR_NOT_FOUND);
    change(world, &two.a, delete_role);
    change(world, &two.a, restore_user);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    change(world, &two.a, restore_role);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 1);
    two_stop(&two);
}

static int revoke_inside(struct store *inside, void *arg)
{
    struct world *world = arg;
    int r = revoke_role(world, inside);

    return r < 0 ? r : deny(world, inside);
}

static int revoke_together(struct world *world, struct store *store)
{
    return store_together(store, revoke_inside, world, after_ms(20000),
                          &world->diag);
}

GONE_AT_ONCE(what_is_changed_together, revoke_together)

static int give_up_inside(struct store *inside, void *arg)
{
    struct world *world = arg;
    int r = revoke_role(world, inside);

    return r < 0 ? r : -ERR_TEST_FAILED;
}

ON_OWN_STORE(rights_settle, what_is_rolled_back_changes_nothing)
{
    struct two two;

    two_start(&two, world);
    cr_expect_eq(store_together(&two.a.store, give_up_inside, world,
                                after_ms(20000), &world->diag),
                 -ERR_TEST_FAILED);
    cr_expect(ann_is_known_to(&two.b, "todos:read"));
    two_stop(&two);
}

/* --- the other one is not well -------------------------------------------- */

static void expect_never_stale(struct world *world, struct two *two)
{
    change_by_time(world, &two->a, revoke_role);
    cr_expect_not(instance_has_lease(&two->b));
    cr_expect_not(ann_is_known_to(&two->b, "todos:read"));
    cr_expect_neq(ann_may(&two->b, "todos:read"), 1);
}

ON_OWN_STORE(rights_settle, one_whose_beats_are_lost_has_lost_its_lease)
{
    struct two two;

    two_start(&two, world);
    fault_arm(FAULT_RIGHTS_BEAT, 0, 1000000);
    expect_never_stale(world, &two);
    UNTIL(fault_count(FAULT_RIGHTS_BEAT) > 0);
    fault_disarm_all();
    UNTIL(instance_has_lease(&two.b));
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    two_stop(&two);
}

static long count_instances(struct world *world)
{
    return ask_number(world->owner, "SELECT count(*) FROM instances");
}

/* Its row goes with the first change, or with the next one where the database
 * had no time for that. */
ON_OWN_STORE(rights_settle, one_that_has_crashed_is_waited_for_once)
{
    struct two two;

    two_start(&two, world);
    instance_stop_beating(&two.b);
    expect_never_stale(world, &two);
    for (int i = 0; count_instances(world) > 1; i++)
        change_by_time(world, &two.a, i % 2 ? revoke_role : grant_role);
    change(world, &two.a, rename_permission);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, one_that_has_left_is_not_waited_for)
{
    struct two two;

    two_start(&two, world);
    rights_beat_stop(&two.b.beat);
    cr_expect_not(ann_is_known_to(&two.b, "todos:read"), "it has no lease");
    change(world, &two.a, revoke_role);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, one_taken_for_dead_enters_anew_and_knows_nothing)
{
    struct two two;

    two_start(&two, world);
    instance_stop_beating(&two.b);
    change_by_time(world, &two.a, revoke_role);
    rights_beat_start(&two.b.beat, &two.b.beat_at, &two.b.freshness);
    UNTIL(instance_has_lease(&two.b));
    cr_expect_not(ann_is_known_to(&two.b, "todos:read"));
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, who_has_entered_has_no_lease_yet)
{
    struct instance b;

    fault_arm(FAULT_RIGHTS_BEAT, 1, 1000000);
    instance_start(&b);
    rights_beat_start(&b.beat, &b.beat_at, &b.freshness);
    UNTIL(fault_count(FAULT_RIGHTS_BEAT) > 0);
    cr_expect_eq(ask_number(world->owner, "SELECT count(*) FROM instances"), 1);
    cr_expect_not(instance_has_lease(&b));
    fault_disarm_all();
    UNTIL(instance_has_lease(&b));
    instance_stop(&b);
}

/* A proxy before the one socket of the tests' server. */
static struct fault_proxy proxy_start(char url[static 1024])
{
    const char *service = test_url("STORE_TEST_SERVICE");
    const char *host = strstr(service, "host=");
    struct fault_proxy proxy;
    char socket[512];

    cr_assert_not_null(host);
    host += strlen("host=");
    snprintf(socket, sizeof(socket), "%.*s/.s.PGSQL.5432",
             (int)strcspn(host, "&"), host);
    proxy = fault_proxy_start(socket);
    snprintf(url, 1024,
             "postgresql:///%s?host=127.0.0.1&port=%u&user=portcullis_service",
             test_url("STORE_TEST_NAME"), proxy.port);
    return proxy;
}

static void cut_off(struct world *world, const char *how)
{
    struct fault_proxy proxy;
    struct two two;
    char url[1024];

    proxy = proxy_start(url);
    make_ann(world);
    instance_start(&two.a);
    instance_start_at(&two.b, url);
    instance_beat(&two.a);
    instance_beat(&two.b);
    cr_assert_eq(ann_may(&two.b, "todos:read"), 1);
    UNTIL(ann_is_known_to(&two.b, "todos:read"));
    fault_proxy_tell(&proxy, "%s", how);
    change_by_time(world, &two.a, revoke_role);
    cr_expect_not(ann_is_known_to(&two.b, "todos:read"));
    fault_proxy_tell(&proxy, "heal");
    UNTIL(instance_has_lease(&two.b));
    cr_expect_not(ann_is_known_to(&two.b, "todos:read"));
    two_stop(&two);
    fault_proxy_stop(&proxy);
}

ON_OWN_STORE(rights_settle, one_that_is_cut_off_has_lost_its_lease)
{
    cut_off(world, "blackhole");
}

ON_OWN_STORE(rights_settle, one_that_gets_no_answers_has_lost_its_lease)
{
    cut_off(world, "blackhole down");
}

ON_OWN_STORE(rights_settle, one_whom_nobody_hears_has_lost_its_lease)
{
    cut_off(world, "blackhole up");
}

/* --- the database is another ---------------------------------------------- */

/* What a crash does to an unlogged table. */
ON_OWN_STORE(rights_settle,
             after_a_crash_of_the_database_all_leases_are_waited_out)
{
    struct two two;

    two_start(&two, world);
    instance_stop_beating(&two.b); /* it has not come back yet */
    world_script(world, "TRUNCATE instances");
    UNTIL(ask_number(world->owner, "SELECT count(*) FROM instances") == 1);
    expect_never_stale(world, &two);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle,
             nor_is_anything_believed_before_we_are_back_ourselves)
{
    struct two two;

    two_start(&two, world);
    instance_stop_beating(&two.a);
    instance_stop_beating(&two.b);
    world_script(world, "TRUNCATE instances");
    expect_never_stale(world, &two);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, a_database_that_went_back_makes_all_be_asked_anew)
{
    struct two two;

    two_start(&two, world);
    world_script(world, "DELETE FROM user_roles;"
                        "UPDATE cache_control SET rights = 0");
    UNTIL(!ann_is_known_to(&two.b, "todos:read"));
    UNTIL(instance_has_lease(&two.b));
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    change(world, &two.a, grant_role);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 1);
    cr_expect(ann_is_known_to(&two.b, "todos:read"));
    two_stop(&two);
}

/* --- the one who changes is not well -------------------------------------- */

ON_OWN_STORE(rights_settle, who_cannot_ask_waits_for_all_leases)
{
    struct two two;

    two_start(&two, world);
    fault_arm(FAULT_RIGHTS_SETTLE, 0, 1000000);
    fault_arm(FAULT_RIGHTS_BEAT, 0, 1000000);
    expect_never_stale(world, &two);
    cr_expect_not(ann_is_known_to(&two.a, "todos:read"), "nor has it one");
    cr_expect_gt(fault_count(FAULT_RIGHTS_SETTLE), 1);
    fault_disarm_all();
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, who_is_not_known_itself_waits_for_all)
{
    struct two two;

    two_start(&two, world);
    rights_beat_stop(&two.a.beat);
    change_by_time(world, &two.a, revoke_role);
    cr_expect_eq(ann_may(&two.b, "todos:read"), 0);
    two_stop(&two);
}

/* Silence is not death before it has lasted as long as a lease. */
ON_OWN_STORE(rights_settle, who_could_ask_only_late_takes_nobody_for_dead)
{
    struct two two;
    struct changing c;

    two_start(&two, world);
    instance_stop_beating(&two.b);
    fault_arm(FAULT_RIGHTS_SETTLE, 0, 1000000);
    c = begin_change(world, &two.a, revoke_role);
    start_change(&c);
    UNTIL(fault_count(FAULT_RIGHTS_SETTLE) > 0);
    test_pass_ms(RIGHTS_SETTLE_MS - 50);
    fault_disarm_all();
    pass_until_done(&c);
    expect_changed(&c);
    cr_expect_eq(ask_number(world->owner, "SELECT count(*) FROM instances"), 2);
    two_stop(&two);
}

ON_OWN_STORE(rights_settle, a_cancel_does_not_end_it)
{
    struct two two;
    struct changing c;
    struct fiber *fiber;

    two_start(&two, world);
    instance_stop_beating(&two.b);
    c = begin_change(world, &two.a, revoke_role);
    cr_assert_eq(fiber_start(pool_loop(two.a.pool.pool), "change", change_fiber,
                             &c, &fiber),
                 0);
    UNTIL(ask_number(world->owner, "SELECT count(*) FROM user_roles") == 0);
    fiber_cancel(fiber);
    cr_assert_eq(fiber_sleep(after_ms(50)), 0);
    cr_expect_not(c.done);
    pass_until_done(&c);
    cr_expect_neq(ann_may(&two.b, "todos:read"), 1);
    two_stop(&two);
}

/* --- what nobody waits for ------------------------------------------------ */

static int add_person(struct world *world, struct store *store)
{
    struct stored stored;
    struct values *values;

    expect_ok(world,
              shape_read(people.shape,
                         TEXT("{\"bioguide\":\"P000001\","
                              "\"full_name\":\"Ann\"}"),
                         SHAPE_CREATE, &world->arena, &world->diag, &values));
    return store_create(store, &people, values, after_ms(20000), &world->out,
                        &stored, &world->diag);
}

ON_OWN_STORE(rights_settle, writes_of_other_things_do_not_ask_at_all)
{
    struct two two;

    two_start(&two, world);
    fault_arm(FAULT_RIGHTS_SETTLE, 0, 1);
    change(world, &two.a, add_person);
    cr_expect_eq(fault_count(FAULT_RIGHTS_SETTLE), 0);
    cr_expect(ann_is_known_to(&two.b, "todos:read"));
    fault_disarm_all();
    two_stop(&two);
}

/* --- another database than before ------------------------------------------
 */

ON_OWN_STORE(rights_settle, no_cache_outlives_the_promotion_of_a_standby)
{
    struct instance instance;

    instance_start(&instance);
    instance_beat(&instance);
    cr_expect_gt(instance.beat.timeline, 0);
    world_script(world, "UPDATE cache_mode SET mode = 'on'");
    UNTIL(freshness_caches_are_on(&instance.freshness, test_now_ns));
    instance.beat.timeline++;
    UNTIL(!freshness_caches_are_on(&instance.freshness, test_now_ns));
    cr_expect_eq(ask_number(world->owner, "SELECT count(*) FROM cache_mode"
                                          " WHERE mode = 'off'"),
                 1);
    instance_stop(&instance);
}
