/* SPDX-License-Identifier: MIT */
/*
 * Keys that sign tokens: for operators (`portcullis token`, `portcullis key`)
 * and for the pair of `portcullis dev`. The service itself signs nothing.
 */
#pragma once

#include "auth/algorithm.h"
#include "base/buffer.h"
#include "base/error.h"

struct signing_key;

/* A new pair for EDDSA or ES256, and no other algorithm. */
struct signing_key *signing_key_new(enum algorithm algorithm) MUST_CHECK;

/*
 * A private key in PEM without a passphrase: Ed25519 signs EdDSA, P-256 ES256,
 * RSA RS256. -ERR_VALIDATION with the reason, without a byte of the key.
 */
int signing_key_from_pem(struct text pem, struct diag *diag,
                         struct signing_key **ret_key) MUST_CHECK;

/* HS256 by a secret, as key_set_add_secret() takes it. */
int signing_key_from_secret(struct text secret, struct diag *diag,
                            struct signing_key **ret_key) MUST_CHECK;

/* Wipes and frees it; NULL is taken. */
void signing_key_free(struct signing_key **key);

enum algorithm signing_key_algorithm(const struct signing_key *key);

/* Its thumbprint (RFC 7638), the `kid` of its tokens; "" for a secret. */
const char *signing_key_id(const struct signing_key *key);

/*
 * PKCS #8 and SubjectPublicKeyInfo in PEM, of a pair. Who writes the private
 * half to a file gives it mode 0600 from the start, and wipes the buffer.
 */
void signing_key_private_pem(const struct signing_key *key, struct buffer *out);
void signing_key_public_pem(const struct signing_key *key, struct buffer *out);

/* Overwrites and frees the bytes: for buffers that held a secret. */
void signing_key_wipe(struct buffer *buffer);
