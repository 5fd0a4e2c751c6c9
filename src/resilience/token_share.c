/* SPDX-License-Identifier: MIT */
#include "resilience/token_share.h"

#include "base/clock.h"

enum { DUE_SHARE = 8 };

struct token_verdict token_share_take(struct token_share *share,
                                      struct token_rate rate, uint32_t cost,
                                      uint64_t now_ns)
{
    struct token_verdict verdict =
        token_bucket_take(&share->bucket, rate, cost, now_ns);

    if (!verdict.admitted)
        return verdict;
    if (share->owed_ns == 0)
        share->since_ns = now_ns;
    share->owed_ns += (cost < rate.burst ? cost : rate.burst) * rate.refill_ns;
    return verdict;
}

bool token_share_is_due(const struct token_share *share, struct token_rate rate)
{
    uint64_t whole_ns = rate.burst * rate.refill_ns;

    return share->owed_ns > 0 &&
           (!share->told || share->owed_ns >= whole_ns / DUE_SHARE);
}

struct token_claim token_share_tell(struct token_share *share,
                                    struct token_rate rate, uint64_t now_ns)
{
    uint64_t since_ns = share->since_ns < now_ns ? share->since_ns : now_ns;
    struct token_claim claim = {
        .owed_us = (share->owed_ns + NS_PER_US - 1) / NS_PER_US,
        .age_us = (now_ns - since_ns) / NS_PER_US,
        .whole_us = (rate.burst * rate.refill_ns + NS_PER_US - 1) / NS_PER_US,
    };

    share->owed_ns = 0;
    share->told = true;
    return claim;
}

void token_share_hear(struct token_share *share, uint64_t lacking_us,
                      uint64_t told_at_ns)
{
    uint64_t full_at_ns = told_at_ns + lacking_us * NS_PER_US + share->owed_ns;

    if (lacking_us > 0 && full_at_ns > share->bucket.full_at_ns)
        share->bucket.full_at_ns = full_at_ns;
}
