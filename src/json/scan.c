/* SPDX-License-Identifier: MIT */
#include "json/scan.h"

#include "json/document.h"
#include "json/lexeme.h"
#include "json/pointer.h"

#include <jansson.h>

/* Where we are: a chain through the callers' frames, read only at a fault. */
struct place {
    const struct place *up;
    struct text name; /* with its quotes; TEXT_NULL: an item */
    size_t item;
};

struct scan {
    struct reader in;
    unsigned tokens, tokens_max, depth;
    struct scan_result result;
};

static int scan_value(struct scan *s, const struct place *here);

static int malformed(struct scan *s, size_t offset, const char *what)
{
    return text_malformed(s->in.all, offset, what, s->in.diag);
}

static void skip_space(struct scan *s)
{
    while (s->in.at < s->in.all.len &&
           (s->in.all.at[s->in.at] == ' ' || s->in.all.at[s->in.at] == '\t' ||
            s->in.all.at[s->in.at] == '\n' || s->in.all.at[s->in.at] == '\r'))
        s->in.at++;
}

static int count_token(struct scan *s)
{
    if (++s->tokens <= s->tokens_max)
        return 0;
    return FAIL(s->in.diag, ERR_CONTENT_TOO_LARGE,
                "more than %u values and member names", s->tokens_max);
}

/* A name may hold escapes, which the library undoes better than we would. */
static void add_raw_name(struct pointer *pointer, struct text raw)
{
    json_t *name = json_loadb(raw.at, raw.len, JSON_DECODE_ANY, NULL);

    if (name)
        pointer_add_name(pointer, text_from(json_string_value(name),
                                            json_string_length(name)));
    json_decref(name);
}

static void add_place(struct pointer *pointer, const struct place *here)
{
    if (!here)
        return;
    add_place(pointer, here->up);
    if (text_is_null(here->name))
        pointer_add_place(pointer, here->item);
    else
        add_raw_name(pointer, here->name);
}

static void fault(struct scan *s, const struct place *here, const char *code,
                  const char *detail)
{
    struct pointer pointer = { 0 };

    add_place(&pointer, here);
    diag_violation(s->in.diag, pointer.at, code, "%s", detail);
}

static int scan_number(struct scan *s, const struct place *here)
{
    static const char *const details[] = {
        [NUMBER_NO_INT64] = "must fit a 64-bit integer",
        [NUMBER_NO_DOUBLE] = "must fit a double-precision number",
    };
    enum number number;
    int r = lexeme_number(&s->in, &number);

    if (r < 0 || number == NUMBER_FITS)
        return r;
    s->result.unreadable = true;
    fault(s, here, "out_of_range", details[number]);
    return 0;
}

static int scan_items(struct scan *s, const struct place *up)
{
    struct place here = { .up = up };
    int r;

    skip_space(s);
    if (reader_take(&s->in, ']'))
        return 0;
    for (;; here.item++) {
        r = scan_value(s, &here);
        if (r < 0)
            return r;
        skip_space(s);
        if (reader_take(&s->in, ']'))
            return 0;
        if (!reader_take(&s->in, ','))
            return malformed(s, s->in.at, "a comma or ] is expected");
    }
}

static int scan_name(struct scan *s, struct place *here)
{
    size_t start;
    bool nul = false;
    int r;

    skip_space(s);
    start = s->in.at;
    if (reader_peek(&s->in) != '"')
        return malformed(s, s->in.at, "a member's name is expected");
    r = count_token(s);
    if (r == 0)
        r = lexeme_text(&s->in, &nul);
    if (r < 0)
        return r;
    here->name = text_from(s->in.all.at + start, s->in.at - start);
    if (nul) {
        s->result.unreadable = true;
        fault(s, here->up, "nul", "must have no member with a NUL in its name");
    }
    skip_space(s);
    if (!reader_take(&s->in, ':'))
        return malformed(s, s->in.at, "a colon is expected");
    return 0;
}

static int scan_members(struct scan *s, const struct place *up)
{
    struct place here = { .up = up };
    int r;

    skip_space(s);
    if (reader_take(&s->in, '}'))
        return 0;
    for (;;) {
        r = scan_name(s, &here);
        if (r == 0)
            r = scan_value(s, &here);
        if (r < 0)
            return r;
        skip_space(s);
        if (reader_take(&s->in, '}'))
            return 0;
        if (!reader_take(&s->in, ','))
            return malformed(s, s->in.at, "a comma or } is expected");
    }
}

static int scan_inside(struct scan *s, const struct place *here)
{
    size_t start = s->in.at++;
    int r;

    if (++s->depth > DOCUMENT_DEPTH_MAX)
        return FAIL(s->in.diag, ERR_MALFORMED_JSON, "nested deeper than %d",
                    DOCUMENT_DEPTH_MAX);
    r = s->in.all.at[start] == '{' ? scan_members(s, here)
                                   : scan_items(s, here);
    s->depth--;
    return r;
}

static int scan_text_value(struct scan *s, const struct place *here)
{
    bool nul = false;
    int r = lexeme_text(&s->in, &nul);

    if (r == 0 && nul)
        fault(s, here, "nul", "must not contain a NUL");
    return r;
}

static int scan_value(struct scan *s, const struct place *here)
{
    int r = count_token(s);
    char c;

    if (r < 0)
        return r;
    skip_space(s);
    c = reader_peek(&s->in);
    if (c == '{' || c == '[')
        return scan_inside(s, here);
    if (c == '"')
        return scan_text_value(s, here);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s, here);
    return lexeme_word(&s->in);
}

int scan_document(struct text bytes, unsigned tokens_max, struct diag *diag,
                  struct scan_result *ret_result)
{
    struct scan s = { .in = { bytes, 0, diag }, .tokens_max = tokens_max };
    int r = scan_value(&s, NULL);

    if (r < 0)
        return r;
    skip_space(&s);
    if (s.in.at < bytes.len)
        return malformed(&s, s.in.at, "something follows the JSON value");
    *ret_result = s.result;
    return 0;
}
