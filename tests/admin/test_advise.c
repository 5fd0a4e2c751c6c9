/* SPDX-License-Identifier: MIT */
/* `portcullis advise`: what it finds, and that its migrations run both ways. */
#include "admin/advise.h"

#include "house_suite.h"

TestSuite(advise, .init = house_begin, .fini = house_end, .timeout = 600);

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

/* As hypopg answers, by an index that is there until the transaction ends. */
#define STAND_IN(makes)                                                       \
    "CREATE OR REPLACE FUNCTION hypopg_create_index(sql text) RETURNS SETOF"  \
    " oid LANGUAGE plpgsql AS $$ BEGIN " makes " RETURN NEXT 1::oid; END $$;" \
    "CREATE OR REPLACE FUNCTION hypopg_reset() RETURNS void LANGUAGE sql AS"  \
    " ''"

#define FILL_COSPONSORS                                                  \
    "INSERT INTO people (bioguide, full_name)"                           \
    " SELECT 'P' || n, 'Somebody' FROM generate_series(1, 400) n;"       \
    "INSERT INTO bills (session, type, number, title, chamber,"          \
    " introduced_on) SELECT '119', 'hr', n, 'It', 'house', '2025-01-03'" \
    " FROM generate_series(1, 200) n;"                                   \
    "INSERT INTO bill_cosponsors (bill_id, person_id)"                   \
    " SELECT b.id, p.id FROM bills b, people p"

static void weigh(const char *hypopg, const char *outcome)
{
    fresh_admin_at(fresh.owner_url, hypopg);
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    expect_said(captured.out, outcome);
}

Test(advise, says_what_the_planner_would_make_of_an_index_that_is_missing)
{
    fresh_admin_at(fresh.owner_url, "DROP INDEX bill_cosponsors_person_id_idx");
    house_run(fresh.owner_url, FILL_COSPONSORS);
    fresh_admin_at(fresh.owner_url, "ANALYZE");
    weigh(STAND_IN("EXECUTE sql;"),
          "by hypopg the planner would take it (cost ");
    weigh(STAND_IN(""), "by hypopg the planner would not take it as yet (");
}

/* --- bloat --- */

static void bloat(void)
{
    fresh_admin_at(fresh.owner_url,
                   "CREATE TABLE bloated (id bigint PRIMARY KEY);"
                   "INSERT INTO bloated SELECT generate_series(1, 200000);"
                   "DELETE FROM bloated WHERE id % 10 <> 0");
    fresh_admin_at(fresh.owner_url, "VACUUM (ANALYZE) bloated");
}

static void expect_reindex(const char *about)
{
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    expect_said(captured.out, about);
    expect_said(captured.out, "REINDEX INDEX CONCURRENTLY bloated_pkey;");
    follow();
    cr_expect_eq(advise(false, false), EXIT_OK);
}

Test(advise, estimates_what_an_index_would_be_when_made_anew)
{
    bloat();
    expect_reindex("-- index_bloat_estimate: bloated_pkey: ");
}

Test(advise, asks_pgstattuple_how_full_an_index_is_where_it_may)
{
    char admin_url[1024];

    fresh_url("ADMIN_DATABASE_URL", fresh.name, admin_url);
    fresh_admin_at(admin_url, "CREATE EXTENSION pgstattuple");
    bloat();
    cr_expect_eq(advise(false, false), EXIT_FOUND);
    expect_said(captured.out, "-- index_bloat_estimate: ");
    fresh_admin_at(admin_url, "GRANT EXECUTE ON FUNCTION"
                              " pgstatindex(regclass) TO portcullis_owner");
    expect_reindex("-- index_bloat: bloated_pkey: ");
}

Test(advise, tells_programs_what_it_is_about)
{
    fresh_admin_at(fresh.owner_url, "DROP INDEX bill_cosponsors_person_id_idx");
    cr_expect_eq(advise(false, true), EXIT_FOUND);
    expect_said(captured.out, "[{\"advice\":\"missing_index\",\"about\":"
                              "\"bill_cosponsors_person_id_fkey on "
                              "bill_cosponsors\"");
}
