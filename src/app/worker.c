/* SPDX-License-Identifier: MIT */
#include "app/worker.h"

#include "app/authorize.h"
#include "app/identity.h"
#include "app/limit.h"
#include "app/options.h"
#include "app/refusal.h"
#include "auth/token_memory.h"
#include "base/check.h"
#include "database/driver.h"
#include "routes/checks.h"
#include "routes/consistency.h"
#include "telemetry/log.h"

enum {
    READY_TRY_MS = 200,
    READY_CHECK_MS = 2000,
    POOL_STOP_MS = 1000,
    ADMIN_CONNECTIONS_MAX = 128,
};

static struct deadline in_ms(const struct worker *worker, uint64_t ms)
{
    return deadline_after(loop_now_ns(worker->loop), ms);
}

/* --- the database -------------------------------------------------------- */

static unsigned slow_ms(const struct worker *worker)
{
    return (unsigned)settings_int(worker->service.settings,
                                  SETTING_SLOW_QUERY_THRESHOLD);
}

static void start_slow_log(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;

    worker->slow_log = slow_log_new(
        worker->loop, assembly->driver, assembly->targets[0],
        !settings_bool(worker->service.settings, SETTING_PREPARED_STATEMENTS),
        slow_ms(worker));
}

static void adopt_slow_log(struct worker *worker)
{
    slow_log_set_threshold(worker->slow_log, slow_ms(worker));
}

static void stop_slow_log(struct worker *worker)
{
    slow_log_free(&worker->slow_log);
}

static struct pool_options pool_options(const struct worker *worker)
{
    struct pool_options options =
        pool_options_of(worker->service.settings, worker->assembly->workers);

    options.slow_log = worker->slow_log;
    return options;
}

static struct nodes_options nodes_options(const struct worker *worker)
{
    const struct settings *settings = worker->service.settings;

    return (struct nodes_options){
        .pool = pool_options(worker),
        .lag_max_ms = (unsigned)settings_int(settings, SETTING_REPLICA_LAG_MAX),
        .degraded = settings_bool(settings, SETTING_DEGRADED_READS),
    };
}

static void start_nodes(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct nodes_options options = nodes_options(worker);

    worker->service.nodes =
        nodes_start(worker->loop, assembly->driver, assembly->targets,
                    assembly->target_count, &options);
}

static void adopt_nodes(struct worker *worker)
{
    struct nodes_options options = nodes_options(worker);

    nodes_adjust(worker->service.nodes, &options);
}

static void stop_nodes(struct worker *worker)
{
    nodes_stop(&worker->service.nodes, in_ms(worker, POOL_STOP_MS));
}

/* --- caches -------------------------------------------------------------- */

static void start_caches(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    const struct settings *settings = worker->service.settings;
    struct pool_options pool =
        cache_switch_pool_options(pool_options_of(settings, assembly->workers));

    for (unsigned i = 0; i < assembly->target_count; i++)
        worker->caches.pools[i] = pool_start(worker->loop, assembly->driver,
                                             assembly->targets[i], &pool);
    caches_start(&worker->caches,
                 &(struct caches_options){
                     .nodes = worker->service.nodes,
                     .freshness = &assembly->process.freshness,
                     .redis = assembly->redis,
                     .connect_timeout_ms = (unsigned)settings_int(
                         settings, SETTING_CONNECT_TIMEOUT),
                     .near_bytes = (size_t)settings_int(
                                       settings, SETTING_NEAR_CACHE_LIMIT) /
                                   assembly->workers,
                     .keeps = worker->index == 0,
                 });
    worker->service.cache = worker->caches.cache;
}

static void adopt_caches(struct worker *worker)
{
    const struct assembly *assembly = worker->assembly;
    struct pool_options pool = cache_switch_pool_options(
        pool_options_of(worker->service.settings, assembly->workers));

    for (unsigned i = 0; i < assembly->target_count; i++)
        pool_adjust(worker->caches.pools[i], &pool);
}

static void stop_caches(struct worker *worker)
{
    caches_stop(&worker->caches);
    for (unsigned i = 0; i < NODES_MAX; i++)
        pool_stop(&worker->caches.pools[i], in_ms(worker, POOL_STOP_MS));
}

/* --- the store ----------------------------------------------------------- */

static void start_store(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;

    worker->service.store =
        store_new_over(worker->service.nodes, &assembly->cursor_key);
    store_settle_rights(worker->service.store, &assembly->process.freshness);
    store_use_caches(worker->service.store, worker->caches.cache_switch,
                     worker->caches.cache);
    if (worker->caches.cache)
        cache_sampler_start(&worker->sampler, worker->loop,
                            worker->service.store, worker->caches.cache);
}

static void stop_store(struct worker *worker)
{
    cache_sampler_stop(&worker->sampler);
    store_free(&worker->service.store);
}

/* --- who asks ------------------------------------------------------------ */

static void start_rights(struct worker *worker)
{
    worker->service.rights = rights_memory_new(
        worker->service.store, &worker->assembly->process.freshness,
        RIGHTS_MEMORY_BYTES);
}

static void stop_rights(struct worker *worker)
{
    rights_memory_free(&worker->service.rights);
}

static void start_tokens(struct worker *worker)
{
    worker->service.tokens = token_memory_new(TOKEN_MEMORY_ENTRIES);
}

static void stop_tokens(struct worker *worker)
{
    token_memory_free(&worker->service.tokens);
}

static void start_api_keys(struct worker *worker)
{
    worker->service.keys = key_memory_new(worker->service.store,
                                          &worker->assembly->process.freshness,
                                          KEY_MEMORY_ENTRIES);
    key_uses_start(&worker->key_uses, worker->loop, worker->service.keys,
                   worker->service.store);
}

static void stop_api_keys(struct worker *worker)
{
    key_uses_stop(&worker->key_uses);
    key_memory_free(&worker->service.keys);
}

static void start_waiter(struct worker *worker)
{
    key_waiter_start(&worker->key_waiter, &worker->assembly->keys,
                     worker->loop);
    worker->service.key_waiter = &worker->key_waiter;
}

static void stop_waiter(struct worker *worker)
{
    key_waiter_stop(&worker->key_waiter);
}

static void start_refusals(struct worker *worker)
{
    worker->service.audit =
        audit_new(share_of(worker->service.settings, SETTING_AUDIT_REFUSALS,
                           worker->assembly->workers));
    recorder_start(&worker->recorder, worker->loop, worker->service.audit,
                   worker->service.store);
}

static void stop_refusals(struct worker *worker)
{
    recorder_stop(&worker->recorder);
    audit_free(&worker->service.audit);
}

/* --- chores -------------------------------------------------------------- */

static void start_sweeper(struct worker *worker)
{
    sweeper_start(&worker->sweeper, worker->loop, worker->service.store);
}

static void stop_sweeper(struct worker *worker)
{
    sweeper_stop(&worker->sweeper);
}

static void start_sealer(struct worker *worker)
{
    sealer_start(&worker->sealer, worker->loop, worker->service.store);
}

static void stop_sealer(struct worker *worker)
{
    sealer_stop(&worker->sealer);
}

static void start_keeper(struct worker *worker)
{
    key_keeper_start(&worker->assembly->keys, worker->loop);
}

static void adopt_keeper(struct worker *worker)
{
    key_keeper_adopt(&worker->assembly->keys, worker->service.settings);
}

static void stop_keeper(struct worker *worker)
{
    key_keeper_stop(&worker->assembly->keys);
}

/* Its statements are none of anybody's requests. */
static struct pool_options beat_options(const struct worker *worker)
{
    struct pool_options options = pool_options(worker);

    options.slow_log = NULL;
    return rights_beat_pool_options(options);
}

static void start_beat(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct pool_options options = beat_options(worker);

    for (unsigned i = 0; i < assembly->target_count; i++) {
        worker->beat_pools[i] = pool_start(worker->loop, assembly->driver,
                                           assembly->targets[i], &options);
        options.min = 0; /* the others, should one become the primary */
    }
    rights_beat_start(&worker->beat, worker->beat_pools[0],
                      &assembly->process.freshness);
    rights_beat_follow(&worker->beat, worker->service.nodes,
                       worker->beat_pools);
}

static void adopt_beat(struct worker *worker)
{
    struct pool_options options = beat_options(worker);

    for (unsigned i = 0; i < worker->assembly->target_count; i++) {
        pool_adjust(worker->beat_pools[i], &options);
        options.min = 0;
    }
}

static void stop_beat(struct worker *worker)
{
    rights_beat_stop(&worker->beat);
    for (unsigned i = 0; i < NODES_MAX; i++)
        pool_stop(&worker->beat_pools[i], in_ms(worker, POOL_STOP_MS));
}

/* --- whether it turns ---------------------------------------------------- */

static void start_pulse(struct worker *worker)
{
    pulse_start(&worker->pulse, worker->loop);
}

static void stop_pulse(struct worker *worker)
{
    pulse_stop(&worker->pulse);
}

/* --- what the monitor looks at ------------------------------------------- */

static void start_watches(struct worker *worker)
{
    watches_start(&worker->watches, &worker->service, worker->index);
}

static void stop_watches(struct worker *worker)
{
    watches_stop(&worker->watches);
}

/* --- the server ---------------------------------------------------------- */

static struct server_options server_options(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct server_options options =
        server_options_of(worker->service.settings, assembly->workers);

    options.router = assembly->router;
    options.authorize = authorize;
    options.refused = note_refusal;
    options.answered = consistency_tell;
    options.caller_name = limit_caller_name;
    options.limits = assembly->limits;
    options.tls = assembly->tls;
    options.strict_transport =
        assembly->tls && is_hardened(worker->service.settings);
    options.dismiss = identity_dismiss;
    options.service = &worker->service;
    return options;
}

static void start_server(struct worker *worker)
{
    struct server_options options = server_options(worker);

    CHECK(server_start(worker->loop, worker->listen_fd, &options,
                       &worker->server) == 0);
}

static void adopt_server(struct worker *worker)
{
    struct server_options options = server_options(worker);

    server_adjust(worker->server, &options);
}

/* Waits for its clients to leave, as long as a drain may take. */
YIELDS static void see_out(struct worker *worker, struct server **server)
{
    server_drain(*server);
    while (server_connections(*server) > 0 &&
           loop_now_ns(worker->loop) < worker->stop_until.at_ns)
        if (fiber_sleep(in_ms(worker, 10)) < 0)
            break;
    server_stop(server);
}

static void stop_server(struct worker *worker)
{
    see_out(worker, &worker->server);
}

/* --- what admin_listen answers ------------------------------------------- */

static struct server_options admin_options(struct worker *worker)
{
    struct server_options options = server_options(worker);

    options.router = worker->assembly->admin_router;
    options.connections_max = ADMIN_CONNECTIONS_MAX;
    options.is_second = true;
    return options;
}

static void start_admin(struct worker *worker)
{
    struct server_options options = admin_options(worker);

    if (worker->admin_fd >= 0)
        CHECK(server_start(worker->loop, worker->admin_fd, &options,
                           &worker->admin_server) == 0);
}

static void adopt_admin(struct worker *worker)
{
    struct server_options options = admin_options(worker);

    if (worker->admin_server)
        server_adjust(worker->admin_server, &options);
}

static void stop_admin(struct worker *worker)
{
    if (worker->admin_server)
        see_out(worker, &worker->admin_server);
}

/* Not ready is no failure: the database may come up after us. */
static void wait_until_ready(void *arg)
{
    struct worker *worker = arg;
    int told = 0, r = -ERR_UNAVAILABLE;

    while (r < 0 && !atomic_load(&worker->assembly->process.draining)) {
        struct diag why;

        diag_init(&why, NULL);
        r = checks_run(&worker->service, in_ms(worker, READY_CHECK_MS), &why);
        if (r < 0 && r != told)
            log_line(LOG_WARN, "not_ready", "%s", why.detail);
        told = r;
        if (r < 0 && fiber_sleep(in_ms(worker, READY_TRY_MS)) < 0)
            return;
    }
    if (r == 0 && watches_wait(&worker->watches) == 0)
        loop_post(worker->assembly->control, &worker->ready);
}

static void start_looking(struct worker *worker)
{
    CHECK(fiber_start(worker->loop, "ready", wait_until_ready, worker, NULL) ==
          0);
}

/* --- the table ----------------------------------------------------------- */

/* Where nothing is to be done there is no function. */
struct part {
    const char *name;
    bool chore; /* one worker does it for the process */
    void (*start)(struct worker *worker);
    void (*adopt)(struct worker *worker); /* service.settings are new */
    YIELDS void (*stop)(struct worker *worker);
};

/* clang-format off */
static const struct part parts[] = {
    { "pulse",      false, start_pulse,     NULL,            stop_pulse },
    { "slow_log",   false, start_slow_log,  adopt_slow_log,  stop_slow_log },
    { "nodes",      false, start_nodes,     adopt_nodes,     stop_nodes },
    { "caches",     false, start_caches,    adopt_caches,    stop_caches },
    { "store",      false, start_store,     NULL,            stop_store },
    { "rights",     false, start_rights,    NULL,            stop_rights },
    { "tokens",     false, start_tokens,    NULL,            stop_tokens },
    { "api_keys",   false, start_api_keys,  NULL,            stop_api_keys },
    { "waiter",     false, start_waiter,    NULL,            stop_waiter },
    { "refusals",   false, start_refusals,  NULL,            stop_refusals },
    { "sweeper",    true,  start_sweeper,   NULL,            stop_sweeper },
    { "sealer",     true,  start_sealer,    NULL,            stop_sealer },
    { "keeper",     true,  start_keeper,    adopt_keeper,    stop_keeper },
    { "beat",       true,  start_beat,      adopt_beat,      stop_beat },
    { "watches",    false, start_watches,   NULL,            stop_watches },
    { "admin",      false, start_admin,     adopt_admin,     stop_admin },
    { "server",     false, start_server,    adopt_server,    stop_server },
    { "readiness",  false, start_looking,   NULL,            NULL },
};
/* clang-format on */

static bool has_part(const struct worker *worker, const struct part *part)
{
    return !part->chore || worker->index == 0;
}

static void go_up(struct worker *worker)
{
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (has_part(worker, &parts[i]))
            parts[i].start(worker);
}

static void go_down(void *arg)
{
    struct worker *worker = arg;

    for (size_t i = ARRAY_LEN(parts); i-- > 0;)
        if (has_part(worker, &parts[i]) && parts[i].stop)
            parts[i].stop(worker);
    loop_stop(worker->loop);
}

static void on_stop(void *arg)
{
    struct worker *worker = arg;

    CHECK(fiber_start(worker->loop, "stop", go_down, worker, NULL) == 0);
}

static void on_adopt(void *arg)
{
    struct worker *worker = arg;

    worker->service.settings = worker->next;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (has_part(worker, &parts[i]) && parts[i].adopt)
            parts[i].adopt(worker);
    loop_post(worker->assembly->control, &worker->adopted);
}

/* --- the thread ---------------------------------------------------------- */

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct assembly *assembly = worker->assembly;

    log_batch(true);
    go_up(worker);
    loop_run(worker->loop);
    while (loop_fiber_count(worker->loop) > 0)
        loop_turn(worker->loop, true);
    loop_free(&worker->loop);
    log_batch(false);
    loop_post(assembly->control, &worker->ended);
    return NULL;
}

int worker_start(struct worker *worker)
{
    worker->loop = loop_new();
    worker->service.process = &worker->assembly->process;
    worker->service.settings = worker->assembly->settings;
    worker->service.loop = worker->loop;
    worker->stop = (struct post){ .run = on_stop, .arg = worker };
    worker->adopt = (struct post){ .run = on_adopt, .arg = worker };
    if (pthread_create(&worker->thread, NULL, work, worker) == 0)
        return 0;
    loop_free(&worker->loop);
    return -ERR_OVERLOADED;
}

void worker_adopt(struct worker *worker, const struct settings *settings)
{
    worker->next = settings;
    loop_post(worker->loop, &worker->adopt);
}

void worker_stop(struct worker *worker, struct deadline until)
{
    worker->stop_until = until;
    loop_post(worker->loop, &worker->stop);
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
}
