/* SPDX-License-Identifier: MIT */
/* What may be tried again: the table retry.def as a question. Pure. */
#pragma once

#include "base/attr.h"
#include "resilience/backoff.h"

#include <stdbool.h>
#include <stdint.h>

/* How far the operation was; see retry.def. */
enum retry_phase {
    RETRY_READ,
    RETRY_BEGIN,
    RETRY_INSIDE,
    RETRY_COMMIT,
    RETRY_PHASES
};

enum retry_verdict {
    RETRY_NEVER,
    RETRY_AGAIN,
    RETRY_ONCE,      /* a second attempt, no third */
    RETRY_ELSEWHERE, /* once, on another node or at least another connection */
    RETRY_RESOLVE,   /* find out what became of it first */
    RETRY_VERDICTS
};

/* The table's word on an error, given as -ERR_x. */
enum retry_verdict retry_verdict(enum retry_phase phase, int code);

/*
 * May another attempt follow, when so many were made? RESOLVE is no attempt.
 */
bool retry_may_follow(enum retry_verdict verdict, unsigned attempts);

/* How long to wait before it, by 32 random bits: full jitter. */
uint32_t retry_wait_ms(unsigned attempts, uint32_t chance);

/* "again" */
const char *retry_verdict_name(enum retry_verdict verdict);
