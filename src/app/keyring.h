/* SPDX-License-Identifier: MIT */
/*
 * By which tokens callers may sign in: the keys and claims that the settings
 * jwt_… name. One for the process, shared by its loops; the keys are a
 * snapshot that a reload replaces.
 */
#pragma once

#include "auth/jwt.h"
#include "base/settings.h"

struct keyring;

/*
 * Reads the keys. Without any setting of keys there are none, and no token is
 * taken. -ERR_INVALID_PARAMETER names the setting and what is wrong with it.
 */
int keyring_new(const struct settings *settings, struct keyring **ret_keyring,
                struct diag *diag) MUST_CHECK;

/* Nobody may be using it any more. NULL is taken. */
void keyring_free(struct keyring **keyring);

/* The generation of the keys in force; changes whenever they do. */
uint64_t keyring_generation(struct keyring *keyring);

/*
 * What a token must be like. *ret_keys is a reference, which keeps the rules'
 * keys; the texts last as long as the keyring.
 */
struct jwt_rules keyring_rules(struct keyring *keyring,
                               struct key_set **ret_keys);

/* Replaces the keys; takes the reference over. */
void keyring_replace(struct keyring *keyring, struct key_set *keys);
