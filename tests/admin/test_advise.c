/* SPDX-License-Identifier: MIT */
/* `portcullis advise`: what it finds, and that its migrations run both ways. */
#include "admin/advise.h"

#include "house_suite.h"

TestSuite(advise, .init = house_begin, .fini = house_end, .timeout = 120);

static int advise(bool down, bool json)
{
    struct advise_options options = { .driver = &postgres_driver,
                                      .url = fresh.owner_url,
                                      .down = down,
                                      .json = json };

    captured_begin(&captured);
    return advise_main(&options);
}

/* The advice, as a database takes it: one statement after the other. */
static void follow(void)
{
    CLEANUP(memory_free) char *said = disk_read(captured.out, 1 << 20, NULL);
    struct text rest = text_of(said), line;

    while (text_cut(&rest, '\n', &line)) {
        CLEANUP(memory_free) char *sql = memory_copy(line.at, line.len);

        if (line.len > 0 && !text_starts_with(line, "--"))
            fresh_admin_at(fresh.owner_url, sql);
    }
}

Test(advise, has_nothing_to_say_of_the_schema_that_ships)
{
    cr_expect_eq(advise(false, false), EXIT_OK);
    cr_expect_eq(advise(false, true), EXIT_OK);
    expect_said(captured.out, "[]");
}

Test(advise, proposes_an_index_that_a_foreign_key_lacks_and_its_way_back)
{
    fresh_admin_at(fresh.owner_url, "DROP INDEX bill_cosponsors_person_id_idx");
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    expect_said(captured.out, "-- portcullis: no-transaction\n");
    expect_said(captured.out, "CREATE INDEX CONCURRENTLY IF NOT EXISTS "
                              "bill_cosponsors_person_id_idx ON "
                              "bill_cosponsors (person_id);");
    cr_expect_eq(advise(true, false), EXIT_FOUND);
    expect_said(captured.out, "DROP INDEX CONCURRENTLY IF EXISTS "
                              "bill_cosponsors_person_id_idx;");
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    follow();
    cr_expect_eq(advise(false, false), EXIT_OK);
}

Test(advise, proposes_to_drop_what_a_longer_index_does_as_well)
{
    fresh_admin_at(fresh.owner_url,
                   "CREATE INDEX people_more_idx ON people (family_name, state,"
                   " party); CREATE INDEX people_less_idx ON people"
                   " (family_name, state)");
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    expect_said(captured.out, "redundant_index: people_less_idx, by "
                              "people_more_idx");
    cr_expect_eq(advise(true, false), EXIT_FOUND);
    expect_said(captured.out, "CREATE INDEX CONCURRENTLY IF NOT EXISTS "
                              "people_less_idx ON public.people");
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    follow();
    cr_expect_eq(advise(false, false), EXIT_OK);
}

Test(advise, tells_programs_what_it_is_about)
{
    fresh_admin_at(fresh.owner_url, "DROP INDEX bill_cosponsors_person_id_idx");
    cr_expect_eq(advise(false, true), EXIT_FOUND);
    expect_said(captured.out, "[{\"advice\":\"missing_index\",\"about\":"
                              "\"bill_cosponsors_person_id_fkey on "
                              "bill_cosponsors\"");
}
