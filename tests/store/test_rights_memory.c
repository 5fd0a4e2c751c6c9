/* SPDX-License-Identifier: MIT */
#include "instances.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct rights_memory_stats stats_of_memory(struct instance *instance)
{
    struct rights_memory_stats stats;

    rights_memory_stats(instance->memory, &stats);
    return stats;
}

static void lease_for_ms(struct instance *instance, uint64_t ms)
{
    freshness_lease(&instance->freshness, test_now_ns + ms * NS_PER_MS);
}

ON_OWN_STORE(rights_memory, what_is_known_is_not_asked_again)
{
    struct instance a;

    make_ann(world);
    instance_start(&a);
    lease_for_ms(&a, 10);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(ann_may(&a, "todos:read"), 1);
    cr_expect_eq(stats_of_memory(&a).loads, 1);
    cr_expect_eq(stats_of_memory(&a).hits, 4);
    cr_expect(ann_is_known_to(&a, "todos:read"));
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory, without_a_lease_everyone_asks)
{
    struct instance a;

    make_ann(world);
    instance_start(&a);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(ann_may(&a, "todos:read"), 1);
    cr_expect_eq(stats_of_memory(&a).loads, 3);
    cr_expect_not(ann_is_known_to(&a, "todos:read"));
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory,
             what_was_known_is_asked_anew_when_rights_have_changed)
{
    struct instance a;

    make_ann(world);
    instance_start(&a);
    lease_for_ms(&a, 10);
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    world_script(world, "DELETE FROM user_roles");
    cr_expect_eq(ann_may(&a, "todos:read"), 1, "nobody has told us");
    freshness_note(&a.freshness, freshness_newest(&a.freshness),
                   freshness_generation(freshness_newest(&a.freshness)) + 1);
    cr_expect_eq(ann_may(&a, "todos:read"), 0);
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory, another_users_question_tells_of_a_change_too)
{
    CLEANUP(rights_unref) struct rights *nobody = NULL;
    struct instance a;

    make_ann(world);
    instance_start(&a);
    lease_for_ms(&a, 10);
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    world_script(world, "DELETE FROM user_roles");
    expect_ok(world, rights_get(a.memory, 0, TEXT_NULL, after_ms(30000),
                                &nobody, &world->diag));
    cr_expect_not(ann_is_known_to(&a, "todos:read"));
    instance_stop(&a);
}

/* --- time ----------------------------------------------------------------- */

ON_OWN_STORE(rights_memory, nothing_is_used_past_its_end)
{
    struct instance a;

    make_ann(world);
    world_script(
        world, "UPDATE user_roles SET expires_at = now() + interval '1 hour'");
    instance_start(&a);
    lease_for_ms(&a, 2 * 3600 * 1000);
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    test_pass_ms(3500 * 1000);
    cr_expect(ann_is_known_to(&a, "todos:read"));
    test_pass_ms(100 * 1000);
    cr_expect_not(ann_is_known_to(&a, "todos:read"));
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory, a_denial_that_ends_gives_back)
{
    struct instance a;

    make_ann(world);
    world_script(world,
                 "INSERT INTO user_permissions (user_id, permission_id, effect,"
                 " expires_at) SELECT u.id, p.id, 'deny',"
                 " now() + interval '1 hour' FROM users AS u, permissions AS p"
                 " WHERE p.key = 'todos:read'");
    instance_start(&a);
    lease_for_ms(&a, 2 * 3600 * 1000);
    cr_expect_eq(ann_may(&a, "todos:read"), 0);
    test_pass_ms(3601 * 1000);
    world_script(world, "UPDATE user_permissions SET expires_at = now()");
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    cr_expect_eq(stats_of_memory(&a).loads, 2);
    instance_stop(&a);
}

/* --- several at the same time --------------------------------------------- */

enum { CROWD = 20 };

struct crowd {
    struct instance *instance;
    const char *email;
    int waiting, answered;
};

static void one_of_crowd(void *arg)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    struct crowd *crowd = arg;
    int r;

    crowd->waiting++;
    r = rights_get(crowd->instance->memory, RIGHTS_BY_EMAIL,
                   text_of(crowd->email), after_ms(10000), &rights, NULL);
    crowd->answered += r == 0;
    crowd->waiting--;
}

/* All ask before any is answered. Returns how many got rights. */
static int ask_as_a_crowd(struct instance *instance, const char *email)
{
    struct crowd crowd = { .instance = instance, .email = email };

    for (int i = 0; i < CROWD; i++)
        cr_assert_eq(fiber_start(pool_loop(instance->pool.pool), "one",
                                 one_of_crowd, &crowd, NULL),
                     0);
    cr_expect_eq(crowd.waiting, CROWD);
    UNTIL(crowd.waiting == 0);
    return crowd.answered;
}

ON_OWN_STORE(rights_memory, those_who_ask_at_the_same_time_ask_once)
{
    struct instance a;

    make_ann(world);
    instance_start(&a);
    lease_for_ms(&a, 10);
    cr_expect_eq(ask_as_a_crowd(&a, "ann@x.org"), CROWD);
    cr_expect_eq(stats_of_memory(&a).loads, 1);
    cr_expect_eq(stats_of_memory(&a).shared, CROWD - 1);
    instance_stop(&a);
}

/* Who came when the question was under way cannot have its answer. */
ON_OWN_STORE(rights_memory, without_a_lease_they_ask_once_more)
{
    struct instance a;

    make_ann(world);
    instance_start(&a);
    cr_expect_eq(ask_as_a_crowd(&a, "ann@x.org"), CROWD);
    cr_expect_eq(stats_of_memory(&a).loads, 2);
    cr_expect_eq(stats_of_memory(&a).shared, CROWD - 2);
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory, that_nobody_is_there_is_shared_but_not_remembered)
{
    struct instance a;

    instance_start(&a);
    lease_for_ms(&a, 10);
    cr_expect_eq(ask_as_a_crowd(&a, "eve@x.org"), 0);
    cr_expect_leq(stats_of_memory(&a).loads, 2);
    cr_expect_eq(stats_of_memory(&a).entries, 0);
    cr_expect_eq(stats_of_memory(&a).bytes, 0);
    make_ann(world);
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory, who_waits_asks_when_the_one_who_asked_is_cancelled)
{
    struct instance a;
    struct crowd crowd = { .instance = &a, .email = "ann@x.org" };
    struct fiber *first;

    make_ann(world);
    instance_start(&a);
    lease_for_ms(&a, 10);
    cr_assert_eq(fiber_start(pool_loop(a.pool.pool), "one", one_of_crowd,
                             &crowd, &first),
                 0);
    fiber_cancel(first);
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    UNTIL(crowd.waiting == 0);
    cr_expect_eq(crowd.answered, 0);
    instance_stop(&a);
}

/* --- how much ------------------------------------------------------------- */

ON_OWN_STORE(rights_memory, it_keeps_to_its_limit_and_forgets_the_oldest_first)
{
    struct instance a;

    world_script(world, "INSERT INTO users (email, display_name)"
                        " SELECT 'u' || i || '@x.org', 'U'"
                        " FROM generate_series(1, 100) AS i");
    instance_start(&a);
    rights_memory_free(&a.memory);
    a.memory = rights_memory_new(a.nobodys, &a.freshness, 20000);
    lease_for_ms(&a, 10);
    for (int i = 1; i <= 100; i++) {
        CLEANUP(rights_unref) struct rights *rights = NULL;
        char email[32];

        snprintf(email, sizeof(email), "u%d@x.org", i);
        expect_ok(world, rights_get(a.memory, RIGHTS_BY_EMAIL, text_of(email),
                                    after_ms(30000), &rights, &world->diag));
        cr_assert_leq(stats_of_memory(&a).bytes, 20000);
        rights_unref(&rights);
        rights = rights_known(a.memory, RIGHTS_BY_EMAIL, TEXT("u1@x.org"));
        cr_assert_not_null(rights, "the one used last stays");
    }
    cr_expect_gt(stats_of_memory(&a).entries, 5);
    cr_expect_lt(stats_of_memory(&a).entries, 100);
    instance_stop(&a);
}

ON_OWN_STORE(rights_memory, the_same_text_may_be_another_by_another_key)
{
    CLEANUP(rights_unref) struct rights *by_id = NULL;
    struct instance a;

    make_ann(world);
    instance_start(&a);
    lease_for_ms(&a, 10);
    cr_expect_eq(ann_may(&a, "todos:read"), 1);
    cr_expect_eq(rights_get(a.memory, RIGHTS_BY_EXTERNAL_ID, TEXT("ann@x.org"),
                            after_ms(30000), &by_id, NULL),
                 -ERR_NOT_FOUND);
    cr_expect_null(rights_known(a.memory, 0, TEXT_NULL));
    instance_stop(&a);
}
