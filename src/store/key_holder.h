/* SPDX-License-Identifier: MIT */
/* Whose an API key is, and what it is for: what signing in by one asks. */
#pragma once

#include "auth/permission_set.h"
#include "store/freshness.h"
#include "store/store.h"

/* Counted; of one loop. Immutable but for what it remembers of its use. */
struct key_holder {
    unsigned magic, refs;
    char key_id[UUID_TEXT_BYTES], user_id[UUID_TEXT_BYTES];
    uint64_t stamp;    /* freshness_holds() */
    uint64_t until_ns; /* it is good before this, by freshness->now_ns */
    struct permission_set *narrowed; /* of `whole`; NULL: not asked for yet */
    const struct permission_set *whole;
    bool is_scoped;     /* else it may do all that its owner may */
    struct text scopes; /* with spaces between; what follows */
    char text[];
};

struct key_holder *key_holder_ref(struct key_holder *holder) MUST_CHECK;

/* Drops the reference and makes the pointer NULL; NULL is taken. */
void key_holder_unref(struct key_holder **holder);

/*
 * By the hash of the whole key, in one round trip, which tells of the
 * generation of rights too. Which actor the store is for does not matter. The
 * caller unreferences.
 * -ERR_NOT_FOUND: there is no such key, it was revoked, or its time is over.
 */
YIELDS int key_holder_load(const struct store *store,
                           struct freshness *freshness, const struct mac *hash,
                           struct deadline until,
                           struct key_holder **ret_holder, struct diag *diag)
    MUST_CHECK;

/*
 * What the key may, of all that its owner may: a reference. The last answer is
 * remembered.
 */
struct permission_set *key_holder_may(struct key_holder *holder,
                                      struct permission_set *owner) MUST_CHECK;
