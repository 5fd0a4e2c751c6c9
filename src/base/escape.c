/* SPDX-License-Identifier: MIT */
#include "base/escape.h"

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* Eight bytes at once: is there one below ' ', above '~', '"' or '\\'? */
static bool has_special(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');

    return ((word | (word + ones) | (word - ones * ' ') | (quote - ones) |
             (slash - ones)) &
            highs) != 0;
}

/* How many bytes at the front need nothing; never more than `most`. */
static size_t plain_bytes(struct text t, size_t most)
{
    size_t len = t.len < most ? t.len : most, i = 0;

    for (uint64_t word; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, t.at + i, sizeof(word));
        if (has_special(word))
            break;
    }
    while (i < len && is_plain((unsigned char)t.at[i]))
        i++;
    return i;
}

static size_t write_unit(char *at, unsigned unit)
{
    static const char digits[] = "0123456789abcdef";

    at[0] = '\\';
    at[1] = 'u';
    for (int i = 0; i < 4; i++)
        at[2 + i] = digits[unit >> (12 - 4 * i) & 15];
    return 6;
}

static size_t write_ascii(char *at, char c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i < sizeof(named) - 1; i += 2) {
        if (named[i] != c)
            continue;
        at[0] = '\\';
        at[1] = named[i + 1];
        return 2;
    }
    return write_unit(at, (unsigned char)c);
}

/* Terminals and log viewers break lines, or worse, at some of those. */
static unsigned breaking(const unsigned char *at, size_t bytes)
{
    if (bytes == 2 && at[0] == 0xC2 && at[1] < 0xA0)
        return at[1];
    if (bytes == 3 && at[0] == 0xE2 && at[1] == 0x80 &&
        (at[2] == 0xA8 || at[2] == 0xA9))
        return 0x2000U | (at[2] - 0x80U);
    return 0;
}

/* One character that is not plain; returns what was written, ≤ 6 bytes. */
static size_t write_special(char *at, struct text t, size_t *ret_bytes)
{
    size_t bytes = text_sequence(t);
    unsigned unit;

    *ret_bytes = bytes ? bytes : 1;
    if (bytes == 0) {
        memcpy(at, "\xEF\xBF\xBD", 3);
        return 3;
    }
    if (bytes == 1)
        return write_ascii(at, t.at[0]);
    unit = breaking((const unsigned char *)t.at, bytes);
    if (unit)
        return write_unit(at, unit);
    memcpy(at, t.at, bytes);
    return bytes;
}

char *escape_json(char *at, char *end, struct text t, size_t *ret_read)
{
    struct text rest = t;

    while (rest.len > 0 && at < end) {
        char made[ESCAPE_JSON_GROWTH];
        size_t bytes = plain_bytes(rest, (size_t)(end - at)), len;

        memcpy(at, rest.at, bytes);
        at += bytes;
        rest = text_skip(rest, bytes);
        if (rest.len == 0 || at == end)
            break;
        len = write_special(made, rest, &bytes);
        if (len > (size_t)(end - at))
            break;
        memcpy(at, made, len);
        at += len;
        rest = text_skip(rest, bytes);
    }
    if (ret_read)
        *ret_read = t.len - rest.len;
    return at;
}
