/* SPDX-License-Identifier: MIT */
#include "json/pointer.h"

#include <stdio.h>

/* The code point at the front, escaped; its bytes, or 0 if it has no room. */
static size_t add_code_point(struct pointer *pointer, struct text t)
{
    size_t bytes = 1;
    struct text piece;

    while (bytes < t.len && ((unsigned char)t.at[bytes] & 0xC0) == 0x80)
        bytes++;
    piece = text_from(t.at, bytes);
    if (t.at[0] == '~')
        piece = TEXT("~0");
    else if (t.at[0] == '/')
        piece = TEXT("~1");
    if (piece.len >= sizeof(pointer->at) - pointer->len)
        return 0;
    memcpy(pointer->at + pointer->len, piece.at, piece.len);
    pointer->len += piece.len;
    return bytes;
}

void pointer_add_name(struct pointer *pointer, struct text name)
{
    size_t bytes;

    if (sizeof(pointer->at) - pointer->len < 2)
        return;
    pointer->at[pointer->len++] = '/';
    while (name.len > 0 && (bytes = add_code_point(pointer, name)) > 0)
        name = text_skip(name, bytes);
    pointer->at[pointer->len] = '\0';
}

void pointer_add_place(struct pointer *pointer, size_t place)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%zu", place);

    pointer_add_name(pointer, text_from(digits, (size_t)len));
}

void pointer_cut(struct pointer *pointer, size_t len)
{
    pointer->len = len;
    pointer->at[len] = '\0';
}
