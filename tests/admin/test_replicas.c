/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <poll.h>
#include <signal.h>

static struct sandbox_options quick(const struct scratch *scratch,
                                    const char *const *command)
{
    return (struct sandbox_options){ .data = scratch->data,
                                     .no_fsync = true,
                                     .replicas = 2,
                                     .command = command };
}

/* What was written is read on each as soon as it has arrived, by the role
 * that the service has; and nobody writes there. */
static const char *const write_and_look[] = {
    "sh",
    "-ec",
    "psql -qX \"$OWNER_DATABASE_URL\" -c 'CREATE TABLE t()'; "
    "test -f \"$REPLICA_2_PGDATA/standby.signal\"; "
    "test -S \"$REPLICA_2_SOCKETS/.s.PGSQL.5432\"; "
    "echo \"$DATABASE_REPLICA_URLS\" | tr , '\\n' >\"$SANDBOX_DATA/urls\"; "
    "test $(wc -l <\"$SANDBOX_DATA/urls\") = 2; "
    "for url in $(cat \"$SANDBOX_DATA/urls\"); do "
    "  until psql -qX \"$url\" -c '\\d t' 2>&1 | grep -q 'public.t'; do "
    "    sleep 0.02; done; "
    "  psql -AtX \"$url\" -c 'SELECT current_user' | grep portcullis_service; "
    "done; "
    "for url in \"$REPLICA_1_URL\" \"$REPLICA_2_URL\"; do "
    "  psql -AtX \"$url\" -c 'SELECT pg_is_in_recovery()' | grep t; "
    "  ! psql -X \"$url\" -c 'CREATE TABLE u()' 2>/dev/null; "
    "done; "
    "rm \"$SANDBOX_DATA/urls\"; "
    "exit 42",
    NULL,
};

Test(replicas, follow_their_primary_and_are_made_anew_at_each_start,
     .timeout = 600)
{
    struct sandbox_options options;
    struct scratch scratch;

    scratch_init(&scratch);
    options = quick(&scratch, write_and_look);
    cr_expect_eq(sandbox_run(&scratch, &options), 42);
    options.fresh = true;
    cr_expect_eq(sandbox_run(&scratch, &options), 42);
    cr_expect_eq(strays_end(scratch.data), 0, "nobody is left behind");
    scratch_fini(&scratch);
}

Test(replicas, that_were_killed_or_promoted_are_no_obstacle_to_the_end,
     .timeout = 600)
{
    struct sandbox_options options;
    struct scratch scratch;

    scratch_init(&scratch);
    options = quick(
        &scratch,
        ARGV("sh", "-ec",
             "psql -AtX \"$REPLICA_1_URL\" -c 'SELECT pg_promote()' | grep t; "
             "kill -9 $(head -1 \"$REPLICA_2_PGDATA/postmaster.pid\"); "
             "until psql -AtX \"$REPLICA_2_URL\" -c "
             "'SELECT pg_is_in_recovery()' 2>/dev/null | grep t; do "
             "  sleep 0.02; done; "
             "exit 7"));
    cr_expect_eq(sandbox_run(&scratch, &options), 7);
    cr_expect(scratch_said(&scratch, "replica-2 ended by signal 9"));
    cr_expect_eq(strays_end(scratch.data), 0, "nobody is left behind");
    scratch_fini(&scratch);
}

/* The moments fall into the copying and the copies' start. */
Test(replicas, are_no_obstacle_to_a_kill_at_any_moment, .timeout = 600)
{
    static const int moments_ms[] = { 700, 900, 1100, 1300, 1600 };
    struct sandbox_options options;
    struct scratch scratch;

    scratch_init(&scratch);
    for (size_t i = 0; i < ARRAY_LEN(moments_ms); i++) {
        pid_t pid;

        options = quick(&scratch, ARGV("sleep", "1000"));
        pid = sandbox_fork(&scratch, &options);
        poll(NULL, 0, moments_ms[i]);
        kill(pid, i % 2 ? SIGTERM : SIGKILL);
        (void)wait_status(pid);
    }
    options = quick(&scratch, ARGV("true"));
    cr_expect_eq(sandbox_run(&scratch, &options), 0);
    cr_expect_eq(strays_end(scratch.data), 0, "nobody is left behind");
    scratch_fini(&scratch);
}
