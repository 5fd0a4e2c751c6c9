/* SPDX-License-Identifier: MIT */
#include "command/nearest.h"

#include <limits.h>

void nearest_init(struct nearest *nearest, struct text given)
{
    *nearest = (struct nearest){ .given = given, .distance = UINT_MAX };
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned nearest_distance(struct text a, struct text b)
{
    unsigned rows[3][NEAREST_BYTES + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;

    if (a.len > NEAREST_BYTES || b.len > NEAREST_BYTES)
        return UINT_MAX;
    for (unsigned j = 0; j <= b.len; j++)
        before[j] = above[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned other = a.at[i - 1] != b.at[j - 1];

            row[j] =
                least(least(above[j], row[j - 1]) + 1, above[j - 1] + other);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
                a.at[i - 2] == b.at[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b.len];
}

/* A third of it may be wrong; and who stopped typing meant the rest too. */
void nearest_try(struct nearest *nearest, const char *word)
{
    size_t len = nearest->given.len;
    unsigned distance = nearest_distance(nearest->given, text_of(word));

    if (len >= 3 && strncmp(word, nearest->given.at, len) == 0)
        distance = 1;
    if (distance < nearest->distance && distance <= len / 3 + 1 &&
        distance < len) {
        nearest->distance = distance;
        nearest->found = word;
    }
}
