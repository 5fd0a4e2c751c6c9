/* SPDX-License-Identifier: MIT */
/*
 * Which statements a connection has prepared, and under which names. At most
 * PREPARED_MAX, then all are forgotten: those in use come back at once, those
 * that were asked once do not. A name is never used twice: preparing again
 * takes a new generation, also where the server still has the old one.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    PREPARED_MAX = 256,
    PREPARED_SLOTS = 512,
    PREPARED_NAME_BYTES = 64, /* what the server tells apart */
};

struct prepared {
    uint64_t hash;
    unsigned generation;
    bool ready; /* its Parse was sent, and is not known to have failed */
    char name[PREPARED_NAME_BYTES];
};

struct prepared_set {
    struct prepared *entries;
    unsigned count, capacity, generation; /* the last one of any */
    uint16_t slots[PREPARED_SLOTS];       /* index + 1 of the entry; 0: free */
};

void prepared_fini(struct prepared_set *set);

/* The index of the entry for this text, made if need be; -1 when full. */
int prepared_find(struct prepared_set *set, uint64_t hash, const char *label);

/* All indexes are void. The caller tells the server. */
void prepared_forget(struct prepared_set *set);

/*
 * The statement as prepared in this generation is of no use any more; the next
 * user prepares it anew. Harmless when somebody else did so meanwhile, or all
 * were forgotten.
 */
void prepared_drop(struct prepared_set *set, int index, unsigned generation);
