/* SPDX-License-Identifier: MIT */
#include "json/lexeme.h"

#include "base/id.h"
#include "json/plain.h"

#include <math.h>
#include <stdlib.h>

enum { NUMBER_BYTES_MAX = 400 };

/* With the 15 digits that we write. A greater one may round to infinity. */
#define LARGEST 1.79769313486231e308

int text_malformed(struct text bytes, size_t offset, const char *what,
                   struct diag *diag)
{
    struct text before = text_from(bytes.at, offset);
    size_t line = 1;
    ptrdiff_t end;

    while ((end = text_find(before, '\n')) >= 0) {
        before = text_skip(before, (size_t)end + 1);
        line++;
    }
    return FAIL(diag, ERR_MALFORMED_JSON, "line %zu, column %zu: %s", line,
                text_code_points(before) + 1, what);
}

static int malformed(struct reader *in, size_t offset, const char *what)
{
    return text_malformed(in->all, offset, what, in->diag);
}

/* What follows `\u`: four digits; -1 when they are none. */
static int32_t scan_unit(struct reader *in)
{
    int32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_value(reader_peek(in));

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
        in->at++;
    }
    return unit;
}

static int scan_unicode(struct reader *in, size_t start, bool *nul)
{
    int32_t unit = scan_unit(in);

    if (unit < 0)
        return malformed(in, start, "\\u needs four hexadecimal digits");
    *nul |= unit == 0;
    if (unit < 0xD800 || unit > 0xDFFF)
        return 0;
    if (unit < 0xDC00 && reader_take(in, '\\') && reader_take(in, 'u')) {
        unit = scan_unit(in);
        if (unit >= 0xDC00 && unit <= 0xDFFF)
            return 0;
    }
    return malformed(in, start, "half a surrogate pair");
}

static int scan_escape(struct reader *in, bool *nul)
{
    size_t start = in->at++;
    char c = reader_peek(in);

    if (c == '\0' || !strchr("\"\\/bfnrtu", c))
        return malformed(in, start, "no such escape");
    in->at++;
    return c == 'u' ? scan_unicode(in, start, nul) : 0;
}

int lexeme_text(struct reader *in, bool *ret_nul)
{
    size_t start = in->at++;
    int r = 0;

    for (;;) {
        in->at += plain__run(text_skip(in->all, in->at));
        if (in->at == in->all.len)
            return malformed(in, start, "a text without an end");
        if (reader_take(in, '"'))
            break;
        if (reader_peek(in) != '\\')
            return malformed(in, in->at, "a control character in a text");
        r = scan_escape(in, ret_nul);
        if (r < 0)
            return r;
    }
    if (!text_is_utf8(text_from(in->all.at + start, in->at - start)))
        return malformed(in, start, "a text that is not UTF-8");
    return 0;
}

static size_t skip_digits(struct reader *in)
{
    size_t start = in->at;

    while (reader_peek(in) >= '0' && reader_peek(in) <= '9')
        in->at++;
    return in->at - start;
}

double lexeme_real(struct text number)
{
    char copy[NUMBER_BYTES_MAX + 1];

    if (number.len > NUMBER_BYTES_MAX)
        return INFINITY;
    memcpy(copy, number.at, number.len);
    copy[number.len] = '\0';
    return strtod(copy, NULL);
}

static bool real_fits(struct text number)
{
    return fabs(lexeme_real(number)) <= LARGEST;
}

static bool integer_fits(struct text number)
{
    int64_t value;

    return text_to_int64(number, &value);
}

/* What may follow a number's first digits; false when it breaks the grammar. */
static bool skip_fraction(struct reader *in)
{
    if (reader_take(in, '.') && skip_digits(in) == 0)
        return false;
    if (!reader_take(in, 'e') && !reader_take(in, 'E'))
        return true;
    if (!reader_take(in, '+'))
        (void)reader_take(in, '-');
    return skip_digits(in) > 0;
}

size_t lexeme_number_bytes(struct text rest)
{
    size_t len = 0;

    while (len < rest.len && rest.at[len] &&
           strchr("+-.0123456789Ee", rest.at[len]))
        len++;
    return len;
}

int lexeme_number(struct reader *in, enum number *ret_number)
{
    size_t whole, start = in->at;
    struct text number;
    bool good;

    (void)reader_take(in, '-');
    good = reader_take(in, '0') || skip_digits(in) > 0;
    whole = in->at;
    if (!good || !skip_fraction(in))
        return malformed(in, start, "not a number");
    number = text_from(in->all.at + start, in->at - start);
    *ret_number = NUMBER_FITS;
    if (in->at == whole && !integer_fits(number))
        *ret_number = NUMBER_NO_INT64;
    if (in->at > whole && !real_fits(number))
        *ret_number = NUMBER_NO_DOUBLE;
    return 0;
}

int lexeme_word(struct reader *in)
{
    static const char *const words[] = { "true", "false", "null" };
    struct text rest = text_skip(in->all, in->at);

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (text_starts_with(rest, words[i])) {
            in->at += strlen(words[i]);
            return 0;
        }
    return malformed(in, in->at,
                     rest.len ? "a value is expected" : "ends too early");
}
