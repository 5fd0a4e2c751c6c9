/* SPDX-License-Identifier: MIT */
/* Room only: the run of a text that is the same inside a JSON string. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

static inline bool plain__byte(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/*
 * Not 0 when one of eight bytes is a control character, a quote or a
 * backslash; which one it does not tell, as a borrow may mark its neighbours.
 */
static inline uint64_t plain__stops(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quote = eight ^ (ones * '"');
    uint64_t slash = eight ^ (ones * '\\');

    return (((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) |
            ((slash - ones) & ~slash)) &
           (ones << 7);
}

static inline bool plain__eight(const char *at)
{
    uint64_t eight;

    memcpy(&eight, at, sizeof(eight));
    return plain__stops(eight) == 0;
}

/* Bytes at the front of `t` that need no escape. */
static inline size_t plain__run(struct text t)
{
    const size_t step = sizeof(uint64_t);
    size_t i = 0;

    while (t.len - i >= step && plain__eight(t.at + i))
        i += step;
    /* the end in one look too, some of it for the second time */
    if (t.len - i < step && t.len >= step && plain__eight(t.at + t.len - step))
        return t.len;
    while (i < t.len && plain__byte(t.at[i]))
        i++;
    return i;
}

/* --- copying ---------------------------------------------------------------
 */

typedef unsigned char plain__sixteen VECTOR(16);

/* Copies 16 bytes; answers how many of them, from the front, are plain. */
static inline size_t plain__copy_sixteen(char *to, const char *from)
{
    plain__sixteen s, marks;
    uint64_t half[2];

    memcpy(&s, from, sizeof(s));
    memcpy(to, &s, sizeof(s));
    marks = (plain__sixteen)(s < 0x20) | (plain__sixteen)(s == '"') |
            (plain__sixteen)(s == '\\');
    memcpy(half, &marks, sizeof(half));
    if (LIKELY((half[0] | half[1]) == 0))
        return 16;
    return half[0] ? (size_t)__builtin_ctzll(half[0]) / 8
                   : 8 + (size_t)__builtin_ctzll(half[1]) / 8;
}

/* At least 16 bytes; the last step takes some of them for the second time. */
static inline size_t plain__copy_many(char *to, struct text t)
{
    size_t i, n, last = t.len - 16;

    for (i = 0; i < last; i += 16) {
        n = plain__copy_sixteen(to + i, t.at + i);
        if (UNLIKELY(n < 16))
            return i + n;
    }
    return last + plain__copy_sixteen(to + last, t.at + last);
}

static inline size_t plain__copy_bytes(char *to, struct text t)
{
    size_t i = 0;

    for (; i < t.len && plain__byte(t.at[i]); i++)
        to[i] = t.at[i];
    return i;
}

static inline size_t plain__copy_few(char *to, struct text t)
{
    uint64_t first, last;

    if (t.len < sizeof(first))
        return plain__copy_bytes(to, t);
    memcpy(&first, t.at, 8);
    memcpy(&last, t.at + t.len - 8, 8);
    if (UNLIKELY(plain__stops(first) | plain__stops(last)))
        return plain__copy_bytes(to, t);
    memcpy(to, &first, 8);
    memcpy(to + t.len - 8, &last, 8);
    return t.len;
}

/*
 * Copies what needs no escape, and answers how much that is; behind it, up to
 * the text's length, it may have written anything.
 */
static inline size_t plain__copy(char *to, struct text t)
{
    return t.len >= 16 ? plain__copy_many(to, t) : plain__copy_few(to, t);
}
