/* SPDX-License-Identifier: MIT */
#include "admin/restart.h"

#include "base/clock.h"

static unsigned recent(const struct restart_budget *budget, uint64_t now_ns)
{
    unsigned n = 0;

    for (unsigned i = 0; i < RESTARTS_MAX && i < budget->count; i++)
        if (now_ns - budget->at_ns[i] < RESTARTS_WINDOW_MS * NS_PER_MS)
            n++;
    return n;
}

bool restart_take(struct restart_budget *budget, uint64_t now_ns,
                  uint64_t *ret_delay_ms)
{
    unsigned before = recent(budget, now_ns);

    if (before == RESTARTS_MAX)
        return false;
    budget->at_ns[budget->count++ % RESTARTS_MAX] = now_ns;
    *ret_delay_ms = (uint64_t)RESTART_DELAY_MS << before;
    return true;
}
