/* SPDX-License-Identifier: MIT */
#include "admin/sandbox.h"

#include "scratch.h"

#include <glob.h>
#include <poll.h>
#include <signal.h>

static const char *const look_around[] = {
    "sh",
    "-ec",
    "is() { test \"$(psql -AtX \"$1\" -c \"$2\")\" = \"$3\"; }; "
    "is \"$DATABASE_URL\" 'SELECT current_user' portcullis_service; "
    "is \"$OWNER_DATABASE_URL\" 'SELECT current_user' portcullis_owner; "
    "is \"$ADMIN_DATABASE_URL\" 'SELECT usesuper FROM pg_user "
    "WHERE usename = current_user' t; "
    "is \"$ADMIN_DATABASE_URL\" 'SHOW listen_addresses' ''; "
    "is \"$ADMIN_DATABASE_URL\" 'SHOW server_encoding' UTF8; "
    "is \"$DATABASE_URL\" 'SELECT rolsuper OR rolbypassrls FROM pg_roles "
    "WHERE rolname = current_user' f; "
    "is \"$OWNER_DATABASE_URL\" 'CREATE TABLE t()' 'CREATE TABLE'; "
    "! psql -X \"$DATABASE_URL\" -c 'CREATE TABLE mine()' 2>/dev/null; "
    "test $(redis-cli -s \"${REDIS_URL#unix://}\" ping) = PONG; "
    "exit 42",
    NULL,
};

static struct sandbox_options quick(const struct scratch *scratch,
                                    const char *const *command)
{
    return (struct sandbox_options){ .data = scratch->data,
                                     .no_fsync = true,
                                     .command = command };
}

static int run(const struct scratch *scratch, const char *const *command)
{
    struct sandbox_options options = quick(scratch, command);

    return sandbox_run(scratch, &options);
}

static size_t temporaries_left(const char *below)
{
    CLEANUP(memory_free)
    char *pattern = memory_format("%s/portcullis-sandbox-*", below);
    glob_t found = { 0 };
    size_t count = 0;

    if (glob(pattern, 0, NULL, &found) == 0)
        count = found.gl_pathc;
    globfree(&found);
    return count;
}

Test(sandbox, lives_in_a_temporary_directory_and_clears_killed_ones_away,
     .timeout = 600)
{
    struct sandbox_options options = {
        .no_fsync = true, .command = ARGV("sh", "-c", "kill -9 $PPID; wait")
    };
    struct scratch scratch;

    scratch_init(&scratch);
    setenv("TMPDIR", scratch.path, 1);
    setenv("PGPORT", "1", 1);
    cr_expect_eq(sandbox_run(&scratch, &options), 128 + SIGKILL);
    cr_expect_eq(temporaries_left(scratch.path), 1);
    options.command = look_around;
    cr_expect_eq(sandbox_run(&scratch, &options), 42, "the command's status");
    cr_expect_eq(temporaries_left(scratch.path), 0);
    scratch_fini(&scratch);
}

Test(sandbox, stopped_before_its_command_began_is_no_success, .timeout = 600)
{
    struct scratch scratch;
    struct sandbox_options options;
    sigset_t interrupt;
    pid_t pid;

    scratch_init(&scratch);
    options = quick(&scratch, ARGV("true"));
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &interrupt, NULL), 0);
    pid = sandbox_fork(&scratch, &options);
    cr_assert_eq(kill(pid, SIGINT), 0);
    cr_expect_eq(wait_status(pid), EXIT_FAILED);
    scratch_fini(&scratch);
}

Test(sandbox, finds_its_sockets_also_below_a_long_and_odd_path, .timeout = 600)
{
    static const char odd[] = "an odd 'path' that is longer than a socket's "
                              "name may be, which is one hundred and seven";
    struct scratch scratch;

    scratch_init(&scratch);
    memory_free(&scratch.data);
    scratch.data = memory_format("%s/%s", scratch.path, odd);
    cr_expect_eq(run(&scratch, look_around), 42);
    scratch_fini(&scratch);
}

static const char *const make_table_and_kill[] = {
    "sh",
    "-c",
    "psql -X \"$OWNER_DATABASE_URL\" -c 'CREATE TABLE kept()';"
    "kill -9 $(head -1 \"$SANDBOX_DATA/postgres/postmaster.pid\");"
    "for i in $(seq 200); do"
    " psql -AtX \"$OWNER_DATABASE_URL\" -c 'TABLE kept' && exit 5;"
    " sleep 0.05; "
    "done",
    NULL,
};

Test(sandbox, keeps_its_data_over_crashes_until_told_to_start_fresh,
     .timeout = 600)
{
    struct sandbox_options fresh;
    struct scratch scratch;

    scratch_init(&scratch);
    cr_expect_eq(run(&scratch, make_table_and_kill), 5);
    cr_expect(scratch_said(&scratch, "PostgreSQL ended by signal 9"));
    fresh = quick(&scratch, ARGV("sh", "-c",
                                 "psql -X \"$OWNER_DATABASE_URL\" -c "
                                 "'TABLE kept' 2>/dev/null"));
    cr_expect_eq(sandbox_run(&scratch, &fresh), 0);
    fresh.fresh = true;
    cr_expect_eq(sandbox_run(&scratch, &fresh), 1);
    scratch_fini(&scratch);
}

Test(sandbox, refuses_a_second_instance_a_broken_and_another_versions_cluster,
     .timeout = 600)
{
    struct sandbox_options second;
    struct scratch scratch;
    struct line line;
    char script[128];
    pid_t first;

    scratch_init(&scratch);
    line_init(&line);
    snprintf(script, sizeof(script), "%s; exec sleep 1000", line.say);
    second = quick(&scratch, ARGV("sh", "-c", script));
    first = sandbox_fork(&scratch, &second);
    cr_assert(line_hear(&line));
    cr_expect_eq(run(&scratch, ARGV("true")), EXIT_RUNNING);
    cr_expect(scratch_said(&scratch, "in use by process"));
    kill(first, SIGTERM);
    cr_expect_eq(wait_status(first), 128 + SIGTERM, "the command's own end");
    cr_expect_not(line_hear(&line));
    scratch_write(&scratch, "data/postgres/postgresql.conf", "nonsense = 1\n",
                  0644);
    cr_expect_eq(run(&scratch, ARGV("true")), EXIT_SERVER_FAILED);
    cr_expect(scratch_said(&scratch, "PostgreSQL did not start: "));
    cr_expect(scratch_said(&scratch, "FATAL"));
    cr_expect(scratch_said(&scratch, "postgres.log"));
    scratch_write(&scratch, "data/postgres/PG_VERSION", "14\n", 0600);
    cr_expect_eq(run(&scratch, ARGV("true")), EXIT_WRONG_VERSION);
    cr_expect(scratch_said(&scratch, "--fresh"));
    scratch_fini(&scratch);
}

Test(sandbox, says_which_server_is_missing, .timeout = 600)
{
    struct scratch scratch;

    scratch_init(&scratch);
    setenv("PORTCULLIS_POSTGRES_BIN", scratch.path, 1);
    cr_expect_eq(run(&scratch, ARGV("true")), EXIT_MISSING);
    cr_expect(scratch_said(&scratch, "apt-get install postgresql"));
    setenv("PORTCULLIS_REDIS_SERVER", scratch.data, 1);
    cr_expect_eq(run(&scratch, ARGV("true")), EXIT_MISSING);
    cr_expect(scratch_said(&scratch, "apt-get install redis-server"));
    scratch_fini(&scratch);
}

Test(sandbox, does_not_touch_a_directory_that_is_not_its_own, .timeout = 600)
{
    CLEANUP(memory_free) char *mine = NULL;
    struct sandbox_options fresh;
    struct scratch scratch;

    scratch_init(&scratch);
    cr_assert_eq(mkdir(scratch.data, 0755), 0);
    scratch_write(&scratch, "data/postgres", "mine", 0600);
    fresh = quick(&scratch, ARGV("true"));
    fresh.fresh = true;
    cr_expect_eq(sandbox_run(&scratch, &fresh), EXIT_NOT_OURS);
    mine = memory_format("%s/postgres", scratch.data);
    cr_expect_eq(unlink(mine), 0);
    cr_expect_eq(rmdir(scratch.data), 0, "nothing else is in it");
    scratch_fini(&scratch);
}

/* The moments fall before, inside and after the cluster's making, and each
 * start meets what the one before it left, alive or not. */
Test(sandbox, mends_what_a_kill_at_any_moment_left, .timeout = 600)
{
    static const int moments_ms[] = { 3, 40, 120, 250, 400, 600, 800, 60 };
    struct sandbox_options options;
    struct scratch scratch;

    scratch_init(&scratch);
    for (size_t i = 0; i < ARRAY_LEN(moments_ms); i++) {
        CLEANUP(memory_free) char *words = NULL;
        pid_t pid;
        int status;

        options = quick(&scratch, ARGV("sleep", "1000"));
        pid = sandbox_fork(&scratch, &options);
        poll(NULL, 0, moments_ms[i]);
        kill(pid, SIGKILL);
        status = wait_status(pid);
        words = disk_read(scratch.words, 65536, NULL);
        cr_assert_eq(status, 128 + SIGKILL, "%d ms after it began: %d, %s",
                     moments_ms[i], status, words ? words : "silent");
    }
    cr_expect_eq(run(&scratch, look_around), 42);
    cr_expect_eq(strays_end(scratch.data), 0, "nobody is left behind");
    scratch_fini(&scratch);
}
