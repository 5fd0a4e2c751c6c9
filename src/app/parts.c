/* SPDX-License-Identifier: MIT */
/* What the process is made of, beside its loops: made once, for all of them. */
#include "app/authorize.h"
#include "app/build.h"
#include "app/fitness.h"
#include "app/harden.h"
#include "app/keyring.h"
#include "app/limit.h"
#include "app/options.h"
#include "app/pid_file.h"
#include "app/serving.h"
#include "base/check.h"
#include "base/feature.h"
#include "base/heap.h"
#include "base/id.h"
#include "base/memory.h"
#include "database/target.h"
#include "monitor/alerts.h"
#include "monitor/monitor.h"
#include "postgres/postgres.h"
#include "routes/permissions.h"
#include "routes/routes.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

extern const struct embedded_file schema_files[];
extern const struct embedded_file openapi_files[];
extern const struct embedded_file docs_files[];

/* --- the process itself -------------------------------------------------- */

/* As many descriptors as we may have: each client costs one. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool is_environment(const struct settings *settings, const char *name)
{
    return text_is(text_of(settings_text(settings, SETTING_ENVIRONMENT)), name);
}

static unsigned count_workers(const struct settings *settings)
{
    int64_t wanted = settings_int(settings, SETTING_LOOPS);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted > 0)
        return (unsigned)wanted;
    return cores > 0 && cores < WORKERS_MAX ? (unsigned)cores : 1;
}

int start_process(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    struct process *process = &assembly->process;

    (void)diag;
    heap_settle();
    raise_descriptor_limit();
    if (is_hardened(assembly->settings))
        harden_memory();
    series_set(METRIC_SERIES(METRIC_BUILD_INFO, BUILD_VERSION, BUILD_REVISION,
                             __VERSION__),
               1);
    assembly->workers = count_workers(assembly->settings);
    process->openapi = openapi_files;
    process->docs = docs_files;
    process->authorize = authorize;
    process->started_ns = clock_monotonic_ns();
    freshness_init(&process->freshness);
    return 0;
}

/* --- fitness ------------------------------------------------------------- */

/* As when starting; the role in the database cannot change by a reload. */
int prepare_fitness(struct serving *serving, const struct settings *next,
                    struct diag *diag)
{
    struct fitness_report report;

    (void)serving;
    if (!is_environment(next, "production"))
        return 0;
    report = fitness_of(next, false);
    for (enum fitness i = 0; i < FITNESS_COUNT; i++)
        if (report.found[i] && fitness_is_dangerous(i))
            return FAIL(diag, ERR_INVALID_PARAMETER, "%s %s",
                        fitness_setting(i), fitness_sentence(i));
    return 0;
}

/* --- log and switches ---------------------------------------------------- */

void adopt_log(struct serving *serving)
{
    log_set_level((enum log_level)settings_int(serving->assembly.settings,
                                               SETTING_LOG_LEVEL));
}

void adopt_features(struct serving *serving)
{
    features_apply(serving->assembly.settings);
    for (enum feature f = 0; f < FEATURE_COUNT; f++)
        series_set(METRIC_SERIES(METRIC_FEATURE, feature_name(f)),
                   feature_is_on(f));
}

int start_features(struct serving *serving, struct diag *diag)
{
    (void)diag;
    adopt_features(serving);
    return 0;
}

/* --- routes, database, keys, limits -------------------------------------- */

static bool is_anywhere(const struct route *route)
{
    return !route->moves;
}

/* What moves there, and what may be asked of any server. */
static bool is_operation(const struct route *route)
{
    return route->priority == PRIORITY_OPERATIONS;
}

/* A router of some of the rows, for which there is room. */
static struct router *router_of(struct route *rows,
                                bool (*is_wanted)(const struct route *route))
{
    size_t count = 0;

    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (is_wanted(&route_table[i]))
            rows[count++] = route_table[i];
    return router_new(rows, count);
}

/* What moves to admin_listen is not found where everybody asks. */
static void make_routers(struct serving *serving)
{
    struct assembly *assembly = &serving->assembly;

    if (!settings_text(assembly->settings, SETTING_ADMIN_LISTEN)[0]) {
        assembly->router = router_new(route_table, ROUTE_COUNT);
        return;
    }
    assembly->router = router_of(serving->rows, is_anywhere);
    assembly->admin_router = router_of(serving->admin_rows, is_operation);
}

int start_routes(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    int r = permissions_check(route_table, ROUTE_COUNT, diag);

    if (r < 0)
        return r;
    make_routers(serving);
    assembly->process.router = assembly->router;
    return 0;
}

void stop_routes(struct serving *serving)
{
    router_free(&serving->assembly.router);
    router_free(&serving->assembly.admin_router);
}

static int parse_replicas(struct assembly *assembly, struct diag *diag)
{
    struct text urls = text_of(
        settings_text(assembly->settings, SETTING_DATABASE_REPLICA_URLS));
    struct text url;
    int r = 0;

    while (r == 0 && urls.len > 0 && text_cut(&urls, ',', &url)) {
        if (assembly->target_count == NODES_MAX)
            return FAIL(diag, ERR_INVALID_PARAMETER,
                        "database_replica_urls names more than %d replicas",
                        NODES_MAX - 1);
        r = target_parse(url, &assembly->targets[assembly->target_count], diag);
        assembly->target_count += r == 0;
    }
    return r;
}

int start_target(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    const char *url = settings_text(assembly->settings, SETTING_DATABASE_URL);
    int r;

    if (!url[0])
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "DATABASE_URL is not set: give the service's PostgreSQL, "
                    "postgresql://user@host/name");
    assembly->driver = &postgres_driver;
    r = target_parse(text_of(url), &assembly->targets[0], diag);
    assembly->target_count = 1;
    return r < 0 ? r : parse_replicas(assembly, diag);
}

void stop_target(struct serving *serving)
{
    for (unsigned i = 0; i < NODES_MAX; i++)
        target_free(&serving->assembly.targets[i]);
}

int start_redis(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    const char *url = settings_text(assembly->settings, SETTING_REDIS_URL);
    const char *password =
        settings_text(assembly->settings, SETTING_REDIS_PASSWORD);
    int r;

    if (!url[0])
        return 0;
    assembly->redis = NEW(struct redis_address);
    r = redis_address_parse(text_of(url), assembly->redis, diag);
    if (r == 0)
        redis_address_use_password(assembly->redis, password);
    return r;
}

void stop_redis(struct serving *serving)
{
    struct assembly *assembly = &serving->assembly;

    if (assembly->redis)
        redis_address_fini(assembly->redis);
    memory_free(&assembly->redis);
}

int start_migrations(struct serving *serving, struct diag *diag)
{
    int r = migration_set_new(schema_files, &serving->migrations, diag);

    serving->assembly.process.migrations = serving->migrations;
    return r;
}

void stop_migrations(struct serving *serving)
{
    migration_set_free(&serving->migrations);
}

/* Without a key of the settings, one that lasts as long as the process. */
static struct mac_key make_key(const struct settings *settings,
                               const char *purpose)
{
    const char *secret = settings_text(settings, SETTING_CURSOR_KEY);
    unsigned char made[MAC_BYTES];

    if (secret[0])
        return mac_key_derive(text_of(secret), purpose);
    random_bytes(made, sizeof(made));
    return mac_key_derive(text_from((const char *)made, sizeof(made)), purpose);
}

int start_keys(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    struct keyring **keyring = &assembly->process.keyring;
    int r = keyring_new(assembly->settings, keyring, diag);

    if (r < 0)
        return r;
    assembly->cursor_key = make_key(assembly->settings, "cursor");
    assembly->process.token_key = make_key(assembly->settings, "token");
    key_keeper_init(&assembly->keys, *keyring, assembly->settings);
    return 0;
}

/* They are read once more by whoever keeps them, who cannot refuse. */
int prepare_keys(struct serving *serving, const struct settings *next,
                 struct diag *diag)
{
    CLEANUP(keyring_free) struct keyring *keyring = NULL;

    (void)serving;
    return keyring_new(next, &keyring, diag);
}

void stop_keys(struct serving *serving)
{
    key_keeper_fini(&serving->assembly.keys);
    keyring_free(&serving->assembly.process.keyring);
}

int start_limits(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;

    (void)diag;
    assembly->limits = limits_of(assembly->settings, assembly->redis != NULL);
    return 0;
}

void stop_limits(struct serving *serving)
{
    limits_free(&serving->assembly.limits);
}

/* --- the monitor --------------------------------------------------------- */

int start_monitor(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    struct process *process = &assembly->process;
    int r = monitor_new(assembly->settings, assembly->control,
                        &process->monitor, diag);

    if (r == 0)
        monitor_start(process->monitor, process->url);
    return r;
}

int prepare_monitor(struct serving *serving, const struct settings *next,
                    struct diag *diag)
{
    (void)serving;
    return alerts_check(next, diag);
}

void adopt_monitor(struct serving *serving)
{
    struct assembly *assembly = &serving->assembly;

    CHECK(monitor_configure(assembly->process.monitor, assembly->settings,
                            NULL) == 0); /* it was checked */
}

/* A fiber of it may still be telling a webhook. */
void stop_monitor(struct serving *serving)
{
    struct assembly *assembly = &serving->assembly;

    if (!assembly->process.monitor)
        return;
    monitor_stop(assembly->process.monitor);
    while (loop_fiber_count(assembly->control) > 0)
        loop_turn(assembly->control, true);
    monitor_free(&assembly->process.monitor);
}

/* --- which process ------------------------------------------------------- */

int start_pid_file(struct serving *serving, struct diag *diag)
{
    const char *path =
        settings_text(serving->assembly.settings, SETTING_PID_FILE);

    int r = path[0] ? pid_file_make(path, &serving->pid_fd, diag) : 0;

    if (r == 0)
        reload_status_write(&serving->reload.status, path);
    return r;
}

void stop_pid_file(struct serving *serving)
{
    const char *path =
        settings_text(serving->assembly.settings, SETTING_PID_FILE);

    if (serving->pid_fd >= 0)
        reload_status_remove(path);
    pid_file_end(path, &serving->pid_fd);
}

/* --- where we are -------------------------------------------------------- */

static void make_url(struct serving *serving, const char *listen, unsigned port)
{
    const char *colon = strrchr(listen, ':');
    int host = colon ? (int)(colon - listen) : 0;

    snprintf(serving->url, sizeof(serving->url), "%s://%.*s:%u",
             serving->assembly.tls ? "https" : "http", host > 0 ? host : 9,
             host > 0 ? listen : "127.0.0.1", port);
}

/* What documents call us: never what a client's Host says. */
static void make_public_url(struct serving *serving)
{
    struct text given =
        text_of(settings_text(serving->assembly.settings, SETTING_PUBLIC_URL));

    while (given.len > 0 && given.at[given.len - 1] == '/')
        given.len--;
    snprintf(serving->public_url, sizeof(serving->public_url), "%.*s",
             TEXT_ARG(given.len > 0 ? given : text_of(serving->url)));
    serving->assembly.process.url = serving->public_url;
}

static int open_admin(struct serving *serving, struct diag *diag)
{
    const struct assembly *assembly = &serving->assembly;
    const char *listen =
        settings_text(assembly->settings, SETTING_ADMIN_LISTEN);
    unsigned port;
    int r = listen_sockets("admin_listen", text_of(listen), serving->admin_fds,
                           assembly->workers, diag, &port);

    if (r == 0)
        log_line(LOG_INFO, "listening_admin", "%.*s:%u",
                 (int)(strrchr(listen, ':') - listen), listen, port);
    return r;
}

int start_sockets(struct serving *serving, struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    const char *listen = settings_text(assembly->settings, SETTING_LISTEN);
    unsigned port;
    int r = listen_sockets("listen", text_of(listen), serving->fds,
                           assembly->workers, diag, &port);

    if (r < 0)
        return r;
    make_url(serving, listen, port);
    make_public_url(serving);
    log_line(LOG_INFO, "listening", "%s on %u loops", serving->url,
             assembly->workers);
    return assembly->admin_router ? open_admin(serving, diag) : 0;
}
