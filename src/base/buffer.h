/* SPDX-License-Identifier: MIT */
/*
 * A growing run of bytes with a maximum. Writing past the maximum writes
 * nothing and marks the buffer as overflown; the writer asks once, at the end,
 * with buffer_overflown(), and answers -ERR_TOO_LARGE.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

struct buffer {
    char *at;
    size_t len, capacity, limit;
    bool overflown;
};

/* Empty; takes no memory yet. */
void buffer_init(struct buffer *buffer, size_t limit_bytes);

/* Empty, with room for so many bytes already: what most will need. */
void buffer_init_with(struct buffer *buffer, size_t limit_bytes,
                      size_t first_bytes);

/* On memory of the caller's, which is its maximum: there is nothing to free. */
void buffer_init_on(struct buffer *buffer, char *at, size_t bytes);

/* Frees the bytes. Harmless after itself; fits CLEANUP. */
void buffer_fini(struct buffer *buffer);

/* Keeps the memory, forgets bytes and overflow. */
void buffer_clear(struct buffer *buffer);

/* Room for `bytes` more, or NULL past the limit; buffer_grew() takes it. */
char *buffer_room(struct buffer *buffer, size_t bytes);

static inline void buffer_grew(struct buffer *buffer, size_t bytes)
{
    buffer->len += bytes;
}

void buffer_add(struct buffer *buffer, const char *at, size_t len);
void buffer_add_text(struct buffer *buffer, struct text t);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_int(struct buffer *buffer, int64_t value);
void buffer_add_format(struct buffer *buffer, const char *fmt, ...)
    PRINTF(2, 3);

static inline void buffer_add_byte(struct buffer *buffer, char byte)
{
    if (LIKELY(buffer->len < buffer->capacity))
        buffer->at[buffer->len++] = byte;
    else
        buffer_add(buffer, &byte, 1);
}

/* Drops bytes from the front. */
void buffer_consume(struct buffer *buffer, size_t bytes);

/*
 * Hands the bytes over (to be freed by memory_free) and leaves the buffer
 * empty. NULL when nothing was written.
 */
char *buffer_release(struct buffer *buffer, size_t *ret_len) MUST_CHECK;

static inline struct text buffer_text(const struct buffer *buffer)
{
    return text_from(buffer->at ? buffer->at : "", buffer->len);
}

static inline bool buffer_overflown(const struct buffer *buffer)
{
    return buffer->overflown;
}
