/* SPDX-License-Identifier: MIT */
/*
 * `portcullis serve`: the main thread makes everything in order, starts the
 * workers, waits for signals, and takes everything down in reverse.
 */
#include "app/authorize.h"
#include "app/build.h"
#include "app/check.h"
#include "app/harden.h"
#include "app/keyring.h"
#include "app/limit.h"
#include "app/verb.h"
#include "app/worker.h"
#include "base/check.h"
#include "base/feature.h"
#include "base/id.h"
#include "base/memory.h"
#include "database/target.h"
#include "monitor/monitor.h"
#include "postgres/postgres.h"
#include "routes/permissions.h"
#include "routes/routes.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WORKERS_MAX = 256 };

extern const struct embedded_file schema_files[];
extern const struct embedded_file openapi_files[];
extern const struct embedded_file docs_files[];

struct serving {
    struct assembly assembly;
    struct migration_set *migrations;
    struct worker workers[WORKERS_MAX];
    unsigned ready, ended;
    struct timer delay;
    char url[320], public_url[2048];
    int ready_fd;
};

/* --- assembling ---------------------------------------------------------- */

static unsigned count_workers(const struct settings *settings)
{
    int64_t wanted = settings_int(settings, SETTING_LOOPS);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted > 0)
        return (unsigned)wanted;
    return cores > 0 && cores < WORKERS_MAX ? (unsigned)cores : 1;
}

/* Without a key of the settings, one that lasts as long as the process. */
static struct mac_key make_cursor_key(const struct settings *settings)
{
    const char *secret = settings_text(settings, SETTING_CURSOR_KEY);
    unsigned char made[MAC_BYTES];

    if (secret[0])
        return mac_key_derive(text_of(secret), "cursor");
    random_bytes(made, sizeof(made));
    return mac_key_derive(text_from((const char *)made, sizeof(made)),
                          "cursor");
}

static void apply_features(const struct settings *settings)
{
    features_apply(settings);
    for (enum feature f = 0; f < FEATURE_COUNT; f++)
        series_set(METRIC_SERIES(METRIC_FEATURE, feature_name(f)),
                   feature_is_on(f));
}

static int assemble(struct serving *serving, const struct settings *settings,
                    struct diag *diag)
{
    struct assembly *assembly = &serving->assembly;
    const char *url = settings_text(settings, SETTING_DATABASE_URL);
    struct keyring *keyring = NULL;
    int r;

    if (!url[0])
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "DATABASE_URL is not set: give the service's PostgreSQL, "
                    "postgresql://user@host/name");
    r = permissions_check(route_table, ROUTE_COUNT, diag);
    if (r < 0)
        return r;
    r = target_parse(text_of(url), &assembly->target, diag);
    if (r < 0)
        return r;
    r = migration_set_new(schema_files, &serving->migrations, diag);
    if (r < 0)
        return r;
    r = keyring_new(settings, &keyring, diag);
    if (r < 0)
        return r;
    assembly->driver = &postgres_driver;
    assembly->limits = limits_of(settings);
    assembly->router = router_new(route_table, ROUTE_COUNT);
    assembly->cursor_key = make_cursor_key(settings);
    assembly->workers = count_workers(settings);
    assembly->process = (struct process){
        .settings = settings,
        .migrations = serving->migrations,
        .openapi = openapi_files,
        .docs = docs_files,
        .router = assembly->router,
        .keyring = keyring,
        .authorize = authorize,
        .started_ns = clock_monotonic_ns(),
    };
    freshness_init(&assembly->process.freshness);
    key_keeper_init(&assembly->keys, keyring, settings);
    assembly->control = loop_new();
    return monitor_new(settings, assembly->control, &assembly->process.monitor,
                       diag);
}

static void take_down(struct serving *serving)
{
    monitor_free(&serving->assembly.process.monitor);
    loop_free(&serving->assembly.control);
    router_free(&serving->assembly.router);
    limits_free(&serving->assembly.limits);
    key_keeper_fini(&serving->assembly.keys);
    keyring_free(&serving->assembly.process.keyring);
    migration_set_free(&serving->migrations);
    target_free(&serving->assembly.target);
}

/* --- what workers tell --------------------------------------------------- */

/* Who started us may wait for a line on this descriptor (see admin/dev.h). */
static void tell_ready(struct serving *serving)
{
    if (serving->ready_fd < 0)
        return;
    dprintf(serving->ready_fd, "%s\n", serving->url);
    close(serving->ready_fd);
    serving->ready_fd = -1;
}

static void on_ready(void *arg)
{
    struct serving *serving = arg;

    if (++serving->ready < serving->assembly.workers)
        return;
    log_line(LOG_INFO, "ready", "%s", serving->url);
    tell_ready(serving);
}

static void on_ended(void *arg)
{
    struct serving *serving = arg;

    if (++serving->ended == serving->assembly.workers)
        loop_stop(serving->assembly.control);
}

/* --- stopping ------------------------------------------------------------ */

static void stop_workers(void *arg)
{
    struct serving *serving = arg;
    const struct settings *settings = serving->assembly.process.settings;
    int64_t ms = settings_int(settings, SETTING_DRAIN_TIMEOUT);
    struct deadline until =
        deadline_after(loop_now_ns(serving->assembly.control), (uint64_t)ms);

    for (unsigned i = 0; i < serving->assembly.workers; i++)
        worker_stop(&serving->workers[i], until);
}

static void on_signal(void *arg, int number)
{
    struct serving *serving = arg;
    const struct settings *settings = serving->assembly.process.settings;
    int64_t ms = settings_int(settings, SETTING_DRAIN_DELAY);

    if (atomic_exchange(&serving->assembly.process.draining, true))
        _exit(128 + number);
    log_line(LOG_INFO, "draining", "signal %d: finishing what is under way",
             number);
    timer_set(
        &serving->delay,
        deadline_after(loop_now_ns(serving->assembly.control), (uint64_t)ms));
}

/* --- running ------------------------------------------------------------- */

static int start_workers(struct serving *serving, const int *fds)
{
    for (unsigned i = 0; i < serving->assembly.workers; i++) {
        struct worker *worker = &serving->workers[i];

        worker->assembly = &serving->assembly;
        worker->index = i;
        worker->listen_fd = fds[i];
        worker->ready = (struct post){ .run = on_ready, .arg = serving };
        worker->ended = (struct post){ .run = on_ended, .arg = serving };
        if (worker_start(worker) < 0) {
            say("no thread could be started for loop %u", i);
            return EXIT_FAILED;
        }
    }
    return EXIT_OK;
}

static void run(struct serving *serving)
{
    struct loop *control = serving->assembly.control;
    struct monitor *monitor = serving->assembly.process.monitor;
    struct signal_watch *watches[3] = { NULL };
    static const int numbers[3] = { SIGTERM, SIGINT, SIGHUP };

    timer_init(&serving->delay, control, stop_workers, serving);
    for (int i = 0; i < 3; i++)
        CHECK(signal_watch_new(control, numbers[i], on_signal, serving,
                               &watches[i]) == 0);
    monitor_start(monitor, serving->assembly.process.url);
    loop_run(control);
    monitor_stop(monitor);
    while (loop_fiber_count(control) > 0)
        loop_turn(control, true);
    for (int i = 0; i < 3; i++)
        signal_watch_free(&watches[i]);
    for (unsigned i = 0; i < serving->assembly.workers; i++)
        worker_join(&serving->workers[i]);
}

static void make_url(struct serving *serving, const char *listen, unsigned port)
{
    const char *colon = strrchr(listen, ':');
    int host = colon ? (int)(colon - listen) : 0;

    snprintf(serving->url, sizeof(serving->url), "http://%.*s:%u",
             host > 0 ? host : 9, host > 0 ? listen : "127.0.0.1", port);
}

/* What documents call us: never what a client's Host says. */
static void make_public_url(struct serving *serving)
{
    struct process *process = &serving->assembly.process;
    struct text given =
        text_of(settings_text(process->settings, SETTING_PUBLIC_URL));

    while (given.len > 0 && given.at[given.len - 1] == '/')
        given.len--;
    snprintf(serving->public_url, sizeof(serving->public_url), "%.*s",
             TEXT_ARG(given.len > 0 ? given : text_of(serving->url)));
    process->url = serving->public_url;
}

static int take_ready_fd(void)
{
    const char *text = getenv("PORTCULLIS_READY_FD");
    int64_t fd;

    if (text && text_to_int64(text_of(text), &fd) && fd > 2 && fd <= INT_MAX)
        return (int)fd;
    return -1;
}

/* As many descriptors as we may have: each client costs one. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Developers look into their own programs. */
static bool is_hardened(const struct settings *settings)
{
    const char *environment = settings_text(settings, SETTING_ENVIRONMENT);

    return text_is(text_of(environment), "production") ||
           text_is(text_of(environment), "staging");
}

static int serve(struct serving *serving, const struct settings *settings,
                 struct diag *diag)
{
    const char *listen = settings_text(settings, SETTING_LISTEN);
    int fds[WORKERS_MAX];
    unsigned port;
    int r;

    r = config_check_to_serve(settings);
    if (r != EXIT_OK)
        return r;
    raise_descriptor_limit();
    if (is_hardened(settings))
        harden_memory();
    apply_features(settings);
    series_set(METRIC_SERIES(METRIC_BUILD_INFO, BUILD_VERSION, BUILD_REVISION,
                             __VERSION__),
               1);
    r = assemble(serving, settings, diag);
    if (r < 0)
        return EXIT_CONFIG;
    r = listen_sockets(text_of(listen), fds, serving->assembly.workers, diag,
                       &port);
    if (r < 0)
        return r == -ERR_UNAVAILABLE ? EXIT_PORT_TAKEN : EXIT_CONFIG;
    make_url(serving, listen, port);
    make_public_url(serving);
    log_line(LOG_INFO, "listening", "%s on %u loops", serving->url,
             serving->assembly.workers);
    r = start_workers(serving, fds);
    if (r != EXIT_OK)
        return r;
    run(serving);
    log_line(LOG_INFO, "stopped", "all requests were answered");
    return EXIT_OK;
}

int verb_serve(struct invocation *invocation)
{
    struct serving *serving;
    struct diag diag;
    int status = check_no_more(invocation, "serve");

    if (status != EXIT_OK)
        return status;
    diag_init(&diag, NULL);
    serving = NEW(struct serving);
    serving->ready_fd = take_ready_fd();
    status = serve(serving, invocation->settings, &diag);
    if (diag.code < 0)
        say("%s", diag.detail);
    take_down(serving);
    memory_free(&serving);
    return status;
}
