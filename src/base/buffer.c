/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BYTES = 256 };

void buffer_init(struct buffer *buffer, size_t limit_bytes)
{
    *buffer = (struct buffer){ .limit = limit_bytes };
}

void buffer_init_with(struct buffer *buffer, size_t limit_bytes,
                      size_t first_bytes)
{
    buffer_init(buffer, limit_bytes);
    buffer->at = memory_resize(NULL, first_bytes);
    buffer->capacity = first_bytes;
}

void buffer_init_on(struct buffer *buffer, char *at, size_t bytes)
{
    *buffer = (struct buffer){ .at = at, .capacity = bytes, .limit = bytes };
}

void buffer_fini(struct buffer *buffer)
{
    memory_free(&buffer->at);
    buffer_init(buffer, buffer->limit);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->overflown = false;
}

char *buffer_room(struct buffer *buffer, size_t bytes)
{
    size_t want, capacity = buffer->capacity;

    if (bytes > buffer->limit - buffer->len) {
        buffer->overflown = true;
        return NULL;
    }
    want = buffer->len + bytes;
    if (want > capacity) {
        capacity = capacity ? capacity * 2 : FIRST_BYTES;
        if (capacity < want)
            capacity = want;
        if (capacity > buffer->limit)
            capacity = buffer->limit;
        buffer->at = memory_resize(buffer->at, capacity);
        buffer->capacity = capacity;
    }
    return buffer->at + buffer->len;
}

void buffer_add(struct buffer *buffer, const char *at, size_t len)
{
    char *room;

    if (len == 0)
        return;
    room = buffer_room(buffer, len);
    if (!room)
        return;
    memcpy(room, at, len);
    buffer_grew(buffer, len);
}

void buffer_add_text(struct buffer *buffer, struct text t)
{
    buffer_add(buffer, t.at, t.len);
}

void buffer_add_string(struct buffer *buffer, const char *string)
{
    buffer_add(buffer, string, strlen(string));
}

void buffer_add_int(struct buffer *buffer, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    buffer_add(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

/* Most is short and has room already: it is printed once. */
void buffer_add_format(struct buffer *buffer, const char *fmt, ...)
{
    size_t left = buffer->capacity - buffer->len;
    va_list args, again;
    char *room;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len =
        vsnprintf(left > 0 ? buffer->at + buffer->len : NULL, left, fmt, args);
    va_end(args);
    room = len < 0 ? NULL : buffer_room(buffer, (size_t)len + 1);
    if (room && (size_t)len >= left)
        vsnprintf(room, (size_t)len + 1, fmt, again);
    if (room)
        buffer_grew(buffer, (size_t)len);
    va_end(again);
}

void buffer_consume(struct buffer *buffer, size_t bytes)
{
    buffer->len -= bytes;
    if (buffer->len > 0)
        memmove(buffer->at, buffer->at + bytes, buffer->len);
}

char *buffer_release(struct buffer *buffer, size_t *ret_len)
{
    char *at = buffer->at;

    *ret_len = buffer->len;
    buffer_init(buffer, buffer->limit);
    return at;
}
