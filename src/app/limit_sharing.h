/* SPDX-License-Identifier: MIT */
/*
 * Shares the limits of http/limits.h with all processes at one Redis: what
 * callers took is told there behind their requests, for many of them at once,
 * and what all have taken is heard of it. Without Redis each process counts by
 * itself. (docs/decisions/0017-shared-limits.md)
 */
#pragma once

#include "http/limits.h"
#include "redis/redis.h"

struct limit_sharing {
    struct loop *loop;
    struct limits *limits;
    struct redis *redis;
    struct redis_script script;
    const struct redis_script *scripts[1];
    struct fiber *fiber; /* NULL: not running */
    struct condition ended, rung;
    struct post bell;
    atomic_bool is_posted; /* the bell is on its way */
    bool is_rung;          /* there is something to tell at once */
    bool failing;
    struct limits_claim *claims;
    struct text *words;
};

struct limit_sharing_options {
    struct limits *limits;
    const struct redis_address *redis; /* must outlive it, as the limits */
    unsigned connect_timeout_ms;
};

/* Begins to; never waits, never fails. */
void limit_sharing_start(struct limit_sharing *sharing, struct loop *loop,
                         const struct limit_sharing_options *options);

/* Tells what is left, if that is quick. Harmless when it was not started. */
YIELDS void limit_sharing_stop(struct limit_sharing *sharing);
