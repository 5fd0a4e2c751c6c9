/* SPDX-License-Identifier: MIT */
/* What the near cache is made of; for near.c. */
#pragma once

#include "cache/near.h"

enum {
    NEAR_MAGIC = 0x6e656172,
    NEAR_ITEM_USUAL_BYTES = 1024, /* there is a slot for so many each */
    NEAR_ITEM_MAX_PART = 16,      /* no item takes more of the budget */
    NEAR_PROTECTED_PERCENT = 80,
    NEAR_LOAD_SLOTS = 256,
    NEAR_BEATS_MAX = 2 * NEAR_LEASE_MS / NEAR_BEAT_MS,
};

enum near_segment_id { NEAR_PROBATION, NEAR_PROTECTED, NEAR_SEGMENTS };

struct near_segment {
    struct list used; /* of near_item, latest used first */
    size_t bytes;
};

struct near_item {
    struct list used;
    struct near_item *next; /* of its slot */
    uint64_t hash, era;
    size_t bytes, subject_len, scope_len;
    enum near_segment_id segment;
    struct near_value value;
    char key[]; /* the subject, then the scope */
};

/* An answer to a heartbeat whose number was not heard yet. */
struct near_beat {
    uint64_t sent_ns, number;
};

struct near {
    unsigned magic;
    bool joined;
    size_t limit, mask;
    uint64_t seed, luck;
    uint64_t era;   /* moves when nothing counts any more */
    uint64_t heard; /* all marks up to this one were heard */
    uint64_t lease_ns;
    unsigned beats_count;
    struct near_beat beats[NEAR_BEATS_MAX]; /* the oldest first */
    struct near_segment segments[NEAR_SEGMENTS];
    struct near_item **slots;           /* by the hash of the subject */
    struct list loads[NEAR_LOAD_SLOTS]; /* by the same */
    struct near_stats stats;
};
