/* SPDX-License-Identifier: MIT */
/*
 * Tokens that were found good, remembered until they expire, so that a
 * signature is checked once and not at each request. One for each loop. Pure:
 * time comes in.
 *
 * Tokens are known by their SHA-256; what was verified with other keys than
 * those asked for (key_set_generation) is forgotten. A reload that changes the
 * issuer or the audience makes a new key set too, so that this holds for them.
 */
#pragma once

#include "auth/jwt.h"

struct token_memory;

enum {
    TOKEN_MEMORY_ENTRIES = 4096,    /* fit for most: 2 MiB when full */
    TOKEN_MEMORY_TEXT_BYTES = 1024, /* claims longer than that are not kept */
};

/* Holds at most so many; the longest unused makes room. At least one. */
struct token_memory *token_memory_new(unsigned entries_max) MUST_CHECK;
void token_memory_free(struct token_memory **memory);

/*
 * What jwt_verify() said of this very token, if that was with these keys and
 * the token has not expired (without leeway), else NULL. Borrowed until the
 * next call with this memory.
 */
const struct jwt *token_memory_find(struct token_memory *memory,
                                    struct text token, uint64_t generation,
                                    int64_t now_s) MUST_CHECK;

/* Remembers a copy of the claims of a token that was taken. */
void token_memory_keep(struct token_memory *memory, struct text token,
                       uint64_t generation, const struct jwt *jwt);

unsigned token_memory_count(const struct token_memory *memory);
