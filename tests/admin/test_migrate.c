/* SPDX-License-Identifier: MIT */
#include "admin/migrate.h"

#include "admin/exit.h"
#include "base/fault.h"
#include "database/files.h"
#include "support/fresh_database.h"
#include "support/terminal.h"
#include "json/document.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fresh_database fresh;
static struct files files;
static char out[8192], err[8192]; /* what the last command wrote */

static void set_up(void)
{
    fresh_database_make(&fresh);
    files_add(&files, "domains", "users\nbills\n");
    files_add_with_sum(&files, "users/0001-users.up.sql",
                       "CREATE TABLE users (id int)", "aaaa");
    files_add(&files, "users/0001-users.down.sql", "DROP TABLE users");
    files_add_with_sum(&files, "bills/0001-bills.up.sql",
                       "CREATE TABLE bills (id int)", "bbbb");
    files_add(&files, "bills/0001-bills.down.sql", "DROP TABLE bills");
}

static void tear_down(void)
{
    fresh_database_drop(&fresh);
}

TestSuite(migrate, .init = set_up, .fini = tear_down, .timeout = 600);

/* Puts another file in a descriptor's place; returns a copy of the old one. */
static int put_in_place(int fd, FILE *file)
{
    int kept = dup(fd);

    cr_assert(kept >= 0 && dup2(fileno(file), fd) == fd);
    return kept;
}

static void put_back(int fd, int kept, FILE *file, char ret_text[8192])
{
    size_t len;

    fflush(NULL);
    dup2(kept, fd);
    close(kept);
    rewind(file);
    len = fread(ret_text, 1, 8191, file);
    ret_text[len] = '\0';
    fclose(file);
}

static int run(struct migrate_options options)
{
    FILE *out_file = tmpfile(), *err_file = tmpfile();
    int kept_out, kept_err, status;

    options.driver = &postgres_driver;
    options.files = files.list;
    if (!options.url)
        options.url = fresh.owner_url;
    fflush(NULL);
    kept_out = put_in_place(STDOUT_FILENO, out_file);
    kept_err = put_in_place(STDERR_FILENO, err_file);
    status = migrate_command(&options);
    put_back(STDOUT_FILENO, kept_out, out_file, out);
    put_back(STDERR_FILENO, kept_err, err_file, err);
    return status;
}

static void expect(int status, int wanted, const char *said)
{
    cr_expect_eq(status, wanted, "%d: %s", status, err);
    cr_expect_not_null(strstr(err, said), "%s", err);
}

/* --- up and status --- */

Test(migrate, goes_up_with_progress_on_stderr_only)
{
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK,
           "users/0001-users.up.sql                      applied  ");
    cr_expect_not_null(strstr(err, "portcullis: migrate up: 2 steps done in "),
                       "%s", err);
    cr_expect_str_eq(out, "");
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK,
           "nothing to apply: the schema is up to date");
}

Test(migrate, shows_the_status_as_a_table)
{
    expect(
        run((struct migrate_options){ .verb = MIGRATE_UP, .to = "users/0001" }),
        EXIT_OK, "migrate up: 1 step done");
    expect(run((struct migrate_options){ .verb = MIGRATE_STATUS }), EXIT_OK,
           "");
    cr_expect_not_null(strstr(out, "applied  users/0001-users "), "%s", out);
    cr_expect_not_null(strstr(out, " ms  portcullis_owner\n"), "%s", out);
    cr_expect_not_null(strstr(out, "pending  bills/0001-bills\n"), "%s", out);
    cr_expect_not_null(strstr(out, "\n1 applied, 1 pending\n"), "%s", out);
}

static void expect_member(const struct node *object, const char *name,
                          const char *wanted)
{
    const struct node *member = node_member(object, name);

    cr_assert_not_null(member, "%s", name);
    if (wanted)
        cr_expect(text_is(node_text(member), wanted), "%s", name);
    else
        cr_expect_eq(node_type(member), NODE_NULL, "%s", name);
}

Test(migrate, shows_the_status_as_json_to_the_service_too)
{
    CLEANUP(document_free) struct document *document = NULL;
    const struct node *list;
    struct diag diag;

    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK, "");
    files_set(&files, "users/0001-users.up.sql", "SELECT 1", "cccc");
    files_add(&files, "bills/0002-more.up.sql", "SELECT 1");
    files_add(&files, "bills/0002-more.down.sql", "SELECT 1");
    expect(run((struct migrate_options){ .verb = MIGRATE_STATUS,
                                         .url = fresh.service_url,
                                         .json = true }),
           EXIT_OK, "");
    diag_init(&diag, NULL);
    cr_assert_eq(document_parse(text_of(out), &diag, &document), 0, "%s", out);
    list = node_member(document_root(document), "migrations");
    cr_assert_eq(node_count(list), 3);
    expect_member(node_item(list, 0), "state", "changed");
    expect_member(node_item(list, 0), "sha256", "cccc");
    expect_member(node_item(list, 0), "applied_sha256", "aaaa");
    expect_member(node_item(list, 1), "applied_by", "portcullis_owner");
    expect_member(node_item(list, 2), "state", "pending");
    expect_member(node_item(list, 2), "applied_at", NULL);
    expect_member(node_item(list, 2), "duration_ms", NULL);
}

Test(migrate, runs_the_seeds)
{
    expect(run((struct migrate_options){ .verb = MIGRATE_SEED }), EXIT_OK,
           "there are no seeds");
    files_add(&files, "seed/0001-one.sql", "SELECT 1");
    expect(run((struct migrate_options){ .verb = MIGRATE_SEED }), EXIT_OK,
           "run  ");
}

/* --- exit statuses --- */

Test(migrate, says_file_and_line_of_a_failure)
{
    files_set(&files, "bills/0001-bills.up.sql", "SELECT 1;\nSELECT nothing",
              "bbbb");
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_MIGRATION,
           "\nportcullis: bills/0001-bills.up.sql:2: column \"nothing\" does "
           "not exist (SQLSTATE 42703)\n");
}

Test(migrate, tells_apart_what_can_be_wrong)
{
    expect(run((struct migrate_options){
               .verb = MIGRATE_UP,
               .url = "postgresql://nobody@/nothing?host=/nonexistent" }),
           EXIT_UNREACHABLE, "portcullis: ");
    expect(run((struct migrate_options){ .verb = MIGRATE_STATUS,
                                         .url = "nonsense" }),
           EXIT_CONFIG, "portcullis: ");
    expect(
        run((struct migrate_options){ .verb = MIGRATE_UP, .to = "bills/0007" }),
        EXIT_USAGE, "no migration named bills/0007");
    expect(run((struct migrate_options){ .verb = MIGRATE_UP,
                                         .url = fresh.service_url }),
           EXIT_MIGRATION, "connect as the database's owner");
    files_add(&files, "bills/wrong.sql", "");
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_MIGRATION,
           "bills/wrong.sql is not named like a migration");
}

/* --- down --- */

Test(migrate, goes_down_by_one_unless_told_otherwise)
{
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK, "");
    expect(run((struct migrate_options){ .verb = MIGRATE_DOWN, .yes = true }),
           EXIT_OK, "migrate down: 1 step done");
    cr_expect_not_null(strstr(err, "bills/0001-bills.down.sql"));
    expect(run((struct migrate_options){
               .verb = MIGRATE_DOWN, .count = UINT32_MAX, .yes = true }),
           EXIT_OK, "users/0001-users.down.sql");
    expect(run((struct migrate_options){ .verb = MIGRATE_DOWN, .yes = true }),
           EXIT_OK, "nothing to undo");
}

Test(migrate, does_not_go_down_without_a_yes)
{
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK, "");
    stand_up();
    expect(run((struct migrate_options){ .verb = MIGRATE_DOWN }), EXIT_USAGE,
           "say --yes");
    sit_down("y\n");
    expect(run((struct migrate_options){ .verb = MIGRATE_DOWN }), EXIT_FAILED,
           "\"y\" is not test_");
    expect(run((struct migrate_options){ .verb = MIGRATE_STATUS }), EXIT_OK,
           "");
    cr_expect_not_null(strstr(out, "\n2 applied, 0 pending\n"), "%s", out);
}

static void sit_down_with_its_name(void)
{
    char typed[sizeof(fresh.name) + 1];

    snprintf(typed, sizeof(typed), "%s\n", fresh.name);
    sit_down(typed);
}

Test(migrate, goes_down_after_the_databases_name_was_typed_at_a_terminal)
{
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK, "");
    sit_down_with_its_name();
    expect(run((struct migrate_options){ .verb = MIGRATE_DOWN, .count = 2 }),
           EXIT_OK, "in this order:\n  bills/0001-bills\n  users/0001-users\n");
    cr_expect_not_null(strstr(err, "migrate down: 2 steps done"), "%s", err);
}

/* --- to and redo --- */

static void expect_status(const char *sum)
{
    expect(run((struct migrate_options){ .verb = MIGRATE_STATUS }), EXIT_OK,
           "");
    cr_expect_not_null(strstr(out, sum), "%s", out);
}

Test(migrate, goes_to_a_migration_from_either_side)
{
    struct migrate_options to = { .verb = MIGRATE_TO, .to = "bills/0001" };

    expect(run(to), EXIT_OK, "migrate to: 2 steps done");
    expect(run(to), EXIT_OK, "the schema is there already");
    to.to = "users/0001-users";
    stand_up();
    expect(run(to), EXIT_USAGE, "say --yes");
    expect_status("\n2 applied, 0 pending\n");
    to.yes = true;
    expect(run(to), EXIT_OK, "bills/0001-bills.down.sql");
    expect_status("\n1 applied, 1 pending\n");
    to.to = "users/0007";
    expect(run(to), EXIT_USAGE, "there is no migration named users/0007");
}

Test(migrate, does_the_last_one_again)
{
    struct migrate_options redo = { .verb = MIGRATE_REDO, .yes = true };

    expect(run(redo), EXIT_OK, "nothing to undo");
    expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK, "");
    expect(run(redo), EXIT_OK, "bills/0001-bills.down.sql");
    cr_expect_not_null(strstr(err, "bills/0001-bills.up.sql"), "%s", err);
    expect_status("\n2 applied, 0 pending\n");
}

/* --- killed --- */

/* In a process of its own, which is killed at its n-th step. True: it was. */
static bool run_killed_at(unsigned step)
{
    int status;
    pid_t pid = fork();

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        fault_arm(FAULT_MIGRATION_KILL, step, 1);
        _exit(run((struct migrate_options){ .verb = MIGRATE_UP }));
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status))
        cr_expect_eq(WEXITSTATUS(status), EXIT_OK);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

Test(migrate, is_ended_by_running_again_wherever_it_was_killed)
{
    const struct migrate_options down = { .verb = MIGRATE_DOWN,
                                          .count = UINT32_MAX,
                                          .yes = true };
    unsigned step = 0;

    files_set(&files, "users/0001-users.up.sql",
              "CREATE TABLE users (id int); INSERT INTO users VALUES (1), (2)",
              "aaaa");
    files_add(&files, "bills/0002-index.up.sql",
              "-- portcullis: no-transaction\n"
              "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON bills (id);\n"
              "CREATE INDEX CONCURRENTLY IF NOT EXISTS b ON users (id)");
    files_add(&files, "bills/0002-index.down.sql",
              "DROP INDEX IF EXISTS a; DROP INDEX IF EXISTS b");
    for (; run_killed_at(step); step++) {
        expect(run((struct migrate_options){ .verb = MIGRATE_UP }), EXIT_OK,
               "");
        expect_status("\n3 applied, 0 pending\n");
        fresh_admin_at(fresh.owner_url,
                       "DO $$ BEGIN ASSERT (SELECT count(*) FROM users) = 2; "
                       "ASSERT (SELECT count(*) FROM pg_index WHERE indisvalid "
                       "AND indexrelid IN (to_regclass('a'), "
                       "to_regclass('b'))) = 2; END $$");
        expect(run(down), EXIT_OK, "3 steps done");
    }
    cr_expect_gt(step, 12, "every statement is a step: %u", step);
}
