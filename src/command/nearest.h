/* SPDX-License-Identifier: MIT */
/* Which of the words that there are was meant? Pure. */
#pragma once

#include "base/text.h"

enum { NEAREST_BYTES = 48 };

struct nearest {
    struct text given;
    const char *found; /* the nearest so far; NULL: none is near enough */
    unsigned distance;
};

void nearest_init(struct nearest *nearest, struct text given);

/* Looks at one more word, which must live as long as the answer is used. */
void nearest_try(struct nearest *nearest, const char *word);

/* Letters to insert, drop, change or swap with their neighbour; words longer
 * than NEAREST_BYTES are far from everything. */
unsigned nearest_distance(struct text a, struct text b);
