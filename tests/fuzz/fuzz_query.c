/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a query string. What is taken is fit for all that follows, is
 * what a second, naive reader finds, and says the same when it is written out
 * and read again.
 */
#include "base/buffer.h"
#include "base/check.h"
#include "http/percent.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 1 << 22 };

/* --- the naive reader ---------------------------------------------------- */

/* One byte off the front; -1 when it is none. */
static int next_byte(struct text *rest)
{
    char c = rest->at[0], pair[3] = "", *end = pair;
    long byte = 0;

    *rest = text_skip(*rest, 1);
    if (c == '+')
        return ' ';
    if (c != '%')
        return (unsigned char)c;
    if (rest->len >= 2 && rest->at[0] > ' ') { /* which strtol() would skip */
        memcpy(pair, rest->at, 2);
        byte = strtol(pair, &end, 16);
        *rest = text_skip(*rest, 2);
    }
    return end == pair + 2 && byte >= 0 && pair[0] != '-' && pair[0] != '+' &&
                   pair[1] != 'x' && pair[1] != 'X'
               ? (int)byte
               : -1;
}

static bool decode(struct text raw, struct buffer *out)
{
    buffer_clear(out);
    while (raw.len > 0) {
        int byte = next_byte(&raw);

        if (byte <= 0)
            return false;
        buffer_add_byte(out, (char)byte);
    }
    return text_is_utf8(buffer_text(out));
}

static bool is_it(struct text raw, struct text decoded, struct buffer *out)
{
    return decode(raw, out) && text_equal(buffer_text(out), decoded);
}

/* Where the parameters are NULL the query must have a fault. */
static void compare(struct text query, const struct parameters *parameters)
{
    CLEANUP(buffer_fini) struct buffer out = { .limit = LIMIT_BYTES };
    struct text piece;
    size_t count = 0, pieces = 0;
    bool sound = true;

    while (text_cut(&query, '&', &piece)) {
        struct text value = piece, name;

        pieces++;
        if (piece.len == 0)
            continue;
        text_cut(&value, '=', &name);
        value = text_is_null(value) ? TEXT("") : value;
        sound = sound && decode(name, &out) && decode(value, &out);
        if (!parameters)
            continue;
        CHECK(count < parameters->count);
        CHECK(is_it(name, parameters->items[count].name, &out));
        CHECK(is_it(value, parameters->items[count].value, &out));
        count++;
    }
    CHECK(parameters ? count == parameters->count
                     : !sound || pieces > PARAMETERS_MAX);
}

/* --- there and back ------------------------------------------------------ */

static void check_text(struct text t)
{
    CHECK(!text_is_null(t) && text_is_utf8(t) && text_find(t, '\0') < 0);
}

static void print(const struct parameters *parameters, struct buffer *out)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (i > 0)
            buffer_add_byte(out, '&');
        percent_encode(out, parameters->items[i].name);
        buffer_add_byte(out, '=');
        percent_encode(out, parameters->items[i].value);
    }
    CHECK(!buffer_overflown(out));
}

static void read_again(const struct parameters *before, struct arena *arena)
{
    CLEANUP(buffer_fini) struct buffer query = { .limit = LIMIT_BYTES };
    struct parameters after;

    print(before, &query);
    CHECK(parameters_parse(buffer_text(&query), arena, NULL, &after) == 0);
    CHECK(before->count == after.count);
    for (size_t i = 0; i < after.count; i++) {
        check_text(before->items[i].name);
        check_text(before->items[i].value);
        CHECK(text_equal(before->items[i].name, after.items[i].name));
        CHECK(text_equal(before->items[i].value, after.items[i].value));
    }
}

/* In a path a plus is a plus. */
static void as_path(struct text raw, struct arena *arena)
{
    CLEANUP(buffer_fini) struct buffer again = { .limit = LIMIT_BYTES };
    struct text once, twice;

    if (percent_decode(raw, false, arena, &once) < 0)
        return;
    check_text(once);
    percent_encode(&again, once);
    CHECK(percent_decode(buffer_text(&again), false, arena, &twice) == 0);
    CHECK(text_equal(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text query = text_from(size ? (const char *)data : "", size);
    struct parameters parameters;
    struct arena arena;
    struct diag diag;
    int r;

    arena_init(&arena, LIMIT_BYTES);
    diag_init(&diag, &arena);
    r = parameters_parse(query, &arena, &diag, &parameters);
    CHECK(r == diag.code && (r == 0 || r == -ERR_INVALID_PARAMETER));
    if (size > 0)
        compare(query, r == 0 ? &parameters : NULL);
    if (r == 0)
        read_again(&parameters, &arena);
    as_path(query, &arena);
    arena_fini(&arena);
    return 0;
}
