/* SPDX-License-Identifier: MIT */
/* How key_pem.c and key_jwks.c fill a set. */
#pragma once

#include "auth/key_impl.h"
#include "base/check.h"

/* Keys there are so far; CHECKs that nobody else holds the set. */
size_t key_set__count_to_change(const struct key_set *set);

/* Takes the key over, also when it fails: -ERR_VALIDATION when it is full. */
int key_set__add(struct key_set *set, struct key *key, struct diag *diag)
    MUST_CHECK;

/* Drops what was added since there were `count` keys. */
void key_set__cut(struct key_set *set, size_t count);

void key_set__note(struct key_set *set, const char *fmt, ...) PRINTF(2, 3);
