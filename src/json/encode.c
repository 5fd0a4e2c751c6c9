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

/* --- lists ---------------------------------------------------------------- */

/*
 * What stands behind an item's first quote: there `\"` and `\\` are all that is
 * escaped, and mean the same in JSON. Answers what is behind the second one.
 */
static struct text add_quoted(struct buffer *buffer, struct text t)
{
    char *at;

    buffer_add_byte(buffer, '"');
    while ((at = splice_room(buffer, t.len)) != NULL) {
        size_t plain = plain__copy(at, t);

        buffer_grew(buffer, plain);
        t = text_skip(t, plain);
        if (t.len == 0 || t.at[0] == '"')
            break;
        if (t.at[0] == '\\')
            splice(buffer, t.at, t.len < 2 ? t.len : 2);
        else
            add_escape(buffer, t.at[0]);
        t = text_skip(t, t.at[0] == '\\' ? 2 : 1);
    }
    buffer_add_byte(buffer, '"');
    return text_skip(t, 1);
}

/* Up to the next comma or the list's end; only here NULL is no word. */
static struct text add_bare(struct buffer *buffer, struct text t)
{
    const char *comma = memchr(t.at, ',', t.len);
    size_t len = comma ? (size_t)(comma - t.at) : t.len - 1;
    struct text item = text_from(t.at, len);

    encode_text(buffer, text_is(item, "NULL") ? TEXT_NULL : item);
    return text_skip(t, len);
}

/* "[2:4]={…}" where the first item is not at place 1. */
static struct text skip_bounds(struct text t)
{
    ptrdiff_t equals = t.len > 0 && t.at[0] == '[' ? text_find(t, '=') : -1;

    return text_skip(t, (size_t)(equals + 1));
}

void encode_list(struct buffer *buffer, struct text t)
{
    if (is_null(buffer, t))
        return;
    t = text_skip(skip_bounds(t), 1);
    buffer_add_byte(buffer, '[');
    while (t.len > 1) {
        t = t.at[0] == '"' ? add_quoted(buffer, text_skip(t, 1))
                           : add_bare(buffer, t);
        if (t.len > 1)
            buffer_add_byte(buffer, ',');
        t = text_skip(t, t.len > 1);
    }
    buffer_add_byte(buffer, ']');
}

/* --- what has a form of its own --------------------------------------------
 */

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
