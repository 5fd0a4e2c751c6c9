/* SPDX-License-Identifier: MIT */
#include "database/migration.h"

#include "base/fault.h"
#include "database/files.h"
#include "schema/files.h"
#include "support/fresh_database.h"

#include <sys/wait.h>
#include <unistd.h>

static struct fresh_database fresh;
static struct files files; /* users/0001, bills/0001 */
static struct diag diag;

static void add_pair(const char *up_name, const char *up, const char *sum,
                     const char *down_name, const char *down)
{
    files_add_with_sum(&files, up_name, up, sum);
    files_add(&files, down_name, down);
}

static void set_up(void)
{
    fresh_database_make(&fresh);
    diag_init(&diag, NULL);
    files_add(&files, "domains", "users\nbills\n");
    add_pair("users/0001-users.up.sql",
             "CREATE TABLE users (id int);\n"
             "INSERT INTO users VALUES (1);\n",
             "aaaa", "users/0001-users.down.sql", "DROP TABLE users;");
    add_pair("bills/0001-bills.up.sql", "CREATE TABLE bills (id int);", "bbbb",
             "bills/0001-bills.down.sql", "DROP TABLE bills;");
}

static void tear_down(void)
{
    fault_disarm_all();
    fresh_database_drop(&fresh);
}

TestSuite(migration, .init = set_up, .fini = tear_down, .timeout = 120);

/* --- the engine, each time on a session of its own --------------------------
 */

struct work {
    int (*fn)(struct connection *connection, struct work *work,
              struct diag *diag);
    const struct embedded_file *files;
    struct migration_set *set;
    const char *to;
    struct migration_goal goal;
    const struct migration_options *options;
    const char *sql;
    unsigned count;
    char *answer;
    struct migration_report report;
};

static int run_work(struct connection *connection, void *arg,
                    struct diag *run_diag)
{
    struct work *work = arg;

    return work->fn(connection, work, run_diag);
}

static int do_work_as(struct work *work, const char *url)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    int r;

    diag_init(&diag, NULL);
    r = migration_set_new(work->files ? work->files : files.list, &set, &diag);
    cr_assert_eq(r, 0, "%s", diag.detail);
    work->set = set;
    r = database_session(&postgres_driver, text_of(url), run_work, work, &diag);
    migration_report_fini(&work->report);
    return r;
}

static int do_work(struct work work)
{
    return do_work_as(&work, fresh.owner_url);
}

static int up(struct connection *connection, struct work *work,
              struct diag *run_diag)
{
    return migrations_up(connection, work->set, work->to, work->options,
                         run_diag);
}

static int down(struct connection *connection, struct work *work,
                struct diag *run_diag)
{
    return migrations_down(connection, work->set, work->goal, work->options,
                           run_diag);
}

static int seed(struct connection *connection, struct work *work,
                struct diag *run_diag)
{
    return migrations_seed(connection, work->set, work->options, run_diag);
}

static int count_pending(struct connection *connection, struct work *work,
                         struct diag *run_diag)
{
    return migrations_pending(connection, work->set, after_ms(30000),
                              &work->count, run_diag);
}

static int ask_one(struct connection *connection, struct work *work,
                   struct diag *run_diag)
{
    (void)run_diag;
    work->answer = ask(connection, work->sql);
    return 0;
}

static void must(int r)
{
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
}

/* What the database says to a question of one value. */
static void expect_answer(const char *sql, const char *wanted)
{
    struct work work = { .fn = ask_one, .sql = sql };

    must(do_work_as(&work, fresh.owner_url));
    cr_expect_str_eq(work.answer ? work.answer : "(null)", wanted, "%s: %s",
                     sql, work.answer ? work.answer : "(null)");
    memory_free(&work.answer);
}

static void expect_applied(const char *labels)
{
    expect_answer("SELECT coalesce(string_agg(domain || number, ' ' "
                  "ORDER BY position), '') FROM schema_migrations",
                  labels);
}

static void expect_tables(const char *names)
{
    expect_answer("SELECT coalesce(string_agg(tablename, ' ' ORDER BY "
                  "tablename), '') FROM pg_tables WHERE schemaname = 'public' "
                  "AND tablename <> 'schema_migrations'",
                  names);
}

static void expect_error(int r, int code, const char *what)
{
    cr_expect_eq(r, -code, "%s", error_info(r)->code);
    cr_expect_not_null(strstr(diag.detail, what), "%s", diag.detail);
}

static void script(const char *sql)
{
    diag_init(&diag, NULL);
    must(database_session(&postgres_driver, text_of(fresh.owner_url),
                          run_script, (void *)sql, &diag));
}

/* --- up, down, status --------------------------------------------------------
 */

Test(migration, takes_the_whole_schema_up_down_and_up_again)
{
    must(do_work((struct work){ .fn = up, .files = schema_files }));
    expect_answer("SELECT to_regclass('bills') IS NOT NULL", "t");
    must(do_work((struct work){ .fn = seed, .files = schema_files }));
    must(do_work((struct work){ .fn = seed, .files = schema_files }));
    must(do_work((struct work){
        .fn = down, .files = schema_files, .goal = MIGRATIONS_ALL }));
    expect_tables("");
    expect_applied("");
    must(do_work((struct work){ .fn = up, .files = schema_files }));
    expect_answer("SELECT to_regclass('bills') IS NOT NULL", "t");
}

Test(migration, applies_each_once_in_order_and_nothing_the_second_time)
{
    must(do_work((struct work){ .fn = up }));
    must(do_work((struct work){ .fn = up }));
    expect_applied("users1 bills1");
    expect_tables("bills users");
    expect_answer("SELECT count(*) FROM users", "1");
}

static int status(struct connection *connection, struct work *work,
                  struct diag *run_diag)
{
    const struct migration_line *line;
    int r = migrations_status(connection, work->set, after_ms(30000),
                              &work->report, run_diag);

    if (r < 0)
        return r;
    cr_assert_eq(work->report.count, 2);
    cr_expect_eq(work->report.pending, 1);
    line = &work->report.lines[0];
    cr_expect_eq(line->state, MIGRATION_APPLIED);
    cr_expect(text_is(line->record->applied_by, "portcullis_owner"));
    cr_expect_eq(line->record->applied_at.len, 27, "2026-11-21T08:30:00.1Z");
    cr_expect(text_ends_with(line->record->applied_at, "Z"));
    cr_expect_eq(work->report.lines[1].state, MIGRATION_PENDING);
    cr_expect_null(work->report.lines[1].record);
    return 0;
}

Test(migration, tells_what_is_applied_when_and_by_whom)
{
    must(do_work((struct work){ .fn = up, .to = "users/0001" }));
    expect_applied("users1");
    must(do_work((struct work){ .fn = status }));
}

Test(migration, refuses_a_goal_that_does_not_exist_or_is_not_applied)
{
    struct migration_goal bills = { .to = "bills/0001" };

    expect_error(do_work((struct work){ .fn = up, .to = "users/0009" }),
                 ERR_NOT_FOUND, "users/0009");
    must(do_work((struct work){ .fn = up, .to = "users/0001-users" }));
    expect_error(do_work((struct work){ .fn = down, .goal = bills }),
                 ERR_NOT_FOUND, "bills/0001 is not applied");
    expect_applied("users1");
}

static void add_second_user_migration(void)
{
    add_pair("users/0002-more.up.sql", "CREATE TABLE more (id int)", "cccc",
             "users/0002-more.down.sql", "DROP TABLE more");
}

Test(migration, lets_an_early_domain_grow_and_undoes_the_last_applied_first)
{
    struct migration_goal one = { .count = 1 }, users = { .to = "users/0001" };

    must(do_work((struct work){ .fn = up }));
    add_second_user_migration();
    must(do_work((struct work){ .fn = up }));
    expect_applied("users1 bills1 users2");
    must(do_work((struct work){ .fn = down, .goal = one }));
    expect_applied("users1 bills1");
    expect_tables("bills users");
    must(do_work((struct work){ .fn = down, .goal = users }));
    expect_applied("users1");
    expect_tables("users");
}

static bool refuse_two(const struct migration_line *const *plan, unsigned count,
                       void *arg)
{
    (void)arg;
    cr_expect_eq(count, 2);
    cr_expect(text_is(plan[0]->migration->label, "bills/0001-bills"));
    return false;
}

Test(migration, undoes_nothing_that_was_not_confirmed)
{
    struct migration_options options = { .confirm = refuse_two };

    must(do_work((struct work){ .fn = up }));
    expect_error(do_work((struct work){
                     .fn = down, .goal = MIGRATIONS_ALL, .options = &options }),
                 ERR_CANCELLED, "nothing was undone");
    expect_applied("users1 bills1");
}

/* --- the service's side ------------------------------------------------------
 */

static unsigned pending_for_service(void)
{
    struct work work = { .fn = count_pending, .count = 99 };

    must(do_work_as(&work, fresh.service_url));
    return work.count;
}

Test(migration, tells_the_service_what_is_pending)
{
    cr_expect_eq(pending_for_service(), 2, "there is no ledger yet");
    must(do_work((struct work){ .fn = up, .to = "users/0001" }));
    cr_expect_eq(pending_for_service(), 1);
    must(do_work((struct work){ .fn = up }));
    cr_expect_eq(pending_for_service(), 0);
}

Test(migration, leaves_an_older_program_ready_beside_a_newer_one)
{
    struct files older = files;

    add_second_user_migration();
    must(do_work((struct work){ .fn = up }));
    files = older;
    cr_expect_eq(pending_for_service(), 0);
    expect_error(do_work((struct work){ .fn = up }), ERR_PRECONDITION_FAILED,
                 "users/0002-more (checksum cccc)");
}

/* --- refusals ----------------------------------------------------------------
 */

Test(migration, refuses_to_go_on_when_an_applied_file_was_changed)
{
    must(do_work((struct work){ .fn = up }));
    files_set(&files, "users/0001-users.up.sql", "SELECT 1", "dddd");
    add_second_user_migration();
    expect_error(do_work((struct work){ .fn = up }), ERR_PRECONDITION_FAILED,
                 "users/0001-users was changed");
    cr_expect_not_null(strstr(diag.detail, "aaaa"));
    cr_expect_not_null(strstr(diag.detail, "dddd"));
    expect_error(do_work((struct work){ .fn = down, .goal = MIGRATIONS_ALL }),
                 ERR_PRECONDITION_FAILED, "users/0001-users was changed");
    expect_applied("users1 bills1");
    expect_tables("bills users");
}

/* --- failures ----------------------------------------------------------------
 */

Test(migration, keeps_nothing_of_a_file_that_fails_and_tells_its_line)
{
    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE TABLE bills (id int);\n"
              "DO $$ BEGIN; END $$ -- in pieces; so\n"
              "LANGUAGE sql;\n"
              "\n"
              "INSERT INTO nowhere VALUES (1);\n",
              "bbbb");
    files_set(&files, "users/0001-users.up.sql", "CREATE TABLE users (id int)",
              "aaaa");
    expect_error(do_work((struct work){ .fn = up }), ERR_QUERY_FAILED,
                 "bills/0001-bills.up.sql:2: ");
    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE TABLE bills (id int);\n"
              "DO $$ BEGIN\nPERFORM 1; END $$;\n"
              "\n"
              "INSERT INTO nowhere\nVALUES (1);\n",
              "bbbb");
    expect_error(do_work((struct work){ .fn = up }), ERR_QUERY_FAILED,
                 "bills/0001-bills.up.sql:5: relation \"nowhere\" does not "
                 "exist (SQLSTATE 42P01)");
    cr_expect_str_eq(diag.sqlstate, "42P01");
    expect_applied("users1");
    expect_tables("users");
}

Test(migration, tells_when_a_file_fails_at_its_commit)
{
    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE TABLE bills (id int UNIQUE DEFERRABLE INITIALLY "
              "DEFERRED);\nINSERT INTO bills VALUES (1), (1);",
              "bbbb");
    expect_error(do_work((struct work){ .fn = up }), ERR_DUPLICATE,
                 "bills/0001-bills.up.sql at its end: duplicate key");
    expect_tables("users");
}

Test(migration, keeps_nothing_when_it_fails_after_the_last_statement)
{
    fault_arm(FAULT_MIGRATION_STEP, 1, 1);
    expect_error(do_work((struct work){ .fn = up }), ERR_QUERY_FAILED,
                 "bills/0001-bills.up.sql");
    expect_applied("users1");
    expect_tables("users");
    must(do_work((struct work){ .fn = up }));
    expect_applied("users1 bills1");
    fault_arm(FAULT_MIGRATION_STEP, 0, 1);
    expect_error(do_work((struct work){ .fn = down, .goal = MIGRATIONS_ALL }),
                 ERR_QUERY_FAILED, "bills/0001-bills.down.sql");
    expect_applied("users1 bills1");
    expect_tables("bills users");
}

Test(migration, completes_after_the_link_was_lost_at_any_point)
{
    unsigned lost = 0;

    for (unsigned point = 0;; point++) {
        int r;

        fault_arm(FAULT_LINK, point, 1);
        r = do_work((struct work){ .fn = up });
        if (fault_count(FAULT_LINK) == 0)
            break;
        lost++;
        cr_expect(r == 0 || r == -ERR_LINK_LOST || r == -ERR_CONNECT_FAILED,
                  "point %u: %s", point, diag.detail);
        fault_disarm_all();
        must(do_work((struct work){
            .fn = up,
            .options = &(struct migration_options){ .wait_ms = 10000 } }));
        expect_applied("users1 bills1");
        must(do_work((struct work){ .fn = down, .goal = MIGRATIONS_ALL }));
        expect_tables("");
    }
    cr_expect_gt(lost, 10, "only %u points", lost);
}

Test(migration, completes_after_it_was_killed_in_the_middle)
{
    struct migration_options options = { .wait_ms = 30000 };
    pid_t child;

    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE TABLE bills (id int); SELECT pg_sleep(1)", "bbbb");
    child = fork();
    if (child == 0)
        _exit(do_work((struct work){ .fn = up }) != 0);
    for (int found = 0; found == 0;) {
        struct work work = { .fn = ask_one,
                             .sql = "SELECT count(*) FROM pg_stat_activity "
                                    "WHERE wait_event = 'PgSleep' "
                                    "AND datname = current_database()" };

        must(do_work_as(&work, fresh.owner_url));
        found = work.answer[0] != '0';
        memory_free(&work.answer);
    }
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    must(do_work((struct work){ .fn = up, .options = &options }));
    expect_applied("users1 bills1");
    expect_tables("bills users");
}

/* --- many at once ------------------------------------------------------------
 */

enum { STARTERS = 10 };

Test(migration, runs_each_once_when_ten_programs_start_together)
{
    struct migration_options options = { .wait_ms = 60000 };
    pid_t children[STARTERS];

    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE TABLE bills (id int);\n"
              "INSERT INTO users VALUES (2);\n"
              "SELECT pg_sleep(0.3);\n",
              "bbbb");
    for (int i = 0; i < STARTERS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(do_work((struct work){ .fn = up, .options = &options }) != 0);
    }
    for (int i = 0; i < STARTERS; i++) {
        int state = -1;

        cr_assert_eq(waitpid(children[i], &state, 0), children[i]);
        cr_expect_eq(state, 0, "starter %d", i);
    }
    expect_applied("users1 bills1");
    expect_answer("SELECT string_agg(id::text, ' ') FROM users", "1 2");
}

struct seen {
    unsigned waiting, started, retried, done;
    struct connection *holder; /* gives its locks back at the first retry */
};

static void count_step(const struct migration_step *step, void *arg)
{
    struct seen *seen = arg;

    seen->waiting += step->event == MIGRATION_WAITING;
    seen->started += step->event == MIGRATION_STARTED;
    seen->retried += step->event == MIGRATION_RETRIED;
    seen->done += step->event == MIGRATION_DONE;
    if (step->event == MIGRATION_RETRIED && seen->holder)
        cr_assert_eq(connection_script(seen->holder, TEXT("ROLLBACK"),
                                       after_ms(30000), NULL),
                     0);
    if (step->event == MIGRATION_STARTED)
        cr_expect(step->index >= 1 && step->index <= step->count);
}

/* Migrates while another session holds what the SQL takes. */
static int up_beside_holder(struct connection *connection, struct work *work,
                            struct diag *run_diag)
{
    CLEANUP(connection_close)
    struct connection *holder = test_open(fresh.owner_url);
    struct seen *seen = work->options->arg;

    cr_assert_eq(
        connection_script(holder, text_of(work->sql), after_ms(30000), NULL),
        0);
    if (work->count)
        seen->holder = holder;
    return up(connection, work, run_diag);
}

Test(migration, waits_for_another_program_only_so_long)
{
    struct seen seen = { 0 };
    struct migration_options options = { .wait_ms = 250,
                                         .on_step = count_step,
                                         .arg = &seen };
    struct work work = {
        .fn = up_beside_holder,
        .options = &options,
        .sql = "SELECT pg_advisory_lock(hashtextextended("
               "'portcullis:schema_migrations', 0))",
    };

    expect_error(do_work(work), ERR_LOCK_TIMEOUT, "another program");
    cr_expect_eq(seen.waiting, 1);
    cr_expect_eq(seen.started, 0);
    expect_tables("");
}

static const char lock_users[] = "BEGIN; LOCK TABLE users";

static void add_table_change(void)
{
    add_pair("users/0002-more.up.sql",
             "CREATE TABLE more (id int);\nALTER TABLE users ADD name text;",
             "cccc", "users/0002-more.down.sql", "SELECT 1");
}

Test(migration, tries_again_when_a_table_is_locked)
{
    struct seen seen = { 0 };
    struct migration_options options = { .lock_timeout_ms = 50,
                                         .on_step = count_step,
                                         .arg = &seen };

    must(do_work((struct work){ .fn = up }));
    add_table_change();
    must(do_work((struct work){ .fn = up_beside_holder,
                                .options = &options,
                                .sql = lock_users,
                                .count = 1 }));
    cr_expect_eq(seen.retried, 1);
    cr_expect_eq(seen.started, 1);
    cr_expect_eq(seen.done, 1);
    expect_applied("users1 bills1 users2");
}

Test(migration, gives_up_a_locked_table_in_the_end)
{
    struct seen seen = { 0 };
    struct migration_options options = { .lock_timeout_ms = 20,
                                         .on_step = count_step,
                                         .arg = &seen };

    must(do_work((struct work){ .fn = up }));
    add_table_change();
    expect_error(do_work((struct work){ .fn = up_beside_holder,
                                        .options = &options,
                                        .sql = lock_users }),
                 ERR_LOCK_TIMEOUT, "users/0002-more.up.sql:2: ");
    cr_expect_str_eq(diag.sqlstate, "55P03");
    cr_expect_eq(seen.retried, 4);
    expect_applied("users1 bills1");
    expect_tables("bills users");
}

/* --- what files may hold -----------------------------------------------------
 */

Test(migration, reads_dollar_quotes_and_bodies_right)
{
    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE FUNCTION a() RETURNS text LANGUAGE plpgsql AS $f$\n"
              "BEGIN RETURN 'x;' || $$y;$$; END $f$;\n"
              "CREATE FUNCTION b() RETURNS int BEGIN ATOMIC\n"
              "SELECT CASE WHEN true THEN 1 END AS end; END;\n"
              "CREATE TABLE bills (t text DEFAULT E'it\\'s;');",
              "bbbb");
    must(do_work((struct work){ .fn = up }));
    expect_answer("SELECT a() || b()", "x;y;1");
    expect_applied("users1 bills1");
}

Test(migration, forgets_what_a_file_has_set)
{
    files_set(&files, "users/0001-users.up.sql",
              "CREATE TABLE users (id int);\n"
              "SET ROLE pg_read_all_settings;\n"
              "SET search_path = pg_catalog;\n"
              "SET statement_timeout = 1;",
              "aaaa");
    script("SELECT 1");
    fresh_admin("GRANT pg_read_all_settings TO portcullis_owner");
    must(do_work((struct work){ .fn = up }));
    expect_applied("users1 bills1");
    expect_tables("bills users");
}

#define NO_TRANSACTION "-- portcullis: no-transaction\n"

Test(migration, runs_a_file_without_a_transaction_when_it_says_so)
{
    files_set(&files, "bills/0001-bills.up.sql",
              "CREATE INDEX CONCURRENTLY users_idx ON users (id);", "bbbb");
    expect_error(do_work((struct work){ .fn = up }), ERR_QUERY_FAILED,
                 "\"-- portcullis: no-transaction\"");
    files_set(&files, "bills/0001-bills.up.sql",
              NO_TRANSACTION
              "CREATE INDEX CONCURRENTLY users_idx ON users (id);\n"
              "CREATE TABLE bills (id int);",
              "bbbb");
    must(do_work((struct work){ .fn = up }));
    expect_applied("users1 bills1");
    expect_answer("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                  "'users_idx'::regclass",
                  "t");
}

Test(migration, builds_an_index_again_that_was_left_half_built)
{
    files_set(&files, "bills/0001-bills.up.sql",
              NO_TRANSACTION
              "CREATE TABLE IF NOT EXISTS bills (id int);\n"
              "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_key\n"
              "ON users (id);",
              "bbbb");
    must(do_work((struct work){ .fn = up, .to = "users/0001" }));
    script("INSERT INTO users VALUES (1)");
    expect_error(do_work((struct work){ .fn = up }), ERR_DUPLICATE,
                 "bills/0001-bills.up.sql:3: could not create unique index");
    cr_expect_not_null(strstr(diag.detail, "what ran before it"));
    expect_applied("users1");
    expect_answer("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                  "'users_key'::regclass",
                  "f");
    script("TRUNCATE users");
    must(do_work((struct work){ .fn = up }));
    expect_applied("users1 bills1");
    expect_answer("SELECT indisvalid FROM pg_index WHERE indexrelid = "
                  "'users_key'::regclass",
                  "t");
}

Test(migration, runs_seeds_again_and_records_none)
{
    files_add(&files, "seed/0001-users.sql",
              "INSERT INTO users SELECT 7 WHERE NOT EXISTS "
              "(SELECT FROM users WHERE id = 7)");
    must(do_work((struct work){ .fn = up }));
    must(do_work((struct work){ .fn = seed }));
    must(do_work((struct work){ .fn = seed }));
    expect_answer("SELECT count(*) FROM users WHERE id = 7", "1");
    expect_applied("users1 bills1");
}
