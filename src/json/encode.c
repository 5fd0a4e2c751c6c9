/* SPDX-License-Identifier: MIT */
#include "json/encode.h"

#include "json/plain.h"
#include "json/splice.h"

static bool is_null(struct buffer *buffer, struct text t)
{
    if (LIKELY(!text_is_null(t)))
        return false;
    splice(buffer, "null", 4);
    return true;
}

void encode_ready(struct buffer *buffer, struct text t)
{
    if (!is_null(buffer, t))
        splice(buffer, t.at, t.len);
}

void encode_plain(struct buffer *buffer, struct text t)
{
    size_t len = t.len + 2;
    char *at;

    if (is_null(buffer, t))
        return;
    if (LIKELY(len <= buffer->capacity - buffer->len))
        at = buffer->at + buffer->len;
    else
        at = buffer_room(buffer, len);
    if (!at)
        return;
    at[0] = '"';
    memcpy(at + 1, t.at, t.len);
    at[t.len + 1] = '"';
    buffer_grew(buffer, len);
}

static void add_escape(struct buffer *buffer, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[128] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    char letter = letters[(unsigned char)c];

    if (letter)
        splice(buffer, (char[]){ '\\', letter }, 2);
    else
        buffer_add(buffer,
                   (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] },
                   6);
}

void encode_text(struct buffer *buffer, struct text t)
{
    size_t plain = plain__run(t);

    if (LIKELY(plain == t.len)) {
        encode_plain(buffer, t);
        return;
    }
    buffer_add_byte(buffer, '"');
    while (t.len > 0) {
        splice(buffer, t.at, plain);
        t = text_skip(t, plain);
        if (t.len > 0)
            add_escape(buffer, t.at[0]);
        t = text_skip(t, 1);
        plain = plain__run(t);
    }
    buffer_add_byte(buffer, '"');
}

void encode_boolean(struct buffer *buffer, struct text t)
{
    if (is_null(buffer, t))
        return;
    if (text_equal(t, TEXT("t")))
        splice(buffer, "true", 4);
    else
        splice(buffer, "false", 5);
}

enum {
    SECONDS_BYTES = sizeof("2026-11-21 08:30:00") - 1,
    ZONE_BYTES = sizeof("+00") - 1,
    FRACTION_DIGITS = 6,
    FRACTION_BYTES = 1 + FRACTION_DIGITS,
};

/* PostgreSQL leaves the zeros at a fraction's end out, and a fraction of 0. */
static bool is_utc(struct text t)
{
    return t.len >= SECONDS_BYTES + ZONE_BYTES &&
           t.len <= SECONDS_BYTES + FRACTION_BYTES + ZONE_BYTES &&
           t.at[10] == ' ' &&
           memcmp(t.at + t.len - ZONE_BYTES, "+00", ZONE_BYTES) == 0;
}

void encode_timestamp(struct buffer *buffer, struct text t)
{
    char made[] = "\"....-..-..T..:..:...000000Z\"";
    size_t fraction;

    if (text_is_null(t) || !is_utc(t)) {
        encode_text(buffer, t);
        return;
    }
    fraction = t.len - SECONDS_BYTES - ZONE_BYTES;
    memcpy(made + 1, t.at, SECONDS_BYTES + fraction);
    made[11] = 'T';
    made[1 + SECONDS_BYTES] = '.';
    splice(buffer, made, sizeof(made) - 1);
}
