/* SPDX-License-Identifier: MIT */
#include "auth/base64url.h"

static const char digits[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Three bytes (fewer at the end) become one digit more than they are. */
static void encode_group(const unsigned char *at, size_t bytes, char *ret_at)
{
    unsigned bits = (unsigned)at[0] << 16;

    if (bytes > 1)
        bits |= (unsigned)at[1] << 8;
    if (bytes > 2)
        bits |= at[2];
    for (size_t i = 0; i <= bytes; i++)
        ret_at[i] = digits[bits >> (18 - 6 * i) & 63];
}

void base64url_encode(struct text bytes, struct buffer *buffer)
{
    size_t rest = bytes.len % 3;
    size_t len = bytes.len / 3 * 4 + (rest ? rest + 1 : 0);
    char *at = len > 0 ? buffer_room(buffer, len) : NULL;

    if (!at)
        return;
    for (; bytes.len > 0; bytes = text_skip(bytes, 3), at += 4)
        encode_group((const unsigned char *)bytes.at,
                     bytes.len < 3 ? bytes.len : 3, at);
    buffer_grew(buffer, len);
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

/* Two to four digits become one byte fewer; none when they are no group. */
static size_t decode_group(const char *at, size_t count, char *ret_at)
{
    unsigned bits = 0, stray;

    for (size_t i = 0; i < count; i++) {
        int value = digit_value(at[i]);

        if (value < 0)
            return 0;
        bits |= (unsigned)value << (18 - 6 * i);
    }
    stray = bits & (0xFFFFFFu >> (8 * (count - 1)));
    if (count < 2 || stray != 0)
        return 0;
    for (size_t i = 0; i + 1 < count; i++)
        ret_at[i] = (char)(bits >> (16 - 8 * i) & 0xFF);
    return count - 1;
}

bool base64url_decode(struct text encoded, struct arena *arena,
                      struct text *ret_bytes)
{
    char *start = arena_take(arena, encoded.len / 4 * 3 + 3);
    char *at = start;

    if (!start)
        return false;
    while (encoded.len > 0) {
        size_t bytes =
            decode_group(encoded.at, encoded.len < 4 ? encoded.len : 4, at);

        if (bytes == 0)
            return false;
        at += bytes;
        encoded = text_skip(encoded, 4);
    }
    *at = '\0';
    *ret_bytes = text_from(start, (size_t)(at - start));
    return true;
}
