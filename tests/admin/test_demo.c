/* SPDX-License-Identifier: MIT */
#include "admin/demo.h"

#include "base/fault.h"
#include "captured.h"
#include "house.h"
#include "store/freshness.h"

static struct place place;
static struct captured captured;

static void begin(void)
{
    captured_init(&captured);
    place = house_make();
}

static void end(void)
{
    fault_disarm_all();
    place_drop(&place);
    captured_fini(&captured);
}

TestSuite(demo, .init = begin, .fini = end, .timeout = 600);

static struct demo_options options_for(uint64_t bills, uint64_t people)
{
    return (struct demo_options){ .driver = &postgres_driver,
                                  .url = place.service_url,
                                  .bills = bills,
                                  .people = people,
                                  .users = 20,
                                  .seed = DEMO_SEED };
}

static int demo(const struct demo_options *options)
{
    captured_begin(&captured);
    return demo_main(options);
}

/* What a record says, without what the database adds to it. */
static const char content[] =
    "SELECT md5(string_agg(t, '/' ORDER BY t)) FROM ("
    " SELECT concat_ws('|', session, type, number, title, short_title,"
    "  official_title, summary, status, (SELECT bioguide FROM people p"
    "  WHERE p.id = sponsor_id), policy_area, subjects, introduced_on,"
    "  latest_action_on, latest_action, url) AS t FROM bills UNION ALL"
    " SELECT concat_ws('|', number, type, seq, acted_on, acted_at, a.text)"
    "  FROM (SELECT bill_id, seq, acted_on, acted_at, text"
    "  FROM bill_actions) a JOIN bills b ON b.id = bill_id UNION ALL"
    " SELECT concat_ws('|', number, type, bioguide) FROM bill_cosponsors"
    "  JOIN bills b ON b.id = bill_id JOIN people p ON p.id = person_id"
    " UNION ALL"
    " SELECT concat_ws('|', bioguide, full_name, party, state, chamber,"
    "  district, current) FROM people UNION ALL"
    " SELECT concat_ws('|', email, display_name, status, profile) FROM users"
    ") all_rows";

static const char versions[] =
    "SELECT concat((SELECT sum(version) FROM bills), '/',"
    " (SELECT sum(version) FROM people), '/', (SELECT sum(version) FROM "
    "users))";

Test(demo, makes_what_was_asked_for_and_no_more)
{
    struct demo_options options = options_for(500, 40);

    cr_assert_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, "people: 40 received, 40 created");
    expect_said(captured.out, "users: 20 received, 20 created");
    expect_said(captured.out, "bills: 500 received, 500 created");
    house_expect(&place, "SELECT count(*) FROM bills", "500");
    house_expect(&place, "SELECT count(*) FROM bills WHERE sponsor_id IS NULL",
                 "0");
    house_expect(&place, "SELECT count(*) > 500 FROM bill_actions", "t");
    house_expect(&place,
                 "SELECT count(*) FROM user_roles u JOIN roles r"
                 " ON r.id = u.role_id WHERE r.key = 'admin'",
                 "0");
    house_expect(&place, "SELECT count(*) FROM user_roles", "20");
}

Test(demo, run_twice_changes_nothing)
{
    struct demo_options options = options_for(300, 40);
    CLEANUP(memory_free) char *before = NULL;

    cr_assert_eq(demo(&options), EXIT_OK);
    before = house_ask(&place, versions);
    cr_assert_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, "bills: 300 received, 0 created, 0 updated, 300 "
                              "unchanged");
    expect_said(captured.out, "users: 20 received, 0 created, 0 updated, 20 "
                              "unchanged");
    house_expect(&place, versions, before);
}

Test(demo, makes_the_same_for_the_same_seed_in_another_database)
{
    struct demo_options options = options_for(100, 30);
    CLEANUP(memory_free) char *first = NULL;

    cr_assert_eq(demo(&options), EXIT_OK);
    first = house_ask(&place, content);
    place_drop(&place);
    place = house_make();
    cr_assert_eq(demo(&options), EXIT_OK);
    house_expect(&place, content, first);
    options.seed = 2;
    cr_assert_eq(demo(&options), EXIT_OK);
    cr_expect_not(file_says(captured.out, "bills: 100 received, 0 created, 0 "
                                          "updated, 100 unchanged"));
}

Test(demo, keeps_its_hands_off_a_database_that_has_bills)
{
    struct demo_options options = options_for(50, 10);

    options.if_empty = true;
    cr_assert_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, "bills: 50 received, 50 created");
    options.bills = 60;
    cr_assert_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, "there are bills already: nothing was made");
    house_expect(&place, "SELECT count(*) FROM bills", "50");
}

Test(demo, makes_bills_without_people_and_nothing_at_all)
{
    struct demo_options options = options_for(20, 0);

    cr_assert_eq(demo(&options), EXIT_OK);
    house_expect(&place, "SELECT count(sponsor_id) FROM bills", "0");
    options = options_for(0, 0);
    options.users = 0;
    cr_assert_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, "bills: 0 received, 0 created");
}

Test(demo, leaves_nothing_when_it_fails_half_way)
{
    struct demo_options options = options_for(5000, 40);

    fault_arm(FAULT_COPY_SEND, 5, 1);
    cr_expect_eq(demo(&options), EXIT_UNREACHABLE);
    cr_expect_eq(fault_count(FAULT_COPY_SEND), 1);
    house_expect(&place, "SELECT count(*) FROM people", "0");
    house_expect(&place, "SELECT count(*) FROM bills", "0");
}

Test(demo, refuses_more_than_there_are_numbers_for)
{
    struct demo_options options = options_for(DEMO_COUNT_MAX + 1, 0);

    cr_expect_eq(demo(&options), EXIT_USAGE);
    options = options_for(1, 0);
    options.url = "";
    cr_expect_eq(demo(&options), EXIT_CONFIG);
}

Test(demo, sums_up_as_a_document_when_asked)
{
    struct demo_options options = options_for(30, 10);

    options.json = true;
    cr_expect_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, ",\"people\":{\"received\":10,\"created\":10,");
    expect_said(captured.out, "\"bills\":{\"received\":30,\"created\":30,");
    expect_said(captured.out, "\"skipped\":false}\n");
    options.if_empty = true;
    cr_expect_eq(demo(&options), EXIT_OK);
    expect_said(captured.out, "\"skipped\":true}\n");
}

/* --- beside instances that serve -------------------------------------------
 */

Test(demo, has_every_instance_forget_what_it_remembers)
{
    struct demo_options options = options_for(20, 5);
    uint64_t begun_ns = clock_monotonic_ns();

    place_script(&place, "UPDATE cache_mode SET mode = 'on'");
    cr_assert_eq(demo(&options), EXIT_OK);
    house_expect(&place, "SELECT mode FROM cache_mode", "off");
    cr_expect_geq(clock_monotonic_ns() - begun_ns, RIGHTS_SETTLE_MS * NS_PER_MS,
                  "nothing was committed while somebody believed in them");
}
