/* SPDX-License-Identifier: MIT */
/*
 * By which tokens callers may sign in: the keys and claims that the settings
 * jwt_… name, and the keys that an issuer publishes. One for the process,
 * shared by its loops; what is in force is a snapshot, replaced as a whole.
 */
#pragma once

#include "auth/jwt.h"
#include "base/settings.h"

struct keyring;

/* Immutable and counted. */
struct key_rules;

/*
 * Reads the keys. Without any setting of keys there are none, and no token is
 * taken; those of jwks_url come later. -ERR_INVALID_PARAMETER names the setting
 * and what is wrong with it.
 */
int keyring_new(const struct settings *settings, struct keyring **ret_keyring,
                struct diag *diag) MUST_CHECK;

/* Nobody may be using it any more. NULL is taken. */
void keyring_free(struct keyring **keyring);

/* The generation of what is in force; changes whenever that does. */
uint64_t keyring_generation(struct keyring *keyring);

/* What is in force now, to be put back: what a token must be like. */
struct key_rules *keyring_get(struct keyring *keyring) MUST_CHECK;
void key_rules_put(struct key_rules **rules);
struct jwt_rules key_rules_jwt(const struct key_rules *rules);

/*
 * Each of these replaces what is in force, or fails as keyring_new() does and
 * leaves it. From one thread at a time.
 */

/* By other settings; what was published stays if its address does. */
int keyring_apply(struct keyring *keyring, const struct settings *settings,
                  struct diag *diag) MUST_CHECK;

/* With this JWK Set as what the issuer publishes, if it is another one. */
int keyring_publish(struct keyring *keyring, struct text document,
                    struct diag *diag) MUST_CHECK;

/* With the file of jwt_keys as it is now, if it was written since; *ret_read
 * tells. */
int keyring_look(struct keyring *keyring, bool *ret_read, struct diag *diag)
    MUST_CHECK;
