/* SPDX-License-Identifier: MIT */
#include "base/text.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool text_equal_nocase(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    if (a.len > 0 && memcmp(a.at, b.at, a.len) == 0)
        return true;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool text_starts_with(struct text t, const char *prefix)
{
    size_t len = strlen(prefix);

    return t.len >= len && memcmp(t.at, prefix, len) == 0;
}

bool text_ends_with(struct text t, const char *suffix)
{
    size_t len = strlen(suffix);

    return t.len >= len && memcmp(t.at + t.len - len, suffix, len) == 0;
}

struct text text_trim(struct text t)
{
    while (t.len > 0 && (t.at[0] == ' ' || t.at[0] == '\t'))
        t = text_skip(t, 1);
    while (t.len > 0 && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
        t.len--;
    return t;
}

ptrdiff_t text_find(struct text t, char byte)
{
    const char *at = t.len ? memchr(t.at, byte, t.len) : NULL;

    return at ? at - t.at : -1;
}

bool text_cut(struct text *rest, char separator, struct text *ret_piece)
{
    ptrdiff_t end;

    if (text_is_null(*rest))
        return false;
    end = text_find(*rest, separator);
    if (end < 0) {
        *ret_piece = *rest;
        *rest = TEXT_NULL;
        return true;
    }
    *ret_piece = text_from(rest->at, (size_t)end);
    *rest = text_skip(*rest, (size_t)end + 1);
    return true;
}

bool text_to_int64(struct text t, int64_t *ret_value)
{
    bool negative = t.len > 0 && t.at[0] == '-';
    int64_t value = 0;

    if (negative)
        t = text_skip(t, 1);
    if (t.len == 0)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        int digit = t.at[i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        /* counted downwards, as INT64_MIN has no positive twin */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *ret_value = negative ? value : -value;
    return true;
}

/* Bytes of the sequence that starts here; 0 when it is not valid UTF-8. */
static size_t utf8_sequence(const unsigned char *at, size_t len)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high, bytes;
    } forms[] = {
        { 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 },
        { 0xE1, 0xEC, 0x80, 0xBF, 3 }, { 0xED, 0xED, 0x80, 0x9F, 3 },
        { 0xEE, 0xEF, 0x80, 0xBF, 3 }, { 0xF0, 0xF0, 0x90, 0xBF, 4 },
        { 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
    };

    if (at[0] < 0x80)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (at[0] < forms[i].first_low || at[0] > forms[i].first_high)
            continue;
        if (len < forms[i].bytes || at[1] < forms[i].second_low ||
            at[1] > forms[i].second_high)
            return 0;
        for (size_t k = 2; k < forms[i].bytes; k++)
            if ((at[k] & 0xC0) != 0x80)
                return 0;
        return forms[i].bytes;
    }
    return 0;
}

size_t text_sequence(struct text t)
{
    return t.len ? utf8_sequence((const unsigned char *)t.at, t.len) : 0;
}

/* Most texts are nothing but ASCII. */
static size_t skip_ascii(struct text t)
{
    uint64_t eight;
    size_t i = 0;

    for (; i + sizeof(eight) <= t.len; i += sizeof(eight)) {
        memcpy(&eight, t.at + i, sizeof(eight));
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return i;
}

bool text_is_utf8(struct text t)
{
    size_t i = skip_ascii(t);

    while (i < t.len) {
        size_t bytes =
            utf8_sequence((const unsigned char *)t.at + i, t.len - i);

        if (bytes == 0)
            return false;
        i += bytes;
    }
    return true;
}

size_t text_code_points(struct text t)
{
    size_t count = 0;

    for (size_t i = 0; i < t.len; i++)
        count += ((unsigned char)t.at[i] & 0xC0) != 0x80;
    return count;
}

struct label text_label(struct text name)
{
    struct label label = { "" };
    size_t len = 0, step;

    while ((step = text_sequence(text_skip(name, len))) > 0 &&
           len + step < sizeof(label.at))
        len += step;
    if (len > 0)
        memcpy(label.at, name.at, len);
    return label;
}

/* --- hashing -------------------------------------------------------------- */

/* Odd constants from the square roots of 2 and 3. */
static const uint64_t FACTOR = UINT64_C(0x6a09e667f3bcc909);
static const uint64_t FINISH = UINT64_C(0xbb67ae8584caa73b);

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * FACTOR;
    return h ^ (h >> 29);
}

/* Eight bytes at a time: it runs for each list that is asked for. */
uint64_t text_hash(struct text t)
{
    uint64_t h = FINISH ^ t.len, word;

    for (; t.len >= sizeof(word); t = text_skip(t, sizeof(word))) {
        memcpy(&word, t.at, sizeof(word));
        h = mix(h, word);
    }
    word = 0;
    if (t.len > 0)
        memcpy(&word, t.at, t.len);
    return mix(mix(h, word), FINISH);
}

/* Up to eight bytes, the rest zero. */
static uint64_t word_at(struct text t, size_t at)
{
    size_t left = t.len - at;
    uint64_t word = 0;

    memcpy(&word, t.at + at, left < sizeof(word) ? left : sizeof(word));
    return word;
}

/* Each round is a bijection chosen by the key. */
uint64_t text_hash_keyed(struct text t, uint64_t key)
{
    uint64_t h = key ^ t.len;

    for (size_t at = 0; at < t.len; at += sizeof(uint64_t)) {
        h = (h ^ word_at(t, at)) * FACTOR;
        h ^= h >> 32 ^ key;
    }
    return h;
}
