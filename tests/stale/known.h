/* SPDX-License-Identifier: MIT */
/*
 * What all sessions together know of the objects that are read and written: so
 * much that of any answer it can be said whether it is out of date.
 */
#pragma once

#include "base/id.h"

#include <stdatomic.h>

enum { HOT_MAX = 256, LIVES_MAX = 1 << 20, SESSIONS_MAX = 256 };

/* An object that is there all the time and changes. */
struct hot {
    char id[UUID_TEXT_BYTES];
    atomic_int_fast64_t newest; /* version that was acknowledged or returned */
};

/*
 * One that comes and goes. Its owner, one session, moves the phase: even ones
 * are certain, odd ones mean that a write is under way.
 */
enum phase { ABSENT, APPEARING, PRESENT, VANISHING, PHASES };

struct life {
    char id[UUID_TEXT_BYTES];
    atomic_uint phase; /* only grows; enum phase is its rest by PHASES */
};

struct known {
    unsigned hot_count, session_count;
    unsigned writes; /* of a hundred operations */
    struct hot hot[HOT_MAX];
    struct life lives[LIVES_MAX];
    atomic_uint lives_made;
    atomic_uint current[SESSIONS_MAX]; /* which life a session leads */
    atomic_int_fast64_t left;          /* answers still to be judged */
    atomic_int_fast64_t tries;         /* requests that may be spent on it */
};

/* Raises what is known to this version. */
static inline void hot_learn(struct hot *hot, int64_t version)
{
    int_fast64_t newest = atomic_load(&hot->newest);

    while (newest < version &&
           !atomic_compare_exchange_weak(&hot->newest, &newest, version))
        ;
}
