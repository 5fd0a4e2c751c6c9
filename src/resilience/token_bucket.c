/* SPDX-License-Identifier: MIT */
#include "resilience/token_bucket.h"

#include "base/check.h"
#include "base/clock.h"

struct token_rate token_rate_of(uint32_t tokens, uint32_t seconds)
{
    uint64_t refill_ns;

    CHECK(tokens > 0 && seconds > 0);
    refill_ns = seconds * NS_PER_S / tokens;
    return (struct token_rate){ .burst = tokens,
                                .refill_ns = refill_ns ? refill_ns : 1 };
}

static uint32_t whole_seconds(uint64_t ns)
{
    return (uint32_t)((ns + NS_PER_S - 1) / NS_PER_S);
}

struct token_verdict token_bucket_take(struct token_bucket *bucket,
                                       struct token_rate rate, uint32_t cost,
                                       uint64_t now_ns)
{
    uint64_t whole_ns = rate.burst * rate.refill_ns, lacking_ns, cost_ns;
    struct token_verdict verdict = { .admitted = true };

    lacking_ns = bucket->full_at_ns > now_ns ? bucket->full_at_ns - now_ns : 0;
    cost_ns = (cost < rate.burst ? cost : rate.burst) * rate.refill_ns;
    if (lacking_ns + cost_ns > whole_ns) {
        verdict.admitted = false;
        verdict.retry_after_s = whole_seconds(lacking_ns + cost_ns - whole_ns);
    } else {
        lacking_ns += cost_ns;
        bucket->full_at_ns = now_ns + lacking_ns;
    }
    if (lacking_ns < whole_ns) /* the rate may have been lowered meanwhile */
        verdict.remaining =
            (uint32_t)((whole_ns - lacking_ns) / rate.refill_ns);
    verdict.reset_s = whole_seconds(lacking_ns);
    return verdict;
}
