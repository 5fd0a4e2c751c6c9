/* SPDX-License-Identifier: MIT */
#include "app/key_uses.h"

#include "telemetry/log.h"

enum { PERIOD_MS = 5000, WRITE_MS = 2000, LAST_MS = 500 };

static struct deadline in_ms(const struct key_uses *uses, uint64_t ms)
{
    return deadline_after(loop_now_ns(uses->loop), ms);
}

static YIELDS void write_uses(struct key_uses *uses, uint64_t ms)
{
    struct event event;
    struct diag why;
    int r;

    diag_init(&why, NULL);
    r = key_memory_write_uses(uses->keys, &uses->store, in_ms(uses, ms), &why);
    if (r == 0 || r == -ERR_CANCELLED)
        return;
    event_begin(&event, LOG_WARN, "key_uses_not_written");
    event_diag(&event, &why);
    event_end(&event);
}

static void run(void *arg)
{
    struct key_uses *uses = arg;

    while (fiber_sleep(in_ms(uses, PERIOD_MS)) == 0)
        write_uses(uses, WRITE_MS);
    fiber_shield();
    write_uses(uses, LAST_MS);
    fiber_unshield();
    uses->fiber = NULL;
    condition_broadcast(&uses->ended);
}

void key_uses_start(struct key_uses *uses, struct loop *loop,
                    struct key_memory *keys, struct store *store)
{
    static const struct actor actor = { .rights = TEXT("service:keys") };

    *uses = (struct key_uses){ .loop = loop,
                               .keys = keys,
                               .store = store_as(store, &actor) };
    condition_init(&uses->ended);
    if (fiber_start(loop, "key uses", run, uses, &uses->fiber) < 0)
        log_line(LOG_WARN, "key_uses_not_written", "no memory for a fiber");
}

void key_uses_stop(struct key_uses *uses)
{
    fiber_end(&uses->fiber, &uses->ended);
}
