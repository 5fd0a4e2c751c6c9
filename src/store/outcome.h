/* SPDX-License-Identifier: MIT */
/*
 * Outcomes of requests that may be sent twice, kept under a key of the
 * caller's choice in the transaction of what the request changed: either both
 * are there or neither. Only what succeeded is kept, for a day.
 */
#pragma once

#include "store/store.h"

enum { REQUEST_HASH_BYTES = 32 };

struct outcome_key {
    struct text caller, key; /* 1 to 255 characters each */
    unsigned char request_hash[REQUEST_HASH_BYTES]; /* what was asked */
};

struct outcome {
    int status;                       /* 200 to 299; 0: there is none */
    struct text etag, location, body; /* TEXT_NULL: without */
    struct rows *rows; /* of one that was found: the texts are theirs */
};

/* Fits CLEANUP; harmless on an empty outcome. */
void outcome_end(struct outcome *outcome);

/*
 * Takes the key until the transaction ends and looks for what is kept under
 * it; for a store inside one only (store_together()).
 *   -ERR_IDEMPOTENCY_IN_PROGRESS  another transaction has it; nothing waits
 *   -ERR_IDEMPOTENCY_KEY_REUSED   it was for another request
 */
YIELDS int outcome_find(struct store *inside, const struct outcome_key *key,
                        struct outcome *ret_outcome, struct diag *diag)
    MUST_CHECK;

/* Keeps it under the key that outcome_find() took. */
YIELDS int outcome_keep(struct store *inside, const struct outcome_key *key,
                        const struct outcome *outcome, struct diag *diag)
    MUST_CHECK;

/*
 * Removes some of those whose time is up; 0 removed means that none is left,
 * or that another instance is at it.
 */
YIELDS int outcome_sweep(struct store *store, struct deadline until,
                         unsigned *ret_removed, struct diag *diag) MUST_CHECK;
