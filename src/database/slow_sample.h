/* SPDX-License-Identifier: MIT */
/*
 * Which slow statements are told, and which explained: of each name so many in
 * a time, so that a database that is slow altogether floods nobody. Pure.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SLOW_LOG_EVERY_MS = 1000,
    SLOW_PLAN_EVERY_MS = 60 * 1000,
    SLOW_NAMES_MAX = 128, /* of names; who comes later is only counted */
};

struct slow_name {
    const char *name;
    uint64_t log_ns, plan_ns; /* not before */
    unsigned left_out;
};

/* Zeroed nothing was slow yet. */
struct slow_samples {
    struct slow_name names[SLOW_NAMES_MAX];
    unsigned count;
};

struct slow_verdict {
    bool log, explain;
    unsigned left_out; /* of its name, since the last that was told */
};

/* One more of this name (static); can it be explained at all? */
struct slow_verdict slow_sample(struct slow_samples *samples, const char *name,
                                bool explicable, uint64_t now_ns);
