/* SPDX-License-Identifier: MIT */
/* The parts of a worker that nobody asks for anything. */
#include "app/worker_part.h"

/* Whether the loop turns. */
static void start_pulse(struct worker *worker)
{
    pulse_start(&worker->pulse, worker->loop);
}

static void stop_pulse(struct worker *worker)
{
    pulse_stop(&worker->pulse);
}

const struct part part_pulse = {
    .name = "pulse",
    .start = start_pulse,
    .stop = stop_pulse,
};

/* What the monitor looks at. */
static void start_watches(struct worker *worker)
{
    watches_start(&worker->watches, &worker->service, worker->index);
}

static void stop_watches(struct worker *worker)
{
    watches_stop(&worker->watches);
}

const struct part part_watches = {
    .name = "watches",
    .start = start_watches,
    .stop = stop_watches,
};

static void start_sweeper(struct worker *worker)
{
    sweeper_start(&worker->sweeper, worker->loop, worker->service.store);
}

static void stop_sweeper(struct worker *worker)
{
    sweeper_stop(&worker->sweeper);
}

const struct part part_sweeper = {
    .name = "sweeper",
    .chore = true,
    .start = start_sweeper,
    .stop = stop_sweeper,
};

static void start_sealer(struct worker *worker)
{
    sealer_start(&worker->sealer, worker->loop, worker->service.store);
}

static void stop_sealer(struct worker *worker)
{
    sealer_stop(&worker->sealer);
}

const struct part part_sealer = {
    .name = "sealer",
    .chore = true,
    .start = start_sealer,
    .stop = stop_sealer,
};

/* Where there are limits and a Redis to share them by. */
static void start_limits(struct worker *worker)
{
    const struct assembly *assembly = worker->assembly;

    if (limits_are_shared(assembly->limits))
        limit_sharing_start(
            &worker->limit_sharing, worker->loop,
            &(struct limit_sharing_options){
                .limits = assembly->limits,
                .redis = assembly->redis,
                .connect_timeout_ms = (unsigned)settings_int(
                    worker->service.settings, SETTING_CONNECT_TIMEOUT),
            });
}

static void stop_limits(struct worker *worker)
{
    limit_sharing_stop(&worker->limit_sharing);
}

const struct part part_limits = {
    .name = "limits",
    .chore = true,
    .start = start_limits,
    .stop = stop_limits,
};
