/* SPDX-License-Identifier: MIT */
/*
 * A token bucket in one number: the generic cell rate algorithm (ITU-T I.371,
 * 1993). Instead of filling a bucket as time passes it notes when the bucket
 * will be full again; what has to wait longer than a whole bucket takes to fill
 * is refused. Pure.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct token_rate {
    uint32_t burst;     /* tokens a full bucket holds; at least 1 */
    uint64_t refill_ns; /* until one more is there; at least 1 */
};

/* `tokens` in `seconds`, and as many at once; both at least 1. */
struct token_rate token_rate_of(uint32_t tokens, uint32_t seconds);

/* All zero is a full bucket. */
struct token_bucket {
    uint64_t full_at_ns;
};

struct token_verdict {
    bool admitted;
    uint32_t remaining;     /* tokens left */
    uint32_t reset_s;       /* until it is full, rounded up */
    uint32_t retry_after_s; /* when refused: until it may succeed, at least 1 */
};

/*
 * Takes so many tokens, or none at all when there are fewer. A cost above the
 * burst counts as the burst. `now_ns` must not go back.
 */
struct token_verdict token_bucket_take(struct token_bucket *bucket,
                                       struct token_rate rate, uint32_t cost,
                                       uint64_t now_ns);
