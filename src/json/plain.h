/* SPDX-License-Identifier: MIT */
/* Room only: the run of a text that is the same inside a JSON string. */
#pragma once

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
