/* SPDX-License-Identifier: MIT */
/*
 * The library's own reader takes bodies one byte after the other, and checks
 * all that the scan has. For a small body that was a quarter of the request.
 */
#include "json/build.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/id.h"
#include "json/lexeme.h"
#include "json/plain.h"

struct build {
    struct text in;
    size_t at;
    size_t twice;       /* behind the first name given again; 0: none */
    struct arena arena; /* of texts whose escapes are undone */
};

static json_t *build_value(struct build *b);

/* The byte that comes next, but for white space, commas and colons. */
static char peek(struct build *b)
{
    while (strchr(" \t\r\n,:", b->in.at[b->at]))
        b->at++;
    return b->in.at[b->at];
}

/* --- texts ---------------------------------------------------------------- */

static uint32_t take_unit(struct build *b)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++)
        unit = unit * 16 + (uint32_t)hex_value(b->in.at[b->at++]);
    return unit;
}

/* Behind `\u`. RFC 8259 § 7: what is beyond 16 bits is a pair of surrogates. */
static uint32_t take_code_point(struct build *b)
{
    uint32_t unit = take_unit(b);

    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    b->at += strlen("\\u");
    return 0x10000 + ((unit - 0xD800) << 10) + (take_unit(b) - 0xDC00);
}

/* RFC 3629 § 3 */
static char *put_code_point(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3F));
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (c & 0x3F));
    return to;
}

static char *undo_escape(struct build *b, char *to)
{
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = b->in.at[b->at + 1];

    b->at += 2;
    if (c == 'u')
        return put_code_point(to, take_code_point(b));
    *to = meant[strchr(escapes, c) - escapes];
    return to + 1;
}

/* From the first escape on; no text grows by having them undone. */
static struct text undo_escapes(struct build *b, size_t start)
{
    size_t plain = b->at - start, end = b->at;
    char *at, *to;

    while (b->in.at[end] != '"')
        end += b->in.at[end] == '\\' ? 2 : 1;
    at = arena_take(&b->arena, end - start);
    CHECK(at != NULL); /* has no limit of its own: the body has */
    memcpy(at, b->in.at + start, plain);
    for (to = at + plain; b->at < end;) {
        if (b->in.at[b->at] == '\\')
            to = undo_escape(b, to);
        else
            *to++ = b->in.at[b->at++];
    }
    return text_from(at, (size_t)(to - at));
}

static struct text take_text(struct build *b)
{
    size_t start = ++b->at;
    struct text text;

    b->at += plain__run(text_skip(b->in, start));
    text = b->in.at[b->at] == '"' ? text_from(b->in.at + start, b->at - start)
                                  : undo_escapes(b, start);
    b->at++;
    return text;
}

/* --- values --------------------------------------------------------------- */

static json_t *build_text(struct build *b)
{
    struct text text = take_text(b);

    return json_stringn_nocheck(text.at, text.len);
}

static json_t *build_number(struct build *b)
{
    struct text number = text_skip(b->in, b->at);
    int64_t integer;

    number.len = lexeme_number_bytes(number);
    b->at += number.len;
    if (text_to_int64(number, &integer))
        return json_integer(integer);
    return json_real(lexeme_real(number));
}

static json_t *build_items(struct build *b)
{
    json_t *list = json_array();

    b->at++;
    while (peek(b) != ']')
        CHECK(json_array_append_new(list, build_value(b)) == 0);
    b->at++;
    return list;
}

static json_t *build_members(struct build *b)
{
    json_t *object = json_object();

    b->at++;
    for (size_t count = 1; peek(b) != '}'; count++) {
        struct text name = take_text(b);
        size_t behind = b->at;

        CHECK(json_object_setn_new_nocheck(object, name.at, name.len,
                                           build_value(b)) == 0);
        if (json_object_size(object) == count)
            continue;
        count--;
        if (b->twice == 0 || behind < b->twice)
            b->twice = behind;
    }
    b->at++;
    return object;
}

static json_t *build_word(struct build *b, size_t len, json_t *word)
{
    b->at += len;
    return word;
}

static json_t *build_value(struct build *b)
{
    switch (peek(b)) {
    case '{':
        return build_members(b);
    case '[':
        return build_items(b);
    case '"':
        return build_text(b);
    case 't':
        return build_word(b, strlen("true"), json_true());
    case 'f':
        return build_word(b, strlen("false"), json_false());
    case 'n':
        return build_word(b, strlen("null"), json_null());
    default:
        return build_number(b);
    }
}

json_t *build_tree(struct text bytes, size_t *ret_twice)
{
    struct build b = { .in = bytes };
    json_t *root;

    arena_init(&b.arena, SIZE_MAX);
    root = build_value(&b);
    arena_fini(&b.arena);
    if (b.twice) {
        json_decref(root);
        root = NULL;
    }
    *ret_twice = b.twice;
    return root;
}
