/* SPDX-License-Identifier: MIT */
/* Databases made from nothing, held against their migrations, and thrown away.
 */
#include "admin/migrate_validate.h"
#include "admin/setup.h"
#include "admin/url.h"
#include "captured.h"
#include "support/fresh_database.h"
#include "support/terminal.h"
#include "json/document.h"

#include <signal.h>

static struct captured captured;
static struct fresh_database fresh; /* its name is taken by setup */
static char admin_url[1024];

static void set_up(void)
{
    fresh_database_make(&fresh);
    fresh_url("ADMIN_DATABASE_URL", fresh.name, admin_url);
    captured_init(&captured);
    captured_begin(&captured);
}

static void tear_down(void)
{
    captured_fini(&captured);
    fresh_database_drop(&fresh);
}

TestSuite(setup, .init = set_up, .fini = tear_down, .timeout = 600);
TestSuite(reset, .init = set_up, .fini = tear_down, .timeout = 600);
TestSuite(validate, .init = set_up, .fini = tear_down, .timeout = 600);

static void expect_status(int status, int wanted)
{
    CLEANUP(memory_free) char *said = scratch_words(&captured.scratch);

    cr_expect_eq(status, wanted, "%d: %s", status, said);
}

static int setup(struct setup_options options)
{
    captured_begin(&captured);
    options.driver = &postgres_driver;
    options.files = schema_files;
    options.extra = schema_setup;
    options.url = options.url ? options.url : test_url("ADMIN_DATABASE_URL");
    options.database = options.database ? options.database : fresh.name;
    options.owner = options.owner ? options.owner : "portcullis_owner";
    return setup_command(&options);
}

/* --- setup --- */

Test(setup, makes_a_database_from_nothing_and_then_changes_nothing)
{
    fresh_database_drop(&fresh);
    expect_status(setup((struct setup_options){ .seed = true }), EXIT_OK);
    expect_said(captured.scratch.words, "who may connect");
    expect_said(captured.scratch.words, "seed/0001-roles.sql");
    fresh_admin_at(fresh.service_url,
                   "DO $$ BEGIN ASSERT current_user = 'portcullis_service'; "
                   "PERFORM count(*) FROM bills; END $$");
    fresh_admin_at(
        admin_url,
        "DO $$ BEGIN ASSERT (SELECT bool_and(tableowner = "
        "'portcullis_owner') FROM pg_tables WHERE schemaname = "
        "'public'); ASSERT (SELECT count(*) FROM roles) > 3; END $$");

    expect_status(setup((struct setup_options){ .seed = true }), EXIT_OK);
    expect_said(captured.scratch.words, "migrations        ");
    cr_expect_not(file_says(captured.scratch.words, " made "));
}

Test(setup, prints_what_it_would_do_and_changes_nothing)
{
    fresh_database_drop(&fresh);
    expect_status(
        setup((struct setup_options){ .owner = "another_owner",
                                      .owner_password = TEXT("se'cret"),
                                      .dry_run = true }),
        EXIT_OK);
    expect_said(captured.out, "CREATE ROLE another_owner LOGIN NOSUPERUSER");
    expect_said(captured.out, "ALTER ROLE another_owner PASSWORD '***';\n");
    expect_said(captured.out, " OWNER another_owner TEMPLATE template0 ");
    expect_said(captured.out,
                "-- then, as another_owner: portcullis migrate up\n");
    cr_expect_not(file_says(captured.out, "cret"), "passwords stay secret");
    fresh_admin("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM pg_roles WHERE "
                "rolname = 'another_owner'); END $$");
}

Test(setup, sets_passwords_whatever_they_hold)
{
    expect_status(setup((struct setup_options){ .service_password =
                                                    TEXT("it's; DROP '''\\") }),
                  EXIT_OK);
    fresh_admin("DO $$ BEGIN ASSERT (SELECT rolpassword LIKE 'SCRAM-SHA-256$%' "
                "FROM pg_authid WHERE rolname = 'portcullis_service'); END $$");
}

Test(setup, refuses_names_that_are_none_and_roles_that_may_not)
{
    expect_status(setup((struct setup_options){ .database = "a;b" }),
                  EXIT_USAGE);
    expect_said(captured.scratch.words, "not \"a;b\"");
    expect_status(setup((struct setup_options){ .owner = "9lives" }),
                  EXIT_USAGE);
    expect_status(setup((struct setup_options){ .url = fresh.owner_url }),
                  EXIT_CONFIG);
    expect_said(captured.scratch.words, "must be a superuser's");
    expect_status(
        setup((struct setup_options){
            .url = "postgresql://nobody@/nothing?host=/nonexistent" }),
        EXIT_UNREACHABLE);
}

/* --- reset --- */

static int reset(struct reset_options options)
{
    captured_begin(&captured);
    options.driver = &postgres_driver;
    options.files = schema_files;
    options.url = fresh.owner_url;
    return reset_command(&options);
}

Test(reset, begins_anew_after_the_name_was_typed)
{
    CLEANUP(memory_free) char *typed = memory_format("%s\n", fresh.name);

    fresh_admin_at(fresh.owner_url, "CREATE TABLE stray (id int)");
    sit_down(typed);
    expect_status(reset((struct reset_options){ .seed = true }), EXIT_OK);
    expect_said(captured.scratch.words, "throwing away what is there");
    fresh_admin_at(admin_url,
                   "DO $$ BEGIN ASSERT to_regclass('stray') IS NULL; "
                   "ASSERT (SELECT count(*) FROM roles) > 3; END $$");
}

Test(reset, changes_nothing_unless_it_is_meant)
{
    fresh_admin_at(fresh.owner_url, "CREATE TABLE stray (id int)");
    stand_up();
    expect_status(reset((struct reset_options){ 0 }), EXIT_USAGE);
    expect_said(captured.scratch.words, "say --yes if you mean the database");
    sit_down("portcullis\n");
    expect_status(reset((struct reset_options){ 0 }), EXIT_FAILED);
    fresh_admin_at(fresh.owner_url, "DROP TABLE stray");
}

/* A session of the service's, in a process of its own, until that is killed. */
static pid_t be_the_service(void)
{
    pid_t pid = fork();

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        fresh_admin_at(fresh.service_url, "SELECT pg_sleep(60)");
        _exit(0);
    }
    fresh_admin_at(admin_url,
                   "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity "
                   "WHERE usename = 'portcullis_service' AND datname = "
                   "current_database() AND query ~ 'pg_sleep.60') LOOP PERFORM "
                   "pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); "
                   "END LOOP; END $$");
    return pid;
}

Test(reset, refuses_where_the_service_is_connected)
{
    pid_t service = be_the_service();

    expect_status(reset((struct reset_options){ .yes = true }), EXIT_RUNNING);
    expect_said(captured.scratch.words, "stop it first, or say --force");
    expect_status(reset((struct reset_options){ .yes = true, .force = true }),
                  EXIT_OK);
    cr_expect_eq(kill(service, SIGKILL), 0);
    cr_expect_eq(waitpid(service, NULL, 0), service);
}

/* --- validate --- */

static int validate(struct migrate_validate_options options)
{
    captured_begin(&captured);
    options.driver = &postgres_driver;
    options.files = schema_files;
    options.url = options.url ? options.url : admin_url;
    return migrate_validate(&options);
}

Test(validate, finds_nothing_in_what_the_migrations_made)
{
    expect_status(setup((struct setup_options){ .seed = true }), EXIT_OK);
    expect_status(validate((struct migrate_validate_options){ 0 }), EXIT_OK);
    expect_said(captured.scratch.words, "objects, 0 findings");
    fresh_admin("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM pg_database WHERE "
                "datname LIKE 'portcullis_scratch%'); END $$");
}

Test(validate, names_every_object_that_was_changed_by_hand)
{
    CLEANUP(document_free) struct document *document = NULL;
    CLEANUP(memory_free) char *said = NULL;
    struct diag diag;

    expect_status(setup((struct setup_options){ .seed = false }), EXIT_OK);
    fresh_admin_at(admin_url, "ALTER TABLE bills ADD COLUMN stray int; "
                              "DROP INDEX bills_natural_key; "
                              "ALTER TABLE people NO FORCE ROW LEVEL SECURITY; "
                              "GRANT TRUNCATE ON bills TO portcullis_service");
    expect_status(validate((struct migrate_validate_options){ 0 }), EXIT_FOUND);
    expect_said(captured.out,
                "made by no migration: column public.bills.stray\n");
    expect_said(captured.out,
                "missing: index bills_natural_key on public.bills\n");
    expect_said(captured.out, "made by no migration: grant of TRUNCATE to "
                              "portcullis_service on public.bills\n");
    expect_said(captured.out,
                "not as the migrations make it: table public.people\n    "
                "wanted: r row security forced");

    expect_status(validate((struct migrate_validate_options){ .json = true }),
                  EXIT_FOUND);
    said = disk_read(captured.out, 1 << 20, NULL);
    diag_init(&diag, NULL);
    cr_assert_eq(document_parse(text_of(said), &diag, &document), 0, "%s",
                 said);
    cr_expect_eq(node_count(node_member(document_root(document), "findings")),
                 4, "%s", said);
}

Test(validate, needs_a_place_to_migrate_from_zero)
{
    struct fresh_database scratch;

    expect_status(setup((struct setup_options){ 0 }), EXIT_OK);
    expect_status(
        validate((struct migrate_validate_options){ .url = fresh.owner_url }),
        EXIT_FAILED);
    expect_said(captured.scratch.words, "give --scratch the URL");
    fresh_database_make(&scratch);
    expect_status(validate((struct migrate_validate_options){
                      .url = fresh.owner_url, .scratch = scratch.owner_url }),
                  EXIT_OK);
    expect_status(validate((struct migrate_validate_options){
                      .url = fresh.owner_url, .scratch = scratch.owner_url }),
                  EXIT_CONFIG);
    expect_said(captured.scratch.words, "the scratch database is not empty");
    fresh_database_drop(&scratch);
}

Test(validate, looks_at_the_ledger_first)
{
    expect_status(validate((struct migrate_validate_options){ 0 }), EXIT_FOUND);
    expect_said(captured.out, "pending: system/0001-service-role\n");
    expect_said(captured.scratch.words, "apply what is pending first");
    expect_status(setup((struct setup_options){ 0 }), EXIT_OK);
    fresh_admin_at(admin_url, "UPDATE schema_migrations SET sha256 = 'other' "
                              "WHERE domain = 'bills' AND number = 1");
    expect_status(validate((struct migrate_validate_options){ 0 }), EXIT_FOUND);
    expect_said(captured.out,
                "changed after it was applied: bills/0001-bill-types\n");
}

/* --- url --- */

Test(url, names_another_database_and_another_role)
{
    CLEANUP(memory_free)
    char *there = url_with_database("postgresql://a:b@host:5/one?x=y", "two");
    CLEANUP(memory_free) char *role = url_as_role(there, "who");
    CLEANUP(memory_free) char *bare = url_as_role("postgresql://host/one", "x");

    cr_expect_str_eq(there, "postgresql://a:b@host:5/two?x=y");
    cr_expect_str_eq(role, "postgresql://a:b@host:5/two?x=y"
                           "&options=-c%20role%3Dwho");
    cr_expect_str_eq(bare, "postgresql://host/one?options=-c%20role%3Dx");
}
