/* SPDX-License-Identifier: MIT */
/* One key that verifies; what key_set.c, key_*.c and jwt*.c share. */
#pragma once

#include "auth/algorithm.h"
#include "auth/ends_impl.h"
#include "auth/key_set.h"
#include "json/document.h"

enum {
    KEY_ID_MAX = 255,    /* bytes */
    KEY_SECRET_MIN = 32, /* RFC 7518 § 3.2: no shorter than the digest */
    KEY_SECRET_MAX = 4096,
    KEY_RSA_BITS_MIN = 2048,
    KEY_RSA_BITS_MAX = 8192, /* a signature costs by the square of them */
    KEY_TRIES_MAX = 8,
    KEY_THUMBPRINT_BYTES = 44,
    P256_BYTES = 32,
};

struct key {
    char *id;      /* its issuer's `kid`, or its thumbprint; "" for a secret */
    bool is_named; /* the issuer named it */
    enum key_kind kind;
    unsigned algorithms; /* bits 1 << enum algorithm */
    EVP_PKEY *public;    /* or NULL, and then */
    struct text secret;
};

/*
 * A key that may do all that its kind can, with its thumbprint for an id. Takes
 * over `public`, also when it fails: -ERR_VALIDATION with the reason.
 */
int key__from_public(EVP_PKEY *public, struct diag *diag, struct key **ret_key)
    MUST_CHECK;
int key__from_secret(struct text secret, struct diag *diag,
                     struct key **ret_key) MUST_CHECK;
int key__from_jwk(const struct node *jwk, enum jwks_origin origin,
                  struct diag *diag, struct key **ret_key) MUST_CHECK;
void key__free(struct key **key);

static inline bool key__may(const struct key *key, enum algorithm algorithm)
{
    return key->algorithms & 1u << algorithm;
}

void key__name(struct key *key, struct text id);

/* Its strength and form; the kind comes back. -ERR_VALIDATION. */
int key__check(const EVP_PKEY *key, struct diag *diag, enum key_kind *ret_kind)
    MUST_CHECK;

/* RFC 7638: the same key has the same one everywhere. */
void key__thumbprint(const EVP_PKEY *key, enum key_kind kind,
                     char ret_text[static KEY_THUMBPRINT_BYTES]);

/* Did this key sign these bytes so? The key must allow the algorithm. */
bool key__verify(const struct key *key, enum algorithm algorithm,
                 struct text bytes, struct text signature) MUST_CHECK;

/* RSASSA-PSS is not what OpenSSL takes an RSA key for; false: it refused. */
bool key__pad(EVP_PKEY_CTX *ctx, enum algorithm algorithm) MUST_CHECK;

/* SHA-256, but for EdDSA, which hashes by itself. */
const EVP_MD *key__digest(enum algorithm algorithm);

/*
 * The keys that a token may be verified by, at most so many (more are only
 * counted). `id` is TEXT_NULL when it names none. A key that has this id is
 * the only one asked; else those that nobody named are.
 */
struct key_choice {
    const struct key *keys[KEY_TRIES_MAX];
    size_t count;
    bool is_known; /* some key has this id, whatever it may be used for */
};

struct key_choice key_set__choose(const struct key_set *set, struct text id,
                                  enum algorithm algorithm);
