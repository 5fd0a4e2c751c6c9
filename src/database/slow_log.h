/* SPDX-License-Identifier: MIT */
/*
 * Statements of one loop that take long: counted by name
 * (portcullis_slow_queries_total), logged (`slow_query`, each name once a
 * second at the most, telling how many were left out), and explained
 * (`slow_query_plan`, each name once a minute). A plan is the one for any
 * values; it is asked for in the background, on a connection of its own, so
 * that nobody waits for it. No value reaches the log.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "runtime/fiber.h"

struct driver;
struct slow_log;
struct target;

/*
 * Driver and target must outlive it; pooled: see open_options in driver.h. A
 * threshold of 0: nothing is slow.
 */
struct slow_log *slow_log_new(struct loop *loop, const struct driver *driver,
                              const struct target *target, bool pooled,
                              unsigned threshold_ms) MUST_CHECK;

/* Nothing is noted any more. Waits until no plan is being asked for. */
YIELDS void slow_log_free(struct slow_log **log);

void slow_log_set_threshold(struct slow_log *log, unsigned threshold_ms);

/* A statement that was answered, or given up. */
struct slow_call {
    const char *name;       /* static */
    const char *collection; /* static, or NULL */
    const char *sql;        /* borrowed; NULL: no longer known */
    uint64_t took_ns;       /* without what it waited behind others */
    uint64_t rows;
    int result;
};

static inline bool slow_log_wants(uint64_t threshold_ns, uint64_t took_ns)
{
    return threshold_ns > 0 && took_ns >= threshold_ns;
}

uint64_t slow_log_threshold_ns(const struct slow_log *log);
void slow_log_note(struct slow_log *log, const struct slow_call *call);
