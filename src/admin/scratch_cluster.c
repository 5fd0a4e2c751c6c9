/* SPDX-License-Identifier: MIT */
#include "admin/scratch_cluster.h"

#include "admin/disk.h"
#include "admin/strays.h"
#include "base/memory.h"

enum { READY_MS = 60000, LOOK_EVERY_MS = 10 };

/* As the sandbox's: nothing of the user's variables. */
static void make_environment(struct scratch_cluster *scratch)
{
    environment_set(&scratch->env, STRAYS_VARIABLE, scratch->dir.path);
    environment_set(&scratch->env, "PATH", "/usr/bin:/bin");
    environment_set(&scratch->env, "LC_ALL", "C.UTF-8");
    environment_set(&scratch->env, "TZ", "UTC");
}

static int open_dir(struct scratch_cluster *scratch, struct refusal *why)
{
    const struct account *users[] = { &scratch->account, NULL };
    int r = account_for("postgres", &scratch->account, why);

    if (r == 0)
        r = data_dir_open(&scratch->dir, NULL, users, why);
    if (r < 0)
        return r;
    make_environment(scratch);
    cluster_init(&scratch->cluster, &scratch->dir, &scratch->account,
                 &scratch->env, false);
    return 0;
}

static int not_ready(const struct scratch_cluster *scratch, struct refusal *why)
{
    CLEANUP(memory_free)
    char *log = data_dir_path(&scratch->dir, "postgres.log");
    CLEANUP(memory_free) char *words = disk_last_words(log);

    return refuse(why, EXIT_SERVER_FAILED,
                  "the scratch PostgreSQL did not start: %s", words);
}

static int wait_ready(struct scratch_cluster *scratch, struct refusal *why)
{
    struct supervisor *s = &scratch->supervisor;
    struct deadline until = deadline_after(clock_monotonic_ns(), READY_MS);
    int r = 0;

    while (r == 0 && !supervisor_stopping(s) &&
           !cluster_is_ready(&scratch->cluster)) {
        uint64_t now_ns = clock_monotonic_ns();

        if (scratch->cluster.child.pid == 0 ||
            deadline_left_ns(until, now_ns) == 0)
            return not_ready(scratch, why);
        r = supervisor_turn(s, -1, deadline_after(now_ns, LOOK_EVERY_MS), why);
    }
    return r;
}

int scratch_cluster_start(struct scratch_cluster *scratch, int major,
                          struct refusal *why)
{
    int r;

    *scratch = (struct scratch_cluster){ .dir = { .lock_fd = -1 },
                                         .cluster = { .log_fd = -1 } };
    environment_init_empty(&scratch->env);
    r = supervisor_init(&scratch->supervisor, why);
    if (r == 0)
        r = open_dir(scratch, why);
    if (r == 0)
        r = cluster_prepare_major(&scratch->cluster, major,
                                  &scratch->supervisor, why);
    if (r == 0 && !supervisor_stopping(&scratch->supervisor))
        r = cluster_start(&scratch->cluster, &scratch->supervisor, why);
    if (r == 0)
        r = wait_ready(scratch, why);
    if (r == 0 && supervisor_stopping(&scratch->supervisor))
        r = refuse(why, EXIT_FAILED, "it was asked to stop");
    if (r == 0)
        scratch->url = cluster_url(&scratch->cluster, CLUSTER_SUPERUSER);
    return r;
}

void scratch_cluster_end(struct scratch_cluster *scratch)
{
    supervisor_fini(&scratch->supervisor);
    cluster_fini(&scratch->cluster);
    data_dir_close(&scratch->dir);
    environment_fini(&scratch->env);
    memory_free(&scratch->url);
}
