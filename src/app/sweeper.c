/* SPDX-License-Identifier: MIT */
#include "app/sweeper.h"

#include "base/id.h"
#include "store/outcome.h"
#include "telemetry/log.h"

enum { PERIOD_MS = 60000, SWEEP_MS = 2000 };

/* Half a period to one and a half, so that processes started together part. */
static struct deadline next_time(const struct sweeper *sweeper)
{
    uint32_t chance;

    random_bytes(&chance, sizeof(chance));
    return deadline_after(loop_now_ns(sweeper->loop),
                          PERIOD_MS / 2 + chance % PERIOD_MS);
}

static void tell(enum log_level level, const struct diag *why, unsigned removed)
{
    struct event event;

    event_begin(&event, level, "outcomes_swept");
    event_int(&event, "removed", removed);
    if (why)
        event_diag(&event, why);
    event_end(&event);
}

/* Batch by batch until none is left; what fails is tried next time. */
static void sweep(struct sweeper *sweeper)
{
    unsigned removed, all = 0;
    struct diag why;
    int r;

    diag_init(&why, NULL);
    do {
        struct deadline until =
            deadline_after(loop_now_ns(sweeper->loop), SWEEP_MS);

        r = outcome_sweep(&sweeper->store, until, &removed, &why);
        all += removed;
    } while (r == 0 && removed > 0);
    if (r < 0 && r != -ERR_CANCELLED)
        tell(LOG_WARN, &why, all);
    else if (all > 0)
        tell(LOG_DEBUG, NULL, all);
}

static void run(void *arg)
{
    struct sweeper *sweeper = arg;

    while (fiber_sleep(next_time(sweeper)) == 0)
        sweep(sweeper);
    sweeper->fiber = NULL;
    condition_broadcast(&sweeper->ended);
}

void sweeper_start(struct sweeper *sweeper, struct loop *loop,
                   struct store *store)
{
    static const struct actor actor = { .rights = TEXT("service:sweep") };

    *sweeper =
        (struct sweeper){ .loop = loop, .store = store_as(store, &actor) };
    condition_init(&sweeper->ended);
    if (fiber_start(loop, "sweeper", run, sweeper, &sweeper->fiber) < 0)
        log_line(LOG_WARN, "outcomes_not_swept", "no memory for a fiber");
}

void sweeper_stop(struct sweeper *sweeper)
{
    fiber_end(&sweeper->fiber, &sweeper->ended);
}
