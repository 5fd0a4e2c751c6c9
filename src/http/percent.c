/* SPDX-License-Identifier: MIT */
#include "http/percent.h"

#include "base/buffer.h"
#include "base/id.h"

static bool needs_decoding(struct text t, bool plus)
{
    return text_find(t, '%') >= 0 || (plus && text_find(t, '+') >= 0);
}

int percent_decode(struct text t, bool plus, struct arena *arena,
                   struct text *ret_text)
{
    char *out, *end;

    *ret_text = t;
    if (text_find(t, '\0') >= 0)
        return -ERR_BAD_REQUEST;
    if (!needs_decoding(t, plus))
        return text_is_utf8(t) ? 0 : -ERR_BAD_REQUEST;
    out = end = arena_take(arena, t.len + 1);
    if (!out)
        return -ERR_TOO_LARGE;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];

        if (c == '%') {
            int high = i + 2 < t.len ? hex_value(t.at[i + 1]) : -1;
            int low = i + 2 < t.len ? hex_value(t.at[i + 2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return -ERR_BAD_REQUEST;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        *end++ = c;
    }
    *end = '\0';
    *ret_text = text_from(out, (size_t)(end - out));
    return text_is_utf8(*ret_text) ? 0 : -ERR_BAD_REQUEST;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c));
}

void percent_encode(struct buffer *buffer, struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        if (is_unreserved(t.at[i]))
            buffer_add_byte(buffer, t.at[i]);
        else
            buffer_add_format(buffer, "%%%02X", (unsigned char)t.at[i]);
    }
}

static size_t count_pieces(struct text query)
{
    size_t count = 1;

    for (size_t i = 0; i < query.len; i++)
        count += query.at[i] == '&';
    return count;
}

int parameters_parse(struct text query, struct arena *arena, struct diag *diag,
                     struct parameters *ret_parameters)
{
    size_t pieces = query.len ? count_pieces(query) : 0, count = 0;
    struct text rest = query, piece;
    struct parameter *items;

    *ret_parameters = (struct parameters){ 0 };
    if (pieces == 0)
        return 0;
    if (pieces > PARAMETERS_MAX)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the query has more than %d parameters", PARAMETERS_MAX);
    items = ARENA_ARRAY(arena, struct parameter, pieces);
    if (!items)
        return FAIL(diag, ERR_URI_TOO_LONG, "the query is too long");
    while (text_cut(&rest, '&', &piece)) {
        struct text name, value = piece;

        if (piece.len == 0)
            continue;
        text_cut(&value, '=', &name);
        if (text_is_null(value))
            value = TEXT("");
        if (percent_decode(name, true, arena, &items[count].name) < 0 ||
            percent_decode(value, true, arena, &items[count].value) < 0)
            return FAIL(diag, ERR_INVALID_PARAMETER,
                        "the query is not valid percent-encoded UTF-8");
        count++;
    }
    *ret_parameters = (struct parameters){ count, items };
    return 0;
}
