/* SPDX-License-Identifier: MIT */
/* `portcullis check queries`, on the schema that ships and on a spoilt one. */
#include "admin/check_queries.h"

#include "house_suite.h"

TestSuite(check_queries, .init = house_begin, .fini = house_end,
          .timeout = 600);

static int check(bool json)
{
    struct check_queries_options options = { .driver = &postgres_driver,
                                             .url = fresh.service_url,
                                             .json = json };

    captured_begin(&captured);
    return check_queries_main(&options);
}

Test(check_queries, finds_nothing_in_the_schema_that_ships)
{
    cr_expect_eq(check(false), EXIT_OK);
    expect_said(captured.out, "0 of ");
    cr_expect_eq(check(true), EXIT_OK);
    expect_said(captured.out, "\"faults\":0,\"found\":[]}");
}

Test(check_queries, tells_of_each_difference_once)
{
    fresh_admin_at(fresh.owner_url,
                   "ALTER TABLE people RENAME COLUMN party TO faction");
    cr_expect_eq(check(false), EXIT_FOUND);
    expect_said(captured.out, "people_create: the database could not run a "
                              "statement: column \"party\"");
    {
        CLEANUP(memory_free)
        char *said = disk_read(captured.out, 1 << 20, NULL);
        const char *first = strstr(said, "people_list: ");

        cr_assert_not_null(first);
        cr_expect_null(strstr(first + 1, "people_list: "), "%s", said);
    }
}

Test(check_queries, looks_at_what_imports_ask_too)
{
    fresh_admin_at(fresh.owner_url,
                   "ALTER TABLE bill_actions RENAME COLUMN seq TO place");
    cr_expect_eq(check(true), EXIT_FOUND);
    expect_said(captured.out, "\"query\":");
}
