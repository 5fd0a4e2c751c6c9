/* SPDX-License-Identifier: MIT */
#include "admin/sandbox.h"

#include "admin/data_home.h"
#include "admin/disk.h"
#include "admin/strays.h"
#include "base/memory.h"

enum { READY_MS = 60000, LOOK_EVERY_MS = 10 };

/* The servers see nothing of the user's variables: PGOPTIONS, LC_ALL or TZ
 * would make a cluster that differs from machine to machine. */
static void server_environment(struct sandbox *sandbox)
{
    struct environment *env = &sandbox->server_env;

    environment_set(env, STRAYS_VARIABLE, sandbox->dir.path);
    environment_set(env, "PATH", "/usr/bin:/bin");
    environment_set(env, "LC_ALL", "C.UTF-8");
    environment_set(env, "TZ", "UTC");
}

static int find_users(struct sandbox *sandbox, struct refusal *why)
{
    int r = account_for("postgres", &sandbox->users[0], why);

    return r < 0 ? r : account_for("redis", &sandbox->users[1], why);
}

static int open_dir(struct sandbox *sandbox,
                    const struct sandbox_options *options, struct refusal *why)
{
    const struct account *users[] = { &sandbox->users[0], &sandbox->users[1],
                                      NULL };
    CLEANUP(memory_free) char *home = NULL;
    int r;

    if (!options->data && options->at_home)
        home = data_home_default(&sandbox->users[0]);
    r = data_dir_open(&sandbox->dir, home ? home : options->data, users, why);
    if (r < 0)
        return r;
    server_environment(sandbox);
    cluster_init(&sandbox->cluster, &sandbox->dir, &sandbox->users[0],
                 &sandbox->server_env, sandbox->durable);
    sandbox->cluster.has_replicas = options->replicas > 0;
    replicas_init(&sandbox->replicas, &sandbox->cluster, options->replicas);
    cache_server_init(&sandbox->cache, &sandbox->dir, &sandbox->users[1],
                      &sandbox->server_env);
    return 0;
}

static int throw_away(const struct sandbox *sandbox, struct refusal *why)
{
    int r = data_dir_discard(&sandbox->dir, "postgres", why);

    return r < 0 ? r : data_dir_discard(&sandbox->dir, "redis", why);
}

static int start_servers(struct sandbox *sandbox, struct refusal *why)
{
    int r = cache_server_prepare(&sandbox->cache, why);

    if (r == 0)
        r = cache_server_start(&sandbox->cache, &sandbox->supervisor, why);
    if (r == 0)
        r = cluster_prepare(&sandbox->cluster, &sandbox->supervisor, why);
    if (r < 0 || supervisor_stopping(&sandbox->supervisor))
        return r;
    return cluster_start(&sandbox->cluster, &sandbox->supervisor, why);
}

static int died_early(const struct sandbox *sandbox, const struct child *child,
                      const char *log_name, struct refusal *why)
{
    CLEANUP(memory_free) char *log = data_dir_path(&sandbox->dir, log_name);
    CLEANUP(memory_free) char *words = disk_last_words(log);

    return refuse(why, EXIT_SERVER_FAILED, "%s did not start: %s (see %s)",
                  child->name, words, log);
}

/* Copies follow the primary when that is ready. */
static int look_for_replicas(const struct sandbox *sandbox, struct refusal *why)
{
    const struct replica *dead =
        sandbox->replicas_started ? replicas_dead(&sandbox->replicas) : NULL;

    return dead ? died_early(sandbox, &dead->child, dead->log_name, why) : 0;
}

static int look_alive(const struct sandbox *sandbox, struct deadline until,
                      struct refusal *why)
{
    if (sandbox->cluster.child.pid == 0)
        return died_early(sandbox, &sandbox->cluster.child, "postgres.log",
                          why);
    if (sandbox->cache.child.pid == 0)
        return died_early(sandbox, &sandbox->cache.child, "redis.log", why);
    if (look_for_replicas(sandbox, why) < 0)
        return -why->status;
    if (deadline_left_ns(until, clock_monotonic_ns()) == 0)
        return refuse(why, EXIT_SERVER_FAILED,
                      "PostgreSQL and Redis did not answer within %d s: see "
                      "the logs in %s",
                      READY_MS / 1000, sandbox->dir.path);
    return 0;
}

static bool are_ready(const struct sandbox *sandbox)
{
    return cluster_is_ready(&sandbox->cluster) &&
           cache_server_is_ready(&sandbox->cache) &&
           (!sandbox->replicas_started ||
            replicas_are_ready(&sandbox->replicas));
}

static int wait_ready(struct sandbox *sandbox, struct refusal *why)
{
    struct supervisor *s = &sandbox->supervisor;
    struct deadline until = deadline_after(clock_monotonic_ns(), READY_MS);
    int r = 0;

    while (r == 0 && !supervisor_stopping(s)) {
        if (are_ready(sandbox))
            break;
        r = supervisor_turn(
            s, -1, deadline_after(clock_monotonic_ns(), LOOK_EVERY_MS), why);
        if (r == 0)
            r = look_alive(sandbox, until, why);
    }
    sandbox->cluster.child.restarts = sandbox->cache.child.restarts = true;
    return r;
}

static int start_replicas(struct sandbox *sandbox, struct refusal *why)
{
    int r;

    if (sandbox->replicas.count == 0 ||
        supervisor_stopping(&sandbox->supervisor))
        return 0;
    r = replicas_start(&sandbox->replicas, &sandbox->supervisor, why);
    if (r < 0 || supervisor_stopping(&sandbox->supervisor))
        return r;
    sandbox->replicas_started = true;
    r = wait_ready(sandbox, why);
    replicas_keep(&sandbox->replicas);
    return r;
}

static void make_urls(struct sandbox *sandbox)
{
    const struct cluster *cluster = &sandbox->cluster;

    sandbox->service_url = cluster_url(cluster, CLUSTER_SERVICE);
    sandbox->owner_url = cluster_url(cluster, CLUSTER_OWNER);
    sandbox->admin_url = cluster_url(cluster, CLUSTER_SUPERUSER);
    sandbox->redis_url = cache_server_url(&sandbox->cache);
}

int sandbox_start(struct sandbox *sandbox,
                  const struct sandbox_options *options, struct refusal *why)
{
    int r;

    *sandbox = (struct sandbox){ .durable = !options->no_fsync,
                                 .dir = { .lock_fd = -1 },
                                 .cluster = { .log_fd = -1 },
                                 .cache = { .log_fd = -1 } };
    environment_init_empty(&sandbox->server_env);
    r = supervisor_init(&sandbox->supervisor, why);
    if (r == 0)
        r = find_users(sandbox, why);
    if (r == 0)
        r = open_dir(sandbox, options, why);
    if (r == 0 && options->fresh)
        r = throw_away(sandbox, why);
    if (r == 0)
        r = start_servers(sandbox, why);
    if (r < 0 || supervisor_stopping(&sandbox->supervisor))
        return r;
    make_urls(sandbox);
    r = wait_ready(sandbox, why);
    return r < 0 ? r : start_replicas(sandbox, why);
}

void sandbox_end(struct sandbox *sandbox)
{
    supervisor_fini(&sandbox->supervisor);
    replicas_fini(&sandbox->replicas);
    cluster_fini(&sandbox->cluster);
    cache_server_fini(&sandbox->cache);
    data_dir_close(&sandbox->dir);
    environment_fini(&sandbox->server_env);
    memory_free(&sandbox->service_url);
    memory_free(&sandbox->owner_url);
    memory_free(&sandbox->admin_url);
    memory_free(&sandbox->redis_url);
}

void sandbox_environment(const struct sandbox *sandbox, bool owner,
                         struct environment *env)
{
    environment_set(env, STRAYS_VARIABLE, sandbox->dir.path);
    environment_set(env, "DATABASE_URL",
                    owner ? sandbox->owner_url : sandbox->service_url);
    environment_set(env, "OWNER_DATABASE_URL", sandbox->owner_url);
    environment_set(env, "ADMIN_DATABASE_URL", sandbox->admin_url);
    environment_set(env, "REDIS_URL", sandbox->redis_url);
    replicas_environment(&sandbox->replicas, env);
}
