/* SPDX-License-Identifier: MIT */
/*
 * API keys: "pck_" prefix "_" secret, of letters and digits only, so that a
 * double click takes the whole of it and no URL or shell bends it.
 *
 * The prefix (8 characters) is no secret: it is shown in lists and finds the
 * row. The secret (43 characters) is 256 random bits. Six more characters are
 * a checksum over all before them: a typo, a cut end, or a text that was never
 * a key is seen without the database; scanners for leaked keys use it too.
 *
 * What is stored is the SHA-256 of the whole text. A slow hash protects what
 * people choose and can be guessed at; nobody goes through 2^256, at whatever
 * speed, and a slow hash at each request would be a gift to those who send
 * many.
 */
#pragma once

#include "auth/mac.h"

enum {
    API_KEY_PREFIX_LEN = 8,
    API_KEY_SECRET_LEN = 43,
    API_KEY_CHECKSUM_LEN = 6,
    API_KEY_LEN =
        4 + API_KEY_PREFIX_LEN + 1 + API_KEY_SECRET_LEN + API_KEY_CHECKSUM_LEN,
};

struct api_key {
    char text[API_KEY_LEN + 1]; /* shown once, never stored or logged */
    char prefix[API_KEY_PREFIX_LEN + 1];
    struct mac hash;
};

/* A new one. The caller wipes it. */
struct api_key api_key_make(void);

/* Is this bearer's credential meant for an API key? Else it is a token. */
bool api_key_is_meant(struct text credential);

/* False when it is none: wrong length, other characters, wrong checksum. */
bool api_key_parse(struct text credential, struct api_key *ret_key) MUST_CHECK;

/* Overwrites it. Fits CLEANUP. */
void api_key_wipe(struct api_key *key);
