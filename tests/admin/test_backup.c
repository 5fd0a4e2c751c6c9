/* SPDX-License-Identifier: MIT */
/*
 * Backups, what becomes of them again, and that nothing half-made is ever taken
 * for one. Commands run in processes of their own, as they take signals over.
 */
#include "admin/backup.h"
#include "admin/demo.h"
#include "admin/manifest.h"
#include "admin/programs.h"
#include "admin/restore.h"
#include "admin/url.h"
#include "admin/verify.h"
#include "base/fault.h"
#include "captured.h"
#include "house_database.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static struct fresh_database fresh;
static struct captured captured;
static char *home, *copy_url;
static char copy[64]; /* the name that is restored to */

/* --- a database -------------------------------------------------------------
 */

#define PEOPLE(first, last)                                              \
    "INSERT INTO people (bioguide, full_name)"                           \
    " SELECT 'P' || n, 'Somebody' FROM generate_series(" first ", " last \
    ") AS n"

static void set_up(void)
{
    const char *admin = test_url("ADMIN_DATABASE_URL");

    fresh_database_like(&fresh, &house_model);
    captured_init(&captured);
    home = memory_format("%s/backups", captured.scratch.path);
    snprintf(copy, sizeof(copy), "%s_copy", fresh.name);
    copy_url = url_with_database(admin, copy);
    house_run(fresh.service_url, PEOPLE("1", "300"));
}

static void drop(const char *format, const char *name)
{
    CLEANUP(memory_free) char *full = memory_format(format, name);
    CLEANUP(memory_free)
    char *script =
        memory_format("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", full);

    fresh_admin(script);
}

static void tear_down(void)
{
    drop("%s", copy);
    drop(RESTORING_PREFIX "%s", copy);
    fresh_database_drop(&fresh);
    memory_free(&home);
    memory_free(&copy_url);
    captured_fini(&captured);
}

TestSuite(backup, .init = set_up, .fini = tear_down, .timeout = 1800);

/* --- commands ---------------------------------------------------------------
 */

/* Which of its steps a command is killed at the end of; none. */
enum { NOT_KILLED = -1 };

typedef int command_fn(const void *options);

static int run_killed(command_fn *command, const void *options, int step)
{
    pid_t pid = fork();
    int status;

    cr_assert_geq(pid, 0);
    if (pid > 0)
        return wait_status(pid);
    redirect(captured.out, STDOUT_FILENO);
    redirect(captured.scratch.words, STDERR_FILENO);
    if (step >= 0)
        fault_arm(FAULT_STEP_KILLED, (unsigned)step, 1);
    status = command(options);
    LOOK_FOR_LEAKS();
    _exit(status);
}

static int run(command_fn *command, const void *options)
{
    return run_killed(command, options, NOT_KILLED);
}

static int run_backup(const void *options)
{
    return backup_main(options);
}

static int run_verify(const void *options)
{
    return verify_main(options);
}

static int run_restore(const void *options)
{
    return restore_main(options);
}

static int run_drill(const void *options)
{
    return drill_main(options);
}

static int back_up(unsigned keep, int step)
{
    struct backup_options options = { .driver = &postgres_driver,
                                      .url = fresh.owner_url,
                                      .home = home,
                                      .keep = keep };

    return run_killed(run_backup, &options, step);
}

static int verify(const char *backup)
{
    struct verify_options options = { .driver = &postgres_driver,
                                      .backup = backup };

    return run(run_verify, &options);
}

static int restore(const char *backup, struct restore_options options, int step)
{
    options.driver = &postgres_driver;
    options.url = test_url("ADMIN_DATABASE_URL");
    options.backup = backup;
    options.name = copy;
    return run_killed(run_restore, &options, step);
}

/* --- looking ----------------------------------------------------------------
 */

static unsigned count_names(const char *pattern, char **ret_last)
{
    DIR *dir = opendir(home);
    const struct dirent *entry;
    unsigned count = 0;

    while (dir && (entry = readdir(dir)) != NULL) {
        if (fnmatch(pattern, entry->d_name, 0) != 0)
            continue;
        count++;
        if (ret_last) {
            memory_free(ret_last);
            *ret_last = memory_format("%s/%s", home, entry->d_name);
        }
    }
    if (dir)
        closedir(dir);
    return count;
}

/* The only one there is; to be freed. */
static char *the_backup(void)
{
    char *path = NULL;

    cr_assert_eq(count_names("*Z", &path), 1);
    return path;
}

struct question {
    const char *url, *sql;
    char *answer;
};

static void ask_fiber(void *arg)
{
    struct question *question = arg;
    CLEANUP(connection_close)
    struct connection *connection = test_open(question->url);

    question->answer = ask(connection, question->sql);
}

#define expect_answer(at, asked, want)                      \
    do {                                                    \
        struct question q_ = { at, asked, NULL };           \
        fiber_run_alone("ask", ask_fiber, &q_);             \
        cr_expect(q_.answer &&strcmp(q_.answer, want) == 0, \
                  "%s: %s instead of %s", asked,            \
                  q_.answer ? q_.answer : "null", want);    \
        memory_free(&q_.answer);                            \
    } while (0)

static void must(int status)
{
    CLEANUP(memory_free) char *words = scratch_words(&captured.scratch);

    cr_assert_eq(status, EXIT_OK, "%d: %s", status, words);
}

static const char *said(void)
{
    static char line[4096];
    CLEANUP(memory_free) char *words = scratch_words(&captured.scratch);

    snprintf(line, sizeof(line), "%s", words);
    return line;
}

#define expect_refusal(status, want, words)                      \
    do {                                                         \
        int got_ = status;                                       \
        cr_expect_eq(got_, want, "%d: %s", got_, said());        \
        cr_expect_not_null(strstr(said(), words), "%s", said()); \
    } while (0)

/* Of 300 people, who are in the copy too, but for all but one; to be freed. */
static char *restored_then_altered(void)
{
    char *path;

    must(back_up(0, NOT_KILLED));
    path = the_backup();
    must(restore(path, (struct restore_options){ 0 }, NOT_KILLED));
    house_run(copy_url, "DELETE FROM people WHERE bioguide <> 'P1'");
    return path;
}

/* --- backups ----------------------------------------------------------------
 */

Test(backup, is_one_directory_with_an_archive_a_manifest_and_their_sums)
{
    CLEANUP(manifest_fini) struct manifest manifest;
    CLEANUP(memory_free) char *path = NULL;
    struct progress progress;
    struct refusal why = { 0 };

    manifest_init(&manifest);
    must(back_up(0, NOT_KILLED));
    path = the_backup();
    expect_said(captured.out, path);
    {
        CLEANUP(memory_free)
        char *file = memory_format("%s/" BACKUP_ARCHIVE, path);
        struct stat status;

        cr_assert_eq(stat(file, &status), 0);
        cr_expect_eq(status.st_mode & 0777, 0600);
    }
    progress_begin(&progress, "read");
    cr_assert_eq(manifest_read(&manifest, path, &progress, &why), 0, "%s",
                 why.line);
    cr_expect_str_eq(manifest_about(&manifest, "database"), fresh.name);
    cr_expect_str_eq(manifest_about(&manifest, "owner"), "portcullis_owner");
    cr_expect_not_null(strchr(manifest_about(&manifest, "wal_position"), '/'));
    cr_expect(text_is(
        facts_find(&manifest.facts, "rows", TEXT("public.people")), "300"));
    cr_expect(text_is(
        facts_find(&manifest.facts, "row_security", TEXT("public.people")),
        "forced"));
    cr_expect_eq(
        facts_find(&manifest.facts, "migrations", TEXT("people/0001-people"))
            .len,
        64);
    cr_expect_null(
        facts_find(&manifest.facts, "rows", TEXT("public.instances")).at);
}

Test(backup, verifies_and_no_flipped_byte_stays_hidden)
{
    CLEANUP(memory_free) char *path = NULL;
    static const char *const names[] = { BACKUP_ARCHIVE, BACKUP_MANIFEST,
                                         BACKUP_SUMS };

    must(back_up(0, NOT_KILLED));
    path = the_backup();
    must(verify(path));
    expect_said(captured.scratch.words, "the same in everything");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(memory_free)
        char *file = memory_format("%s/%s", path, names[i]);
        CLEANUP(fd_close) int fd = open(file, O_RDWR | O_CLOEXEC);
        off_t size = lseek(fd, 0, SEEK_END);
        off_t places[] = { 0, size / 2, size - 1 };

        for (size_t k = 0; k < ARRAY_LEN(places); k++) {
            char byte;

            cr_assert_eq(pread(fd, &byte, 1, places[k]), 1);
            byte ^= 1;
            cr_assert_eq(pwrite(fd, &byte, 1, places[k]), 1);
            expect_refusal(verify(path), EXIT_DAMAGED, names[i]);
            byte ^= 1;
            cr_assert_eq(pwrite(fd, &byte, 1, places[k]), 1);
        }
    }
}

Test(backup, tells_apart_what_is_damaged_and_what_is_no_backup)
{
    CLEANUP(memory_free) char *path = NULL;
    CLEANUP(memory_free) char *file = NULL;

    expect_refusal(verify(captured.scratch.path), EXIT_CONFIG, "no backup");
    must(back_up(0, NOT_KILLED));
    path = the_backup();
    file = memory_format("%s/" BACKUP_ARCHIVE, path);
    cr_assert_eq(unlink(file), 0);
    expect_refusal(verify(path), EXIT_DAMAGED, "is missing");
}

Test(backup, keeps_as_many_as_it_is_told_and_no_fewer)
{
    for (int i = 0; i < 4; i++)
        must(back_up(i == 3 ? 2 : 0, NOT_KILLED));
    cr_expect_eq(count_names("*Z", NULL), 2);
    expect_said(captured.scratch.words, "2 thrown away");
}

Test(backup, that_fails_leaves_nothing_and_keeps_what_there_was)
{
    struct backup_options options = { .driver = &postgres_driver,
                                      .url = fresh.service_url,
                                      .home = home,
                                      .keep = 1 };

    must(back_up(0, NOT_KILLED));
    expect_refusal(run(run_backup, &options), EXIT_FAILED, "pg_dump");
    cr_expect_eq(count_names("*Z", NULL), 1);
    cr_expect_eq(count_names("*partial*", NULL), 0);
}

static int run_backup_as_nobody(const void *options)
{
    enum { NOBODY = 65534 };
    bool root = geteuid() == 0;
    int status;

    if (root)
        cr_assert_eq(seteuid(NOBODY), 0);
    status = run_backup(options);
    if (root)
        cr_assert(seteuid(0) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
    return status;
}

Test(backup, names_the_directory_in_which_none_can_be)
{
    CLEANUP(memory_free)
    char *file = memory_format("%s/file", captured.scratch.path);
    CLEANUP(memory_free) char *below = memory_format("%s/below", file);
    CLEANUP(memory_free)
    char *barred = memory_format("%s/barred", captured.scratch.path);
    const char *const places[] = { file, below, barred };

    scratch_write(&captured.scratch, "file", "", 0600);
    cr_assert_eq(mkdir(barred, 0500), 0);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct backup_options options = { .driver = &postgres_driver,
                                          .url = fresh.owner_url,
                                          .home = places[i] };

        expect_refusal(run(run_backup_as_nobody, &options), EXIT_CONFIG,
                       places[i]);
    }
}

/* As on a full disk: what is written behind so many bytes is refused. */
static int run_backup_with_little_room(const void *options)
{
    enum { ROOM_BYTES = 32 << 10 };
    const struct rlimit room = { ROOM_BYTES, RLIM_INFINITY };

    cr_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
    return run_backup(options);
}

Test(backup, that_finds_no_room_leaves_nothing)
{
    struct backup_options options = { .driver = &postgres_driver,
                                      .url = fresh.owner_url,
                                      .home = home };

    expect_refusal(run(run_backup_with_little_room, &options), EXIT_FAILED,
                   "pg_dump");
    cr_expect_eq(count_names("*Z", NULL), 0);
    cr_expect_eq(count_names("*partial*", NULL), 0);
}

/* snapshot, dump, rows, sums; and only then publication */
Test(backup, killed_at_any_step_is_none_and_the_next_run_cleans_up)
{
    enum { PUBLICATION = 4 };
    CLEANUP(memory_free) char *path = NULL;

    for (int step = 0; step < PUBLICATION; step++) {
        cr_expect_eq(back_up(0, step), 128 + SIGKILL, "%d", step);
        cr_expect_eq(count_names("*Z", NULL), 0, "%d", step);
        cr_expect_eq(count_names("*.partial", NULL), 1, "%d", step);
    }
    cr_expect_eq(back_up(0, PUBLICATION), 128 + SIGKILL);
    cr_expect_eq(count_names("*.partial", NULL), 0);
    path = the_backup();
    must(verify(path));
}

/* --- killed inside PostgreSQL's own programs --------------------------------
 */

/* From now on the script is run for the tool: $real is the tool itself. */
static void stand_in(const char *tool, const char *script)
{
    CLEANUP(memory_free) char *real = NULL;
    CLEANUP(memory_free) char *whole = NULL;
    struct refusal why = { 0 };
    int major;

    unsetenv("PORTCULLIS_POSTGRES_BIN");
    cr_assert_eq(client_program_find(tool, 0, &real, &major, &why), 0, "%s",
                 why.line);
    whole = memory_format("#!/bin/sh\nreal=%s\n"
                          "[ \"$1\" = --version ] && exec $real --version\n%s",
                          real, script);
    scratch_write(&captured.scratch, tool, whole, 0755);
    setenv("PORTCULLIS_POSTGRES_BIN", captured.scratch.path, 1);
}

/* The archive is half there; then everybody is gone, or the tool alone. */
#define HALF_A_DUMP                                                    \
    "$real \"$@\" || exit\n"                                           \
    "for o; do case $o in --file=*) truncate -s -1000 ${o#--file=};; " \
    "esac; done\n"
#define HALF_A_RESTORE "$real --section=pre-data \"$@\" || exit\n"
#define KILL_ALL       "kill -9 $PPID; exec sleep 600\n"
#define KILL_THE_TOOL  "kill -9 $$\n"

Test(backup, killed_inside_pg_dump_is_none_and_the_next_run_is_one)
{
    CLEANUP(memory_free) char *path = NULL;

    stand_in("pg_dump", HALF_A_DUMP KILL_ALL);
    cr_expect_eq(back_up(0, NOT_KILLED), 128 + SIGKILL);
    cr_expect_eq(count_names("*.partial", NULL), 1);
    stand_in("pg_dump", HALF_A_DUMP KILL_THE_TOOL);
    expect_refusal(back_up(0, NOT_KILLED), EXIT_FAILED, "pg_dump");
    cr_expect_eq(count_names("*partial*", NULL), 0);
    cr_expect_eq(count_names("*Z", NULL), 0);
    unsetenv("PORTCULLIS_POSTGRES_BIN");
    must(back_up(0, NOT_KILLED));
    cr_expect_eq(count_names("*.partial", NULL), 0);
    path = the_backup();
    must(verify(path));
}

Test(backup, killed_inside_pg_restore_leaves_what_there_was_and_is_run_again)
{
    CLEANUP(memory_free) char *path = restored_then_altered();
    struct restore_options replace = { .replace = true };

    stand_in("pg_restore", HALF_A_RESTORE KILL_ALL);
    cr_expect_eq(restore(path, replace, NOT_KILLED), 128 + SIGKILL);
    stand_in("pg_restore", HALF_A_RESTORE KILL_THE_TOOL);
    expect_refusal(restore(path, replace, NOT_KILLED), EXIT_FAILED,
                   "pg_restore");
    expect_answer(copy_url, "SELECT count(*) FROM people", "1");
    unsetenv("PORTCULLIS_POSTGRES_BIN");
    must(restore(path, replace, NOT_KILLED));
    expect_answer(copy_url, "SELECT count(*) FROM people", "300");
}

Test(backup, tells_no_secret_to_those_who_look_at_processes)
{
    CLEANUP(memory_free)
    char *url = memory_format("%s&password=hidden-from-ps", fresh.owner_url);
    CLEANUP(memory_free)
    char *log = memory_format("%s/seen", captured.scratch.path);
    CLEANUP(memory_free)
    char *script = memory_format("#!/bin/sh\n"
                                 "[ \"$1\" = --version ] &&"
                                 " exec /usr/bin/env pg_dump --version\n"
                                 "echo \"$PGPASSWORD: $*\" >%s; exit 1\n",
                                 log);
    struct backup_options options = { .driver = &postgres_driver,
                                      .url = url,
                                      .home = home };

    scratch_write(&captured.scratch, "pg_dump", script, 0755);
    setenv("PORTCULLIS_POSTGRES_BIN", captured.scratch.path, 1);
    cr_expect_eq(run(run_backup, &options), EXIT_FAILED, "%s", said());
    expect_said(log, "hidden-from-ps: --format=custom");
    {
        CLEANUP(memory_free) char *seen = disk_read(log, 65536, NULL);
        const char *first = seen ? strstr(seen, "hidden-from-ps") : NULL;

        cr_assert_not_null(first);
        cr_expect_null(strstr(first + 1, "hidden-from-ps"), "%s", seen);
    }
}

/* --- restoring --------------------------------------------------------------
 */

Test(backup, becomes_a_database_again)
{
    CLEANUP(memory_free) char *path = NULL;
    char service_url[1024];

    must(back_up(0, NOT_KILLED));
    path = the_backup();
    must(restore(path, (struct restore_options){ 0 }, NOT_KILLED));
    fresh_url("DATABASE_URL", copy, service_url);
    expect_answer(copy_url, "SELECT count(*) FROM people", "300");
    expect_answer(service_url, "SELECT count(*) FROM people", "0");
    expect_answer(copy_url,
                  "SELECT proleakproof FROM pg_proc"
                  " WHERE oid = 'lower(text)'::regprocedure",
                  "t");
    house_run(service_url, PEOPLE("301", "302"));
    expect_answer(copy_url,
                  "SELECT count(*) = count(DISTINCT version) FROM people", "t");
}

/* What others remember is of the database that was there before. */
Test(backup, is_restored_with_caches_switched_off)
{
    CLEANUP(memory_free) char *path = NULL;

    house_run(fresh.service_url, "UPDATE cache_mode SET mode = 'on'");
    must(back_up(0, NOT_KILLED));
    path = the_backup();
    must(restore(path, (struct restore_options){ 0 }, NOT_KILLED));
    expect_answer(copy_url,
                  "SELECT mode || ' ' || (generation > 1000000000)::text"
                  " FROM cache_mode",
                  "off true");
}

Test(backup, is_not_restored_over_a_database_unless_told)
{
    CLEANUP(memory_free) char *path = restored_then_altered();

    expect_refusal(restore(path, (struct restore_options){ 0 }, NOT_KILLED),
                   EXIT_USAGE, "--replace");
    expect_answer(copy_url, "SELECT count(*) FROM people", "1");
    must(
        restore(path, (struct restore_options){ .replace = true }, NOT_KILLED));
    expect_answer(copy_url, "SELECT count(*) FROM people", "300");
    expect_said(captured.scratch.words, "_before_");
    fresh_admin("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_database"
                " WHERE datname LIKE '%\\_before\\_%') THEN"
                " RAISE 'nothing was kept'; END IF; END $$");
}

static void hold_and_restore(void *arg)
{
    CLEANUP(connection_close) struct connection *held = test_open(copy_url);
    const char *path = arg;

    (void)held;
    expect_refusal(
        restore(path, (struct restore_options){ .replace = true }, NOT_KILLED),
        EXIT_USAGE, "--disconnect");
    must(restore(
        path, (struct restore_options){ .replace = true, .disconnect = true },
        NOT_KILLED));
}

Test(backup, cuts_nobody_off_unless_told)
{
    CLEANUP(memory_free) char *path = NULL;

    must(back_up(0, NOT_KILLED));
    path = the_backup();
    must(restore(path, (struct restore_options){ 0 }, NOT_KILLED));
    fiber_run_alone("hold", hold_and_restore, path);
}

/* bytes read, new database, restore, comparison, statistics; only then a name
 */
Test(backup, restore_killed_at_any_step_leaves_the_old_or_the_new_database)
{
    enum { ITS_NAME = 5 };
    CLEANUP(memory_free) char *path = restored_then_altered();
    struct restore_options replace = { .replace = true };

    for (int step = 0; step < ITS_NAME; step++) {
        cr_expect_eq(restore(path, replace, step), 128 + SIGKILL, "%d", step);
        expect_answer(copy_url, "SELECT count(*) FROM people", "1");
    }
    cr_expect_eq(restore(path, replace, ITS_NAME), 128 + SIGKILL);
    expect_answer(copy_url, "SELECT count(*) FROM people", "300");
}

/* --- the drill --------------------------------------------------------------
 */

static int load_demo(UNUSED const void *options)
{
    struct demo_options demo = { .driver = &postgres_driver,
                                 .url = fresh.owner_url,
                                 .bills = 20000,
                                 .people = 500,
                                 .users = 200,
                                 .seed = 7 };

    return demo_main(&demo);
}

Test(backup, drill_of_20000_bills_brings_all_of_them_back)
{
    struct drill_options options = { .driver = &postgres_driver,
                                     .url = fresh.owner_url };

    must(run(load_demo, NULL));
    must(run(run_drill, &options));
    expect_said(captured.scratch.words, "the same in everything");
    expect_said(captured.scratch.words, "comparison");
}
