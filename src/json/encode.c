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

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A string's bytes, both quotes included, or those up to the next string. */
static size_t run_length(struct text t)
{
    size_t i = 1;

    if (t.at[0] == '"') {
        while (i < t.len && t.at[i] != '"')
            i += t.at[i] == '\\' ? 2 : 1;
        return i < t.len ? i + 1 : t.len;
    }
    while (i < t.len && t.at[i] != '"')
        i++;
    return i;
}

static void add_run(struct buffer *buffer, struct text run)
{
    char *at = buffer_room(buffer, run.len), *end = at;

    if (!at)
        return;
    for (size_t i = 0; i < run.len; i++)
        if (!is_space(run.at[i]))
            *end++ = run.at[i];
    buffer_grew(buffer, (size_t)(end - at));
}

void encode_compact(struct buffer *buffer, struct text t)
{
    if (is_null(buffer, t))
        return;
    while (t.len > 0) {
        struct text run = text_from(t.at, run_length(t));

        if (t.at[0] == '"')
            splice(buffer, run.at, run.len);
        else
            add_run(buffer, run);
        t = text_skip(t, run.len);
    }
}

void encode_plain(struct buffer *buffer, struct text t)
{
    char *at;

    if (is_null(buffer, t))
        return;
    at = splice_room(buffer, t.len + 2);
    if (UNLIKELY(!at))
        return;
    at[0] = '"';
    splice_copy(at + 1, t.at, t.len);
    at[t.len + 1] = '"';
    buffer_grew(buffer, t.len + 2);
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
    size_t plain;
    char *at;

    if (is_null(buffer, t) || UNLIKELY(!splice_room(buffer, t.len + 2)))
        return;
    buffer_add_byte(buffer, '"');
    while ((at = splice_room(buffer, t.len + 1)) != NULL) {
        plain = plain__copy(at, t);
        buffer_grew(buffer, plain);
        if (LIKELY(plain == t.len))
            break;
        add_escape(buffer, t.at[plain]);
        t = text_skip(t, plain + 1);
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
    static const char form[] = "\"....-..-..T..:..:...000000Z\"";
    char *at;

    if (text_is_null(t) || !is_utc(t)) {
        encode_text(buffer, t);
        return;
    }
    at = splice_room(buffer, sizeof(form) - 1);
    if (UNLIKELY(!at))
        return;
    memcpy(at, form, sizeof(form) - 1);
    splice_copy(at + 1, t.at, t.len - ZONE_BYTES);
    at[11] = 'T';
    at[1 + SECONDS_BYTES] = '.';
    buffer_grew(buffer, sizeof(form) - 1);
}
