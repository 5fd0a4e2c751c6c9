/* SPDX-License-Identifier: MIT */
/* `portcullis check data`: each thing that can be wrong, made wrong. */
#include "admin/check_data.h"

#include "house_suite.h"

static void set_up(void)
{
    house_begin();
    house_run(fresh.owner_url,
              "INSERT INTO people (bioguide, full_name) VALUES ('P1', 'One');"
              "INSERT INTO bills (session, type, number, chamber, title,"
              " introduced_on, sponsor_id) SELECT '119', 'hr', 1, 'house',"
              " 'A bill', '2025-01-01', id FROM people");
}

TestSuite(check_data, .init = set_up, .fini = house_end, .timeout = 600);

static int check(bool fix)
{
    struct check_data_options options = { .driver = &postgres_driver,
                                          .url = fresh.owner_url,
                                          .fix = fix };

    captured_begin(&captured);
    return check_data_main(&options);
}

static void expect_found(const char *spoil, const char *line)
{
    house_run(fresh.owner_url, spoil);
    cr_expect_eq(check(false), EXIT_FOUND);
    expect_said(captured.out, line);
}

/* Found again without --fix, gone with it. */
static void expect_mended(const char *spoil, const char *line)
{
    expect_found(spoil, line);
    cr_expect_eq(check(true), EXIT_OK);
    expect_said(captured.out, "0 found, 1 checks mended");
    cr_expect_eq(check(false), EXIT_OK);
}

/* Past all triggers, as a mistake of a superuser would be. */
#define UNSEEN(table, change)                                  \
    "ALTER TABLE " table " DISABLE TRIGGER USER; " change "; " \
    "ALTER TABLE " table " ENABLE TRIGGER USER"

Test(check_data, finds_nothing_in_a_database_that_is_as_it_should_be)
{
    cr_expect_eq(check(false), EXIT_OK);
    expect_said(captured.out, "0 found, 0 checks mended");
}

Test(check_data, finds_a_foreign_key_without_an_index)
{
    expect_found("DROP INDEX bill_cosponsors_person_id_idx",
                 "foreign_key_index: bill_cosponsors_person_id_fkey on "
                 "bill_cosponsors");
}

Test(check_data, finds_what_was_never_checked_or_is_switched_off)
{
    expect_found("ALTER TABLE bills ADD CONSTRAINT bills_title_format"
                 " CHECK (title <> 'x') NOT VALID",
                 "unchecked_constraint: bills_title_format on bills");
    expect_found("ALTER TABLE people DISABLE TRIGGER people_touch",
                 "disabled_trigger: people_touch on people");
}

Test(check_data, finds_a_table_that_everybody_sees)
{
    expect_found("ALTER TABLE bills NO FORCE ROW LEVEL SECURITY",
                 "row_security: bills: ");
}

Test(check_data, finds_rows_that_refer_to_nothing)
{
    char admin_url[1024];

    fresh_url("ADMIN_DATABASE_URL", fresh.name, admin_url);
    house_run(admin_url, "SET session_replication_role = replica;"
                         "DELETE FROM people");
    cr_expect_eq(check(false), EXIT_FOUND);
    expect_said(captured.out, "orphan: bills_sponsor_id_fkey on bills: 1: ");
}

Test(check_data, mends_a_sequence_that_is_behind_the_versions)
{
    expect_mended(UNSEEN("people", "UPDATE people SET version = 900000"),
                  "version_ahead: people: 900000");
    house_run(fresh.owner_url, "UPDATE people SET party = 'R';"
                               "DO $$ BEGIN IF (SELECT version FROM people)"
                               " <= 900000 THEN RAISE 'too low'; END IF;"
                               "END $$");
}

Test(check_data, finds_roles_among_their_own_parents)
{
    expect_found("INSERT INTO role_parents (role_id, parent_id)"
                 " SELECT a.id, b.id FROM roles AS a, roles AS b"
                 "  WHERE a.key = 'viewer' AND b.key = 'admin'",
                 "role_cycle: editor: ");
}

Test(check_data, finds_that_nobody_could_grant_anything)
{
    expect_found("INSERT INTO users (email, display_name)"
                 " VALUES ('a@example.org', 'A')",
                 "no_administrator: users");
    house_run(fresh.owner_url, "INSERT INTO user_roles (user_id, role_id)"
                               " SELECT users.id, roles.id FROM users, roles"
                               "  WHERE roles.key = 'admin'");
    cr_expect_eq(check(false), EXIT_OK);
}

Test(check_data, finds_bills_that_are_not_found_by_their_words)
{
    expect_found(UNSEEN("bills", "UPDATE bills SET search = ''"), "search: ");
}

Test(check_data, mends_what_has_expired)
{
    expect_mended("INSERT INTO idempotency_keys (caller, key, request_hash,"
                  " expires_at) VALUES ('anonymous', 'k',"
                  " sha256('x'), now() - interval '2 hours')",
                  "expired_idempotency_key: 1: ");
}

Test(check_data, mends_grants_that_have_expired)
{
    expect_mended("INSERT INTO users (email, display_name)"
                  " VALUES ('a@example.org', 'A'); "
                  "INSERT INTO user_roles (user_id, role_id)"
                  " SELECT users.id, roles.id FROM users, roles"
                  "  WHERE roles.key = 'admin';"
                  "INSERT INTO user_roles (user_id, role_id, expires_at)"
                  " SELECT users.id, roles.id, now() - interval '1 day'"
                  "  FROM users, roles WHERE roles.key = 'viewer'",
                  "expired_grant: 1 of user_roles");
}

Test(check_data, mends_a_month_without_a_partition)
{
    expect_mended("DO $$ BEGIN EXECUTE format('DROP TABLE audit_%s',"
                  " to_char(now() AT TIME ZONE 'UTC' + interval '1 month',"
                  " 'YYYY_MM')); END $$",
                  "audit_partition: ");
}

Test(check_data, finds_an_audit_log_that_was_tampered_with)
{
    house_run(fresh.owner_url, "SELECT audit_seal()");
    expect_found("ALTER TABLE audit DISABLE TRIGGER USER,"
                 " NO FORCE ROW LEVEL SECURITY;"
                 "UPDATE audit SET action = 'create', route = 'x'"
                 " WHERE resource_type = 'people';"
                 "ALTER TABLE audit ENABLE TRIGGER USER,"
                 " FORCE ROW LEVEL SECURITY",
                 "audit: 1 edited: the audit log is not what was sealed");
}
