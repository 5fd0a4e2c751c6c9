/* SPDX-License-Identifier: MIT */
/*
 * Texts that we hand out and want back unchanged (cursors, consistency
 * tokens), and comparing secrets. Nothing here tells by its timing where a
 * difference lies.
 */
#pragma once

#include "auth/base64url.h"

enum {
    MAC_BYTES = 32,     /* of HMAC-SHA-256 and of SHA-256 */
    MAC_TAG_BYTES = 16, /* of it, kept in a sealed text */
};

struct mac {
    unsigned char bytes[MAC_BYTES];
};

/* A key is made for one purpose: what "cursor" sealed, "token" will not open.
 */
struct mac_key {
    unsigned char bytes[MAC_BYTES];
};

struct mac_key mac_key_derive(struct text secret, const char *purpose);

struct mac mac_digest(struct text t);              /* SHA-256 */
struct mac mac_of(struct text key, struct text t); /* HMAC-SHA-256 */
struct mac mac_sign(const struct mac_key *key, struct text t);
bool mac_verify(const struct mac_key *key, struct text t, struct mac mac)
    MUST_CHECK;

/* The same bytes? Takes as long for all texts of one length. */
bool mac_equal(struct text a, struct text b) MUST_CHECK;

/* Appends the payload and its tag in base64url: fit for URLs and headers. */
void mac_seal(const struct mac_key *key, struct text payload,
              struct buffer *buffer);

/*
 * The payload of a sealed text, in the arena with a NUL behind it; false when
 * we did not seal it with this key, or the arena is full.
 */
bool mac_open(const struct mac_key *key, struct text sealed,
              struct arena *arena, struct text *ret_payload) MUST_CHECK;
