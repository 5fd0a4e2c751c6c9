/* SPDX-License-Identifier: MIT */
/*
 * How many connections a pool may have, between its least and its greatest,
 * found out by how long they are waited for:
 *
 *      more than POOL_LATE_PERCENT of those who asked waited longer than
 *      POOL_WAIT_TARGET_MS, with all in use          half as many again
 *      never more than n in use for POOL_CALM_S      a quarter of the rest less
 *      the database takes no more (53300)            what there is, for a while
 *
 * Begins at the greatest: who starts is not known to need less. Quick to grow
 * and slow to shrink, as a wait is dearer than a connection that idles. Pure.
 */
#pragma once

#include "base/attr.h"
#include "resilience/constants.h"

#include <stdbool.h>
#include <stdint.h>

enum sizer_reason {
    SIZER_SAME, /* nothing changed */
    SIZER_WAITED,
    SIZER_CALM,
    SIZER_REFUSED,
};

struct sizer {
    unsigned min, max, size;
    unsigned gets, late, window_most; /* of this window */
    unsigned most;                    /* in use at once, since calm_ns */
    uint64_t window_ns, calm_ns;      /* when they began */
    uint64_t held_ns;                 /* until then it does not grow */
};

/* min may be 0; max must not. */
void sizer_init(struct sizer *sizer, unsigned min, unsigned max,
                uint64_t now_ns);

/* Other limits; the size stays within them. */
void sizer_set_limits(struct sizer *sizer, unsigned min, unsigned max);

/* Somebody got one, or gave up, after so long; so many are in use now. */
void sizer_note(struct sizer *sizer, uint64_t waited_ns, unsigned in_use);

/*
 * To be asked now and then, at least once a second: so many wait for longer
 * than POOL_WAIT_TARGET_MS already; with trouble, more connections would help
 * nobody.
 */
enum sizer_reason sizer_look(struct sizer *sizer, unsigned waiting_late,
                             bool trouble, uint64_t now_ns);

/* The database refused one more than `up`. */
enum sizer_reason sizer_refused(struct sizer *sizer, unsigned up,
                                uint64_t now_ns);

/* For the log. */
const char *sizer_reason_text(enum sizer_reason reason);
