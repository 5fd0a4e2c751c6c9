/* SPDX-License-Identifier: MIT */
/*
 * One client, a thread: it reads and writes by chance, at any of the instances,
 * and judges each answer by what was known before it asked.
 */
#pragma once

#include "stale/known.h"
#include "stale/talk.h"

enum { INSTANCES_MAX = 8, TOKEN_BYTES = 300 };

/* TALLY(member, what it counts, is it a fault?) */
#define TALLIES(TALLY)                                               \
    TALLY(gets, "objects read", false)                               \
    TALLY(lists, "objects read in lists", false)                     \
    TALLY(writes, "writes acknowledged", false)                      \
    TALLY(lives, "objects that came or went", false)                 \
    TALLY(looks, "looks at what comes and goes", false)              \
    TALLY(tokens, "objects read anywhere, by a token", false)        \
    TALLY(near, "answers from the near cache", false)                \
    TALLY(shared, "answers from Redis", false)                       \
    TALLY(refused, "answers of 4xx that nobody wanted", false)       \
    TALLY(failed, "answers of 5xx", false)                           \
    TALLY(broken, "requests without an answer", false)               \
    TALLY(stale, "older than what was acknowledged or read", true)   \
    TALLY(own, "older than what the session itself wrote", true)     \
    TALLY(forgot, "older than the token that was sent", true)        \
    TALLY(backward, "older than what the session itself read", true) \
    TALLY(listed, "out of date in a list", true)                     \
    TALLY(ghosts, "there after it was deleted", true)                \
    TALLY(missing, "not there after it was made", true)              \
    TALLY(mangled, "with the bytes of another or no sum", true)

struct tally {
#define TALLY(member, what, fault) uint64_t member;
    TALLIES(TALLY)
#undef TALLY
};

struct session {
    unsigned number, instances;
    uint64_t luck;
    struct known *known;
    const char *token; /* a JWT that may write people */
    struct talk talks[INSTANCES_MAX];
    int64_t written[HOT_MAX], seen[HOT_MAX];
    char written_token[TOKEN_BYTES]; /* of its last write; or "" */
    bool purged;                     /* its life: no row is left of it */
    struct tally tally;
};

/* Until so many answers were judged, or too many requests had none. */
void session_run(struct session *session);

/* Makes a hot object; false when that was refused. */
bool session_make(struct session *session, struct hot *hot);
