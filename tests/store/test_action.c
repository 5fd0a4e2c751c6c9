/* SPDX-License-Identifier: MIT */
#include "store/action.h"

#include "database.h"
#include "store/relation.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct uuid make_bill(struct world *world, int number)
{
    return world_id(
        world, arena_format(&world->arena,
                            "INSERT INTO bills (session, type, number, chamber,"
                            " title, introduced_on) VALUES ('A', 's', %d,"
                            " 'senate', 'T', '2026-01-01') RETURNING id",
                            number));
}

static const char *state(struct world *world, int number)
{
    return world_ask(
        world, arena_format(&world->arena,
                            "SELECT concat_ws('|', status, latest_action_on,"
                            " latest_action) FROM bills WHERE session = 'A'"
                            " AND number = %d",
                            number));
}

static int append(struct world *world, struct uuid bill, const char *body)
{
    struct values *values;

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    expect_ok(world, shape_read(&bill_action_new, text_of(body), SHAPE_CREATE,
                                &world->arena, &world->diag, &values));
    return action_append(world->store, bill, values, after_ms(30000),
                         &world->out, &world->diag);
}

ON_STORE(action, becomes_the_bills_latest)
{
    struct uuid bill = make_bill(world, 1);
    const char *made;

    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-02-01\",\"text\":\"Passed\","
                            "\"acted_at\":\"14:30\",\"type\":\"Floor\","
                            "\"status\":\"passed_senate\"}"));
    made = world_text(world);
    cr_expect(strstr(made, "\"acted_on\":\"2026-02-01\","
                           "\"acted_at\":\"14:30:00\",\"type\":\"Floor\","
                           "\"code\":null,\"text\":\"Passed\","
                           "\"source\":null}"),
              "%s", made);
    cr_expect_str_eq(state(world, 1), "passed_senate|2026-02-01|Passed");
    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-02-01\",\"text\":\"Sent\"}"));
    cr_expect_str_eq(state(world, 1), "passed_senate|2026-02-01|Sent",
                     "of one day the last told is the latest");
}

ON_STORE(action, of_earlier_times_is_history_only)
{
    struct uuid bill = make_bill(world, 2);
    const char *before;

    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-03-01\",\"text\":\"New\","
                            "\"status\":\"reported\"}"));
    before = world_ask(world, "SELECT version FROM bills WHERE number = 2"
                              " AND session = 'A'");
    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-02-01\",\"text\":\"Old\","
                            "\"status\":\"enacted\"}"));
    cr_expect_str_eq(state(world, 2), "reported|2026-03-01|New");
    cr_expect_str_neq(world_ask(world, "SELECT version FROM bills WHERE"
                                       " number = 2 AND session = 'A'"),
                      before, "its history is another");
}

ON_STORE(action, stand_in_order_of_their_days)
{
    struct uuid bill = make_bill(world, 3);
    struct relation_page page;
    const char *text;

    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-02-02\",\"text\":\"B\"}"));
    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-02-02\",\"text\":\"C\"}"));
    expect_ok(world, append(world, bill,
                            "{\"acted_on\":\"2026-01-02\",\"text\":\"A\"}"));
    buffer_clear(&world->out);
    expect_ok(world,
              relation_list(world->store, &bill_actions, bill,
                            &(struct window){ .limit = 10 }, after_ms(30000),
                            &world->out, &page, &world->diag));
    text = world_text(world);
    cr_expect_eq(page.total, 3);
    cr_expect(strstr(text, "\"A\"") < strstr(text, "\"B\"") &&
                  strstr(text, "\"B\"") < strstr(text, "\"C\""),
              "%s", text);
}

ON_STORE(action, needs_a_living_bill)
{
    struct uuid bill = make_bill(world, 4);

    world_script(world, "UPDATE bills SET deleted_at = now()"
                        " WHERE session = 'A' AND number = 4");
    cr_expect_eq(
        append(world, bill, "{\"acted_on\":\"2026-02-02\",\"text\":\"B\"}"),
        -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no bill has this id");
}

/* --- many at once -----------------------------------------------------------
 */

enum { APPENDERS = 8 };

struct crowd {
    struct world *world;
    struct uuid bill;
    unsigned done;
};

static void append_some(void *arg)
{
    struct crowd *crowd = arg;
    struct values *values;
    struct buffer out;
    struct diag diag;

    diag_init(&diag, &crowd->world->arena);
    buffer_init(&out, 1 << 20);
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(shape_read(&bill_action_new,
                                TEXT("{\"acted_on\":\"2026-02-02\","
                                     "\"text\":\"x\"}"),
                                SHAPE_CREATE, &crowd->world->arena, &diag,
                                &values),
                     0);
        cr_expect_eq(action_append(crowd->world->store, crowd->bill, values,
                                   after_ms(20000), &out, &diag),
                     0, "%s (%s)", diag.detail, diag.cause);
    }
    buffer_fini(&out);
    crowd->done++;
}

ON_STORE(action, many_at_once_get_a_place_each)
{
    struct crowd crowd = { .world = world, .bill = make_bill(world, 5) };

    for (int i = 0; i < APPENDERS; i++)
        cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "append",
                                 append_some, &crowd, NULL),
                     0);
    UNTIL(crowd.done == APPENDERS);
    cr_expect_str_eq(world_ask(world, "SELECT count(*) || ' ' || max(seq) FROM"
                                      " bill_actions JOIN bills ON bills.id ="
                                      " bill_id WHERE session = 'A'"
                                      " AND number = 5"),
                     "40 40");
}
