/* SPDX-License-Identifier: MIT */
/*
 * The keys that verify tokens. A set is filled while nobody else holds it and
 * never changes afterwards, so loops may share it; a reload makes another.
 *
 * A key is for what its kind can do (auth/algorithm.def), or for the one
 * algorithm that its JWK names: a token has no say in it.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/text.h"

struct key_set;

enum { KEY_SET_MAX = 64 }; /* keys */

/* Empty, with one reference, which is the caller's. */
struct key_set *key_set_new(void) MUST_CHECK;
struct key_set *key_set_ref(struct key_set *set) MUST_CHECK;

/* Drops the reference and makes the pointer NULL; NULL is taken. */
void key_set_unref(struct key_set **set);

/*
 * Each of these adds all keys it finds, or none and -ERR_VALIDATION with the
 * reason, without a byte of the key. Only while the set has one reference.
 *
 * RSA keys have 2048 to 8192 bits and an odd exponent from 65537 up, EC keys
 * are on P-256, Ed25519 keys are points of the curve and not of small order.
 */

/*
 * PEM (RFC 7468): PUBLIC KEY (RSA, P-256, Ed25519) and RSA PUBLIC KEY blocks,
 * one or more, with any text between them. No private keys, no certificates.
 * They have no `kid`: a token may name them as it likes.
 */
int key_set_add_pem(struct key_set *set, struct text pem, struct diag *diag)
    MUST_CHECK;

/*
 * A secret for HS256: these very bytes, at least 32 of them. What looks like
 * a PEM is refused, as it is a public key by mistake.
 */
int key_set_add_secret(struct key_set *set, struct text secret,
                       struct diag *diag) MUST_CHECK;

/* Where a document comes from decides whether a secret in it is one. */
enum jwks_origin {
    JWKS_PRIVATE,   /* a file that only we can read: `oct` keys are taken */
    JWKS_PUBLISHED, /* anybody may have fetched it: they are left out */
};

/*
 * A JWK Set (RFC 7517): RSA, EC with P-256, OKP with Ed25519, oct. A key that
 * is for something else, broken, weak or has its private half in it is left
 * out, as § 5 asks, and a note tells so. No key left is an error, and so is
 * one that was left out for being the set's 65th.
 */
int key_set_add_jwks(struct key_set *set, struct text document,
                     enum jwks_origin origin, struct diag *diag) MUST_CHECK;

size_t key_set_count(const struct key_set *set);

/* Never the same for two sets of a process, and never 0. */
uint64_t key_set_generation(const struct key_set *set);

/* What was left out, each a sentence for the log; place counts from 0. */
size_t key_set_note_count(const struct key_set *set);
const char *key_set_note(const struct key_set *set, size_t place);
