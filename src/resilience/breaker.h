/* SPDX-License-Identifier: MIT */
/*
 * A circuit breaker: keeps calls away from a dependency that fails, so that
 * callers learn of it at once and it is left alone to recover. (M. Nygard,
 * "Release It!", 2007)
 *
 *                 too many failures
 *      CLOSED ───────────────────────► OPEN ◄───────────┐
 *         ▲                             │ its time is   │ a probe
 *         │ enough good probes          ▼ over: probe   │ failed
 *         └───────────────────────── HALF_OPEN ─────────┘
 *
 * Calls are admitted while it is closed and not otherwise; whether the
 * dependency is back is found out by probes in the background, one at a time.
 * Pure: time comes in, chance too, once, as a seed.
 */
#pragma once

#include "base/attr.h"
#include "resilience/backoff.h"
#include "resilience/constants.h"

#include <stdbool.h>

/* Also the values of portcullis_breaker_state. */
enum breaker_state { BREAKER_CLOSED, BREAKER_HALF_OPEN, BREAKER_OPEN };

struct breaker_rules {
    unsigned calls_min;       /* in the window, before a share counts */
    unsigned failure_percent; /* of the calls */
    unsigned in_row;          /* failures in a row; 0: they do not matter */
    unsigned slow_ms;         /* what took as long is slow; 0: nothing is */
    unsigned slow_percent;    /* of the calls */
    unsigned probes;          /* good ones in a row, to close */
    struct backoff open;      /* how long it is open: equal jitter */
};

/* For queries, and for connections; see constants.def. */
extern const struct breaker_rules breaker_rules_query, breaker_rules_connect;

struct breaker_second {
    uint64_t second; /* which one it is about */
    uint32_t calls, failures, slow;
};

struct breaker {
    const struct breaker_rules *rules;
    enum breaker_state state;
    struct breaker_second window[BREAKER_WINDOW_S];
    unsigned in_row;
    bool probing;        /* one is under way */
    unsigned good;       /* probes in a row */
    unsigned trips;      /* openings that followed each other closely */
    uint64_t probe_ns;   /* when the next may go */
    uint64_t changed_ns; /* into this state */
    uint64_t chance;
};

/* Closed. The rules must outlive it; any seed but 0 is as good as another. */
void breaker_init(struct breaker *breaker, const struct breaker_rules *rules,
                  uint64_t seed);

static inline bool breaker_admits(const struct breaker *breaker)
{
    return breaker->state == BREAKER_CLOSED;
}

/*
 * A call has ended. What a client did wrong is no failure. Answers from before
 * it opened are too late to count. True when this opened it.
 */
bool breaker_note(struct breaker *breaker, bool failed, uint64_t took_ns,
                  uint64_t now_ns);

/*
 * Is a probe to be sent now? A caller who is told so reports by
 * breaker_probed(), in any case.
 */
bool breaker_wants_probe(struct breaker *breaker, uint64_t now_ns) MUST_CHECK;

/* True when this closed it. */
bool breaker_probed(struct breaker *breaker, bool good, uint64_t now_ns);

/* Something speaks for its being back: the next probe may go at once. */
void breaker_hint(struct breaker *breaker, uint64_t now_ns);

/* When the next probe may go; UINT64_MAX while none may. */
uint64_t breaker_probe_at(const struct breaker *breaker);

/* For Retry-After: until the next probe, at least 1. */
unsigned breaker_retry_after_s(const struct breaker *breaker, uint64_t now_ns);

/* "closed", "half_open", "open" */
const char *breaker_state_name(enum breaker_state state);
