/* SPDX-License-Identifier: MIT */
/* The parts of a worker that know who asks, and what they may. */
#include "app/options.h"
#include "app/worker_part.h"
#include "auth/token_memory.h"

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

const struct part part_rights = {
    .name = "rights",
    .start = start_rights,
    .stop = stop_rights,
};

static void start_tokens(struct worker *worker)
{
    worker->service.tokens = token_memory_new(TOKEN_MEMORY_ENTRIES);
}

static void stop_tokens(struct worker *worker)
{
    token_memory_free(&worker->service.tokens);
}

const struct part part_tokens = {
    .name = "tokens",
    .start = start_tokens,
    .stop = stop_tokens,
};

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

const struct part part_api_keys = {
    .name = "api_keys",
    .start = start_api_keys,
    .stop = stop_api_keys,
};

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

const struct part part_waiter = {
    .name = "waiter",
    .start = start_waiter,
    .stop = stop_waiter,
};

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

const struct part part_refusals = {
    .name = "refusals",
    .start = start_refusals,
    .stop = stop_refusals,
};

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

const struct part part_keeper = {
    .name = "keeper",
    .chore = true,
    .start = start_keeper,
    .adopt = adopt_keeper,
    .stop = stop_keeper,
};
