/* SPDX-License-Identifier: MIT */
#include "app/worker.h"

#include "app/authorize.h"
#include "app/identity.h"
#include "app/limit.h"
#include "app/refusal.h"
#include "auth/token_memory.h"
#include "base/check.h"
#include "database/driver.h"
#include "resilience/constants.h"
#include "routes/checks.h"
#include "telemetry/log.h"

enum { READY_TRY_MS = 200, READY_CHECK_MS = 2000, POOL_STOP_MS = 1000 };

/* --- settings to options ------------------------------------------------- */

static int64_t get(const struct worker *worker, enum setting id)
{
    return settings_int(worker->assembly->process.settings, id);
}

/* This worker's part of what the whole service may have; at least one. */
static unsigned share(const struct worker *worker, enum setting id)
{
    unsigned all = (unsigned)get(worker, id);
    unsigned part =
        (all + worker->assembly->workers - 1) / worker->assembly->workers;

    return part > 0 ? part : 1;
}

static struct pool_options pool_options_of(const struct worker *worker)
{
    struct pool_options options = pool_options_default();

    options.application_name = "portcullis";
    options.lanes = (unsigned)get(worker, SETTING_POOL_LANES);
    options.min = share(worker, SETTING_POOL_MIN);
    options.max = share(worker, SETTING_POOL_MAX);
    options.waiters_max = (unsigned)get(worker, SETTING_MAX_IN_FLIGHT);
    options.wait_max_ms = (unsigned)get(worker, SETTING_POOL_WAIT_TIMEOUT);
    options.connect_timeout_ms = (unsigned)get(worker, SETTING_CONNECT_TIMEOUT);
    options.statement_timeout_ms =
        (unsigned)get(worker, SETTING_STATEMENT_TIMEOUT);
    options.idle_timeout_ms = (unsigned)get(worker, SETTING_POOL_IDLE_TIMEOUT);
    options.lifetime_ms = (unsigned)get(worker, SETTING_POOL_MAX_LIFETIME);
    return options;
}

static struct gate_limits gate_limits_of(const struct worker *worker)
{
    struct gate_limits limits = gate_limits_default;

    limits.head_bytes = (uint32_t)get(worker, SETTING_HEAD_LIMIT);
    limits.target_bytes = (uint32_t)get(worker, SETTING_URI_LIMIT);
    limits.fields = (uint32_t)get(worker, SETTING_FIELDS_LIMIT);
    limits.body_bytes = (uint64_t)get(worker, SETTING_BODY_LIMIT);
    limits.head_ns = (uint64_t)get(worker, SETTING_HEAD_TIMEOUT) * NS_PER_MS;
    limits.body_ns = (uint64_t)get(worker, SETTING_BODY_TIMEOUT) * NS_PER_MS;
    return limits;
}

static struct server_options server_options_of(struct worker *worker)
{
    return (struct server_options){
        .router = worker->assembly->router,
        .authorize = authorize,
        .refused = note_refusal,
        .caller_name = limit_caller_name,
        .limits = worker->assembly->limits,
        .trusted_proxies = text_of(settings_text(
            worker->assembly->process.settings, SETTING_TRUSTED_PROXIES)),
        .dismiss = identity_dismiss,
        .service = &worker->service,
        .gate = gate_limits_of(worker),
        .connections_max = share(worker, SETTING_MAX_CONNECTIONS),
        .in_flight_max = (unsigned)get(worker, SETTING_MAX_IN_FLIGHT),
        .own_least = share(worker, SETTING_POOL_MAX),
        .shared_least =
            (unsigned)get(worker, SETTING_POOL_LANES) * LIMIT_LANE_READS,
        .deadline_max_ms = (unsigned)get(worker, SETTING_REQUEST_TIMEOUT_MAX),
        .idle_timeout_s = (unsigned)(get(worker, SETTING_IDLE_TIMEOUT) / 1000),
        .send_timeout_s = (unsigned)(get(worker, SETTING_SEND_TIMEOUT) / 1000),
        .cors_origins = text_of(settings_text(
            worker->assembly->process.settings, SETTING_CORS_ORIGINS)),
        .log_requests = get(worker, SETTING_LOG_REQUESTS) != 0,
    };
}

/* --- going up ------------------------------------------------------------ */

/* Not ready is no failure: the database may come up after us. */
static void wait_until_ready(void *arg)
{
    struct worker *worker = arg;
    int told = 0, r = -ERR_UNAVAILABLE;

    while (r < 0 && !atomic_load(&worker->assembly->process.draining)) {
        uint64_t now = loop_now_ns(worker->loop);
        struct diag why;

        diag_init(&why, NULL);
        r = checks_run(&worker->service, deadline_after(now, READY_CHECK_MS),
                       &why);
        if (r < 0 && r != told)
            log_line(LOG_WARN, "not_ready", "%s", why.detail);
        told = r;
        if (r < 0 && fiber_sleep(deadline_after(loop_now_ns(worker->loop),
                                                READY_TRY_MS)) < 0)
            return;
    }
    if (r == 0 && watches_wait(&worker->watches) == 0)
        loop_post(worker->assembly->control, &worker->ready);
}

/* What one worker of the process does for all of them. */
static void start_chores(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct pool_options options =
        rights_beat_pool_options(pool_options_of(worker));

    sweeper_start(&worker->sweeper, worker->loop, worker->service.store);
    sealer_start(&worker->sealer, worker->loop, worker->service.store);
    key_keeper_start(&assembly->keys, worker->loop);
    worker->beat_pool =
        pool_start(worker->loop, assembly->driver, assembly->target, &options);
    rights_beat_start(&worker->beat, worker->beat_pool,
                      &assembly->process.freshness);
}

static void go_up(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct pool_options pool = pool_options_of(worker);
    struct server_options server = server_options_of(worker);

    worker->service.process = &assembly->process;
    worker->service.loop = worker->loop;
    worker->slow_log =
        slow_log_new(worker->loop, assembly->driver, assembly->target,
                     (unsigned)get(worker, SETTING_SLOW_QUERY_THRESHOLD));
    pool.slow_log = worker->slow_log;
    worker->service.pool =
        pool_start(worker->loop, assembly->driver, assembly->target, &pool);
    worker->service.store =
        store_new(worker->service.pool, &assembly->cursor_key);
    store_settle_rights(worker->service.store, &assembly->process.freshness);
    worker->service.rights =
        rights_memory_new(worker->service.store, &assembly->process.freshness,
                          RIGHTS_MEMORY_BYTES);
    worker->service.audit = audit_new(share(worker, SETTING_AUDIT_REFUSALS));
    recorder_start(&worker->recorder, worker->loop, worker->service.audit,
                   worker->service.store);
    worker->service.tokens = token_memory_new(TOKEN_MEMORY_ENTRIES);
    worker->service.keys =
        key_memory_new(worker->service.store, &assembly->process.freshness,
                       KEY_MEMORY_ENTRIES);
    key_uses_start(&worker->key_uses, worker->loop, worker->service.keys,
                   worker->service.store);
    key_waiter_start(&worker->key_waiter, &assembly->keys, worker->loop);
    worker->service.key_waiter = &worker->key_waiter;
    CHECK(server_start(worker->loop, worker->listen_fd, &server,
                       &worker->server) == 0);
    watches_start(&worker->watches, &worker->service, worker->index);
    CHECK(fiber_start(worker->loop, "ready", wait_until_ready, worker, NULL) ==
          0);
    if (worker->index == 0)
        start_chores(worker);
}

/* --- going down ---------------------------------------------------------- */

static void wait_for_clients(struct worker *worker)
{
    server_drain(worker->server);
    while (server_connections(worker->server) > 0 &&
           loop_now_ns(worker->loop) < worker->stop_until.at_ns)
        if (fiber_sleep(deadline_after(loop_now_ns(worker->loop), 10)) < 0)
            return;
}

static void go_down(void *arg)
{
    struct worker *worker = arg;

    wait_for_clients(worker);
    server_stop(&worker->server);
    watches_stop(&worker->watches);
    sweeper_stop(&worker->sweeper);
    recorder_stop(&worker->recorder);
    key_uses_stop(&worker->key_uses);
    key_waiter_stop(&worker->key_waiter);
    if (worker->index == 0)
        key_keeper_stop(&worker->assembly->keys);
    sealer_stop(&worker->sealer);
    audit_free(&worker->service.audit);
    rights_beat_stop(&worker->beat);
    key_memory_free(&worker->service.keys);
    rights_memory_free(&worker->service.rights);
    token_memory_free(&worker->service.tokens);
    store_free(&worker->service.store);
    pool_stop(&worker->beat_pool,
              deadline_after(loop_now_ns(worker->loop), POOL_STOP_MS));
    pool_stop(&worker->service.pool,
              deadline_after(loop_now_ns(worker->loop), POOL_STOP_MS));
    slow_log_free(&worker->slow_log);
    loop_stop(worker->loop);
}

static void on_stop(void *arg)
{
    struct worker *worker = arg;

    CHECK(fiber_start(worker->loop, "stop", go_down, worker, NULL) == 0);
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
    worker->stop = (struct post){ .run = on_stop, .arg = worker };
    if (pthread_create(&worker->thread, NULL, work, worker) == 0)
        return 0;
    loop_free(&worker->loop);
    return -ERR_OVERLOADED;
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
