/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/check.h"
#include "base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

enum { BLOCK_BYTES = 4096, BRIEF_BYTES = 128 };

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena, size_t limit_bytes)
{
    *arena = (struct arena){ .limit_bytes = limit_bytes };
}

static void free_chain(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;

        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
        memory_free(&block);
        block = next;
    }
}

void arena_fini(struct arena *arena)
{
    free_chain(arena->first);
    arena_init(arena, arena->limit_bytes);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *first = arena->first;

    if (!first)
        return;
    free_chain(first->next);
    first->next = NULL;
    first->used = 0;
    ASAN_POISON_MEMORY_REGION(first->bytes, first->size);
    arena->current = first;
    arena->used_bytes = first->size;
}

static struct arena_block *add_block(struct arena *arena, size_t bytes)
{
    size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    struct arena_block *block;

    if (size > arena->limit_bytes - arena->used_bytes)
        size = bytes; /* the last block may be as small as it must */
    if (size > arena->limit_bytes - arena->used_bytes)
        return NULL;
    block = memory_resize(NULL, sizeof(*block) + size);
    *block = (struct arena_block){ .size = size };
    ASAN_POISON_MEMORY_REGION(block->bytes, size);
    if (arena->current)
        arena->current->next = block;
    else
        arena->first = block;
    arena->current = block;
    arena->used_bytes += size;
    return block;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    const size_t align = alignof(max_align_t);
    struct arena_block *block = arena->current;
    void *at;

    if (bytes > arena->limit_bytes)
        return NULL;
    bytes = (bytes + align - 1) / align * align;
    if (!block || block->size - block->used < bytes) {
        block = add_block(arena, bytes);
        if (!block)
            return NULL;
    }
    at = block->bytes + block->used;
    block->used += bytes;
    ASAN_UNPOISON_MEMORY_REGION(at, bytes);
    return at;
}

void *arena_zero(struct arena *arena, size_t bytes)
{
    void *at = arena_take(arena, bytes);

    return at ? memset(at, 0, bytes) : NULL;
}

char *arena_copy(struct arena *arena, struct text t)
{
    char *copy = arena_take(arena, t.len + 1);

    if (!copy)
        return NULL;
    if (t.len > 0)
        memcpy(copy, t.at, t.len);
    copy[t.len] = '\0';
    return copy;
}

/* Most is short: it is printed once. */
char *arena_format(struct arena *arena, const char *fmt, ...)
{
    char brief[BRIEF_BYTES], *made;
    va_list args, again;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(brief, sizeof(brief), fmt, args);
    va_end(args);
    CHECK(len >= 0);
    made = arena_take(arena, (size_t)len + 1);
    if (made && (size_t)len < sizeof(brief))
        memcpy(made, brief, (size_t)len + 1);
    else if (made)
        vsnprintf(made, (size_t)len + 1, fmt, again);
    va_end(again);
    return made;
}
