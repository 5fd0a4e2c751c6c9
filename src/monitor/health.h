/* SPDX-License-Identifier: MIT */
/*
 * How a component is, and how it was: its last finding and the last changes.
 * Pure. Told as draft-inadarei-api-health-check-06 does.
 */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

/* From the best to the worst. */
enum health { HEALTH_PASS, HEALTH_WARN, HEALTH_FAIL };

enum { HEALTH_OUTPUT_BYTES = 160, HEALTH_HISTORY_MAX = 8 };

/* What a check has found out. */
struct finding {
    enum health health;
    double observed;
    const char *unit;                 /* of what was observed, static */
    char output[HEALTH_OUTPUT_BYTES]; /* why; "" when there is nothing to say */
};

struct health_change {
    enum health health;
    uint64_t wall_ns;
    char output[HEALTH_OUTPUT_BYTES];
};

/* Zeroed nothing is known yet. */
struct health_record {
    struct finding last;
    uint64_t looked_ns;                               /* monotonic; 0: never */
    struct health_change history[HEALTH_HISTORY_MAX]; /* a ring */
    unsigned changes;                                 /* since the start */
};

/* "pass", "warn", "fail" */
const char *health_name(enum health health);

static inline enum health health_worse(enum health a, enum health b)
{
    return a > b ? a : b;
}

/* Notes a finding; true when it is another health than before. */
bool health_note(struct health_record *record, const struct finding *finding,
                 uint64_t now_ns, uint64_t wall_ns);

/*
 * Writes the record as an object of /health: status, observedValue and -Unit,
 * age, output, history, the newest first. `id` (may be NULL) tells apart what
 * has one name. Where nothing is known yet it warns.
 */
enum health health_write(const struct health_record *record, const char *id,
                         uint64_t now_ns, struct buffer *out);
