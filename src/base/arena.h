/* SPDX-License-Identifier: MIT */
/*
 * An arena: memory with one lifetime and a limit. Blocks are taken as needed,
 * freed together, and the first one is kept over a reset, so that a request
 * that fits it costs no malloc. Freed memory is poisoned under ASan.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *first, *current;
    size_t used_bytes;  /* all blocks together, without their heads */
    size_t limit_bytes; /* what it may take at the most */
};

/* No memory is taken before the first allocation. */
void arena_init(struct arena *arena, size_t limit_bytes);

/* Frees everything. Harmless after itself. */
void arena_fini(struct arena *arena);

/* Frees everything but the first block, which is ready to be used again. */
void arena_reset(struct arena *arena);

/* Aligned, not zeroed; NULL past the limit (answer with -ERR_TOO_LARGE). */
void *arena_take(struct arena *arena, size_t bytes) MUST_CHECK;

/* The same, zeroed. */
void *arena_zero(struct arena *arena, size_t bytes) MUST_CHECK;

/* A NUL-terminated copy. NULL past the limit. */
char *arena_copy(struct arena *arena, struct text t) MUST_CHECK;

/* A formatted, NUL-terminated string. NULL past the limit. */
char *arena_format(struct arena *arena, const char *fmt, ...)
    MUST_CHECK PRINTF(2, 3);

#define ARENA_NEW(arena, T) ((T *)arena_zero(arena, sizeof(T)))
#define ARENA_ARRAY(arena, T, count) \
    ((T *)arena_zero(arena, sizeof(T) * (count)))
