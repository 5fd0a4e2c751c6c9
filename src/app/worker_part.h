/* SPDX-License-Identifier: MIT */
/*
 * What a worker is made of. Each part stands in one of the files worker_*.c;
 * the order in which they start is the table in worker.c.
 */
#pragma once

#include "app/worker.h"

/* Where nothing is to be done there is no function. */
struct part {
    const char *name;
    bool chore; /* one worker does it for the process */
    void (*start)(struct worker *worker);
    void (*adopt)(struct worker *worker); /* service.settings are new */
    YIELDS void (*stop)(struct worker *worker);
};

/* part_data.c */
extern const struct part part_slow_log, part_nodes, part_caches, part_store,
    part_beat;

/* part_callers.c */
extern const struct part part_rights, part_tokens, part_api_keys, part_waiter,
    part_refusals, part_keeper;

/* part_chores.c */
extern const struct part part_pulse, part_watches, part_sweeper, part_sealer,
    part_limits;

/* part_server.c */
extern const struct part part_admin, part_server, part_readiness;

/* That many ms from now, by the clock of its loop. */
static inline struct deadline worker_in(const struct worker *worker,
                                        uint64_t ms)
{
    return deadline_after(loop_now_ns(worker->loop), ms);
}
