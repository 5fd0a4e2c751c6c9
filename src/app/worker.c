/* SPDX-License-Identifier: MIT */
#include "app/worker.h"

#include "app/worker_part.h"
#include "base/check.h"
#include "telemetry/log.h"

/* Each uses only what stands above it. */
static const struct part *const parts[] = {
    &part_pulse,  &part_slow_log, &part_nodes,     &part_caches,
    &part_store,  &part_rights,   &part_tokens,    &part_api_keys,
    &part_waiter, &part_refusals, &part_sweeper,   &part_sealer,
    &part_keeper, &part_beat,     &part_limits,    &part_watches,
    &part_admin,  &part_server,   &part_readiness,
};

static bool has_part(const struct worker *worker, const struct part *part)
{
    return !part->chore || worker->index == 0;
}

static void go_up(struct worker *worker)
{
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (has_part(worker, parts[i]))
            parts[i]->start(worker);
}

static void go_down(void *arg)
{
    struct worker *worker = arg;

    for (size_t i = ARRAY_LEN(parts); i-- > 0;)
        if (has_part(worker, parts[i]) && parts[i]->stop) {
            atomic_store(&worker->stops, parts[i]->name);
            parts[i]->stop(worker);
        }
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
        if (has_part(worker, parts[i]) && parts[i]->adopt)
            parts[i]->adopt(worker);
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
