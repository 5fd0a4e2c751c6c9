/* SPDX-License-Identifier: MIT */
/*
 * What the router concludes from what its nodes say: no clock and no database,
 * so that each lag and each promotion is as it is written here.
 */
#include "database/nodes_impl.h"

#include "support/database.h"

static const char system_id[] = "7710562684613743981";

/* Nodes that nobody polls; the pools have nowhere to go. */
static void with_nodes(void (*body)(struct nodes *nodes))
{
    struct pool_options options = pool_options_default();
    struct nodes nodes = { .magic = NODES_MAGIC,
                           .loop = fiber_loop(fiber_self()),
                           .lag_max_ms = 500,
                           .count = 3 };
    struct test_pool made;

    options.lanes = 0;
    made = test_pool_start(test_url("DATABASE_URL"), options);
    for (unsigned i = 0; i < nodes.count; i++)
        nodes.of[i] =
            (struct node){ .nodes = &nodes, .index = i, .pool = made.pool };
    body(&nodes);
    test_pool_end(&made);
}

#define ON_NODES(name)                               \
    static void name##_body(struct nodes *nodes);    \
    static void name##_fiber(void *arg)              \
    {                                                \
        (void)arg;                                   \
        with_nodes(name##_body);                     \
    }                                                \
    Test(nodes, name, .timeout = 60)                 \
    {                                                \
        fiber_run_alone("test", name##_fiber, NULL); \
    }                                                \
    static void name##_body(struct nodes *nodes)

static void say_at(struct nodes *nodes, unsigned node, bool standby,
                   uint64_t position, uint32_t timeline, uint64_t at_ms)
{
    const struct node_answer answer = { .standby = standby,
                                        .point = { position, timeline },
                                        .system = text_of(system_id) };

    nodes__note(nodes, &nodes->of[node], &answer, at_ms * NS_PER_MS);
}

static bool is_usable(const struct nodes *nodes, unsigned node, uint64_t at_ms)
{
    return nodes__is_usable(nodes, &nodes->of[node], at_ms * NS_PER_MS);
}

ON_NODES(a_replica_is_as_old_as_the_primary_was_where_it_is)
{
    say_at(nodes, 0, false, 100, 1, 1000);
    say_at(nodes, 0, false, 200, 1, 1100);
    say_at(nodes, 1, true, 150, 1, 1100);
    cr_expect_eq(nodes->of[1].as_of_ns, 1000 * NS_PER_MS);
    cr_expect(is_usable(nodes, 1, 1500));
    cr_expect_not(is_usable(nodes, 1, 1501), "further behind than allowed");
    say_at(nodes, 1, true, 200, 1, 1500);
    cr_expect(is_usable(nodes, 1, 1600));
    cr_expect_not(is_usable(nodes, 1, 1601), "the primary may have gone on");
}

ON_NODES(where_nothing_is_written_a_replica_stays_new)
{
    say_at(nodes, 1, true, 100, 1, 900);
    cr_expect_not(is_usable(nodes, 1, 900), "nothing is known of the primary");
    for (uint64_t at_ms = 1000; at_ms < 100000; at_ms += 100) {
        say_at(nodes, 0, false, 100, 1, at_ms);
        cr_assert(is_usable(nodes, 1, at_ms + 100));
    }
    cr_expect_eq(nodes->history_count, 1, "standing still takes no room");
}

ON_NODES(what_a_replica_received_does_not_count)
{
    for (uint64_t i = 0; i < 10; i++) {
        say_at(nodes, 0, false, 100 + i, 1, 1000 + 100 * i);
        say_at(nodes, 1, true, 100, 1, 1000 + 100 * i);
    }
    cr_expect_not(is_usable(nodes, 1, 1900), "it answers, and stands still");
}

ON_NODES(the_later_timeline_is_the_primary_and_none_else_follows_it)
{
    say_at(nodes, 0, false, 100, 1, 1000);
    say_at(nodes, 1, true, 90, 1, 1000);
    say_at(nodes, 2, true, 100, 1, 1000);
    say_at(nodes, 1, false, 95, 2, 1100);
    cr_expect_eq(nodes->primary, 1, "though the old one still claims it");
    cr_expect_not(is_usable(nodes, 2, 1100), "it is on the old timeline");
    cr_expect_not(is_usable(nodes, 0, 1100), "it is no standby");
    say_at(nodes, 2, true, 95, 2, 1200);
    cr_expect(is_usable(nodes, 2, 1200));
    say_at(nodes, 0, false, 200, 1, 1300);
    cr_expect_eq(nodes->primary, 1, "the old one is not taken back");
}

ON_NODES(a_primary_that_is_silent_stays_it_until_another_claims_to_be)
{
    say_at(nodes, 0, false, 100, 1, 1000);
    say_at(nodes, 1, true, 100, 1, 1000);
    nodes__note_silence(nodes, &nodes->of[0]);
    cr_expect_eq(nodes->primary, 0);
    cr_expect_not(nodes_have_primary(nodes));
    cr_expect(is_usable(nodes, 1, 1400));
    cr_expect_not(is_usable(nodes, 1, 1600), "how old it is nobody knows");
    nodes->degraded = true;
    cr_expect(is_usable(nodes, 1, 100000), "which somebody may not mind");
    cr_expect(nodes_are_degraded(nodes));
    say_at(nodes, 1, false, 100, 2, 1700);
    cr_expect_eq(nodes->primary, 1);
    cr_expect(nodes_have_primary(nodes));
    cr_expect_not(nodes_are_degraded(nodes));
}

ON_NODES(another_databases_node_is_never_used)
{
    const struct node_answer other = { .standby = false,
                                       .point = { 900, 9 },
                                       .system = TEXT("another") };
    struct node_answer standby = other;

    standby.standby = true;
    standby.point = (struct log_point){ 100, 1 };
    say_at(nodes, 0, false, 100, 1, 1000);
    nodes__note(nodes, &nodes->of[1], &other, 1000 * NS_PER_MS);
    cr_expect_eq(nodes->primary, 0, "whatever timeline it is on");
    nodes__note(nodes, &nodes->of[1], &standby, 1000 * NS_PER_MS);
    cr_expect_not(is_usable(nodes, 1, 1000));
}
