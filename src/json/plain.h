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

/* Bytes at the front of `t` that need no escape. */
static inline size_t plain__run(struct text t)
{
    size_t i = 0;

    while (t.len - i >= sizeof(uint64_t)) {
        uint64_t eight;

        memcpy(&eight, t.at + i, sizeof(eight));
        if (plain__stops(eight) != 0)
            break;
        i += sizeof(eight);
    }
    while (i < t.len && plain__byte(t.at[i]))
        i++;
    return i;
}
