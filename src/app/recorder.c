/* SPDX-License-Identifier: MIT */
#include "app/recorder.h"

#include "telemetry/log.h"

enum {
    GATHER_MS = 100, /* so that a flood is a few statements */
    AGAIN_MS = 1000, /* after a failure */
    WRITE_MS = 2000,
    LAST_MS = 500,
};

static struct deadline in_ms(const struct recorder *recorder, uint64_t ms)
{
    return deadline_after(loop_now_ns(recorder->loop), ms);
}

static YIELDS int record(struct recorder *recorder, uint64_t ms)
{
    struct event event;
    struct diag why;
    int r;

    diag_init(&why, NULL);
    r = audit_write(recorder->audit, &recorder->store, in_ms(recorder, ms),
                    &why);
    if (r == 0 || r == -ERR_CANCELLED)
        return r;
    event_begin(&event, LOG_WARN, "refusals_not_recorded");
    event_diag(&event, &why);
    event_end(&event);
    return r;
}

static void run(void *arg)
{
    struct recorder *recorder = arg;
    uint64_t pause = GATHER_MS;

    while (audit_wait(recorder->audit, DEADLINE_NEVER) == 0 &&
           fiber_sleep(in_ms(recorder, pause)) == 0)
        pause = record(recorder, WRITE_MS) < 0 ? AGAIN_MS : GATHER_MS;
    fiber_shield();
    (void)record(recorder, LAST_MS);
    fiber_unshield();
    recorder->fiber = NULL;
    condition_broadcast(&recorder->ended);
}

void recorder_start(struct recorder *recorder, struct loop *loop,
                    struct audit *audit, struct store *store)
{
    static const struct actor actor = { .rights = TEXT("service:audit") };

    *recorder = (struct recorder){ .loop = loop,
                                   .audit = audit,
                                   .store = store_as(store, &actor) };
    condition_init(&recorder->ended);
    if (fiber_start(loop, "recorder", run, recorder, &recorder->fiber) < 0)
        log_line(LOG_WARN, "refusals_not_recorded", "no memory for a fiber");
}

void recorder_stop(struct recorder *recorder)
{
    fiber_end(&recorder->fiber, &recorder->ended);
}
