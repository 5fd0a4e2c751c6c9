/* SPDX-License-Identifier: MIT */
/*
 * A token bucket that several processes share. Each takes from one of its own
 * and tells a ledger now and then what it took (app/lua/settle.lua), which
 * answers how far the bucket of all is from full. What was taken beyond the
 * bucket, as nobody knew of the others, stands there as a debt: so a moment may
 * bring more than one bucket holds, but not an hour. A ledger that fails or
 * forgets lets each process count by itself. Pure.
 */
#pragma once

#include "resilience/token_bucket.h"

/* All zero is a full bucket that nobody was told of. */
struct token_share {
    struct token_bucket bucket; /* of all, as far as it is known here */
    uint64_t owed_ns;           /* taken and not told yet, as time of refill */
    uint64_t since_ns;          /* when the first of it was taken */
    bool told;                  /* ever: the ledger has been asked */
};

/* What the ledger is told; its clock is none of ours. */
struct token_claim {
    uint64_t owed_us, age_us; /* the first of it was taken so long ago */
    uint64_t whole_us;        /* an empty bucket takes so long to fill */
};

/* As token_bucket_take(); what was taken is owed. */
struct token_verdict token_share_take(struct token_share *share,
                                      struct token_rate rate, uint32_t cost,
                                      uint64_t now_ns);

/*
 * Is it worth telling at once? So is what is new here, which others may know,
 * and an eighth of the bucket: with each process in the dark about no more.
 */
bool token_share_is_due(const struct token_share *share,
                        struct token_rate rate);

/* What is to be told now; nothing is owed behind it. */
struct token_claim token_share_tell(struct token_share *share,
                                    struct token_rate rate, uint64_t now_ns);

/*
 * The ledger's answer to what was told at that time: how far from full it is.
 * Never makes more of it than was known here.
 */
void token_share_hear(struct token_share *share, uint64_t lacking_us,
                      uint64_t told_at_ns);
