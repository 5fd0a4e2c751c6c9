/* SPDX-License-Identifier: MIT */
/*
 * What stands in Redis under the key of an object: a head of fixed width and
 * the payload.
 *
 *     V000000000000000000177d7501d3000176397360000000017639736600000000000812{…
 *     │└ version            └ CRC   └ made          └ expires       └ cost
 *     └ kind
 *
 * Digits, so that scripts can read kind and version and compare versions as
 * texts: numbers of Lua are doubles, and lose whole versions past 2^53.
 *
 * The checksum covers the key and all else, so a value that was damaged, cut,
 * or read in place of another's is none.
 */
#pragma once

#include "base/buffer.h"

enum cache_kind {
    CACHE_VALUE = 'V',
    CACHE_ABSENT = 'N', /* there is no such object, for this scope */
    CACHE_MARKER =
        'T', /* it is being written: read the primary, fill nothing */
};

enum {
    CACHE_ENTRY_KIND_AT = 0, /* for scripts; Lua counts from 1 */
    CACHE_ENTRY_VERSION_AT = 1,
    CACHE_ENTRY_VERSION_BYTES = 20,
    CACHE_ENTRY_HEAD_BYTES = 71,
    CACHE_ENTRY_PAYLOAD_MAX = 4 << 20,
};

struct cache_entry {
    enum cache_kind kind;
    int64_t version;     /* not negative; of a marker, what will be written */
    uint64_t made_ms;    /* since 1970: when it was read from the database */
    uint64_t expires_ms; /* the same clock: to be read again by then */
    uint32_t cost_us;    /* what reading it took */
    struct text payload; /* of a marker: whose it is; of an absence: empty */
};

/* Appends it. Its fields must be as cache_entry_read() would take them. */
void cache_entry_write(const struct cache_entry *entry, struct text key,
                       struct buffer *buffer);

/*
 * The entry that was written for this key, its payload borrowed from `t`; false
 * for anything else, which is to be removed and read anew.
 */
bool cache_entry_read(struct text t, struct text key,
                      struct cache_entry *ret_entry) MUST_CHECK;
