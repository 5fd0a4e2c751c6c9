/* SPDX-License-Identifier: MIT */
/* Whose an API key is: what signing in by one asks the database. */
#pragma once

#include "store/store.h"

struct key_holder {
    struct rows *rows; /* a reference, which the texts are of */
    struct text key_id, user_id;
    struct text scopes; /* with spaces between; TEXT_NULL: no limits */
};

/* Fits CLEANUP; harmless on an empty one. */
void key_holder_end(struct key_holder *holder);

/*
 * By the hash of the whole key. Which actor the store is for does not matter.
 * -ERR_NOT_FOUND: there is no such key, it was revoked, or its time is over.
 */
YIELDS int key_holder_find(const struct store *store, const struct mac *hash,
                           struct deadline until, struct key_holder *ret_holder,
                           struct diag *diag) MUST_CHECK;
