/* SPDX-License-Identifier: MIT */
#include "database/sql_scan.h"

#include "base/check.h"

/* --- bytes ---------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_word(char c)
{
    char lower = (char)(c | 0x20);

    return (lower >= 'a' && lower <= 'z') || c == '_' || (c & 0x80);
}

static bool continues_word(char c)
{
    return begins_word(c) || is_digit(c);
}

/* NUL past the end. */
static char byte_at(struct text t, size_t offset)
{
    return offset < t.len ? t.at[offset] : '\0';
}

static bool pair_at(struct text t, size_t offset, const char *pair)
{
    return byte_at(t, offset) == pair[0] && byte_at(t, offset + 1) == pair[1];
}

/* --- between tokens -------------------------------------------------------
 *
 * The functions below answer how many bytes of the text's front something
 * takes; 0 when it has no end.
 */

static size_t line_comment(struct text t)
{
    size_t n = 2;

    while (n < t.len && !is_line_end(t.at[n]))
        n++;
    return n;
}

/* These nest. */
static size_t block_comment(struct text t)
{
    unsigned depth = 0;
    size_t n = 0;

    while (n < t.len) {
        bool opens = pair_at(t, n, "/*");
        bool closes = !opens && pair_at(t, n, "*/");

        n += opens || closes ? 2 : 1;
        depth += opens;
        depth -= closes;
        if (depth == 0)
            return n;
    }
    return 0;
}

/* --- quotes --------------------------------------------------------------- */

/* A doubled quote inside is taken for two quoted texts side by side. */
static size_t quoted(struct text t)
{
    ptrdiff_t inside = text_find(text_skip(t, 1), t.at[0]);

    return inside < 0 ? 0 : (size_t)inside + 2;
}

/* From the opening quote; a backslash takes the next byte's meaning away. */
static size_t escaped(struct text t)
{
    for (size_t n = 1; n < t.len; n++) {
        if (t.at[n] == '\\' || pair_at(t, n, "''"))
            n++;
        else if (t.at[n] == '\'')
            return n + 1;
    }
    return 0;
}

/*
 * Behind a string: how far away, behind a line end, is another one that goes
 * on with it, by the same rules? 0: there is none.
 */
static size_t continuation(struct text t)
{
    bool line_ended = false;
    size_t n = 0;

    for (;; n++) {
        if (pair_at(t, n, "--"))
            n += line_comment(text_skip(t, n));
        if (!is_space(byte_at(t, n)))
            return line_ended && byte_at(t, n) == '\'' ? n : 0;
        line_ended = line_ended || is_line_end(t.at[n]);
    }
}

/* E'…' */
static size_t escape_string(struct text t)
{
    size_t n = 0, more = 1;

    while (more > 0) {
        size_t part = escaped(text_skip(t, n + more));

        if (part == 0)
            return 0;
        n += more + part;
        more = continuation(text_skip(t, n));
    }
    return n;
}

/* "$$" or "$tag$". */
static size_t dollar_mark(struct text t)
{
    size_t n = 1;

    if (begins_word(byte_at(t, n)))
        while (continues_word(byte_at(t, n)))
            n++;
    return byte_at(t, n) == '$' ? n + 1 : 0;
}

static size_t dollar_quote(struct text t)
{
    size_t mark = dollar_mark(t);
    const char *end = memmem(t.at + mark, t.len - mark, t.at, mark);

    return end ? (size_t)(end - t.at) + mark : 0;
}

/* --- plain tokens --------------------------------------------------------- */

static size_t word(struct text t)
{
    size_t n = 1;

    while (continues_word(byte_at(t, n)) || byte_at(t, n) == '$')
        n++;
    return n;
}

static size_t number(struct text t)
{
    size_t n = 1;

    while (continues_word(byte_at(t, n)) || byte_at(t, n) == '.')
        n++;
    return n;
}

static size_t parameter(struct text t)
{
    size_t n = 1;

    while (is_digit(byte_at(t, n)))
        n++;
    return n;
}

static size_t sign(struct text t)
{
    (void)t;
    return 1;
}

/* --- which is which ------------------------------------------------------- */

static bool is_word(struct text t)
{
    return begins_word(t.at[0]);
}

static bool is_number(struct text t)
{
    return is_digit(t.at[0]);
}

static bool is_parameter(struct text t)
{
    return t.at[0] == '$' && is_digit(byte_at(t, 1));
}

static bool is_quoted(struct text t)
{
    return t.at[0] == '\'' || t.at[0] == '"';
}

static bool is_escape_string(struct text t)
{
    return pair_at(t, 0, "e'") || pair_at(t, 0, "E'");
}

static bool is_dollar_quote(struct text t)
{
    return t.at[0] == '$' && dollar_mark(t) > 0;
}

static bool is_anything(struct text t)
{
    return t.len > 0;
}

/* The first row that fits is it. */
static const struct {
    bool (*fits)(struct text t);
    size_t (*bytes)(struct text t);
    enum sql_token_kind kind;
} tokens[] = {
    { is_escape_string, escape_string, SQL_VALUE },
    { is_word, word, SQL_WORD },
    { is_number, number, SQL_VALUE },
    { is_parameter, parameter, SQL_VALUE },
    { is_quoted, quoted, SQL_VALUE },
    { is_dollar_quote, dollar_quote, SQL_VALUE },
    { is_anything, sign, SQL_SIGN },
};

/* --- the scan ------------------------------------------------------------- */

static void take(struct sql_scan *scan, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        scan->line += scan->rest.at[i] == '\n';
    scan->rest = text_skip(scan->rest, bytes);
}

static int skip_blanks(struct sql_scan *scan, struct diag *diag)
{
    for (;;) {
        size_t n = 1;

        if (pair_at(scan->rest, 0, "--"))
            n = line_comment(scan->rest);
        else if (pair_at(scan->rest, 0, "/*"))
            n = block_comment(scan->rest);
        else if (!is_space(byte_at(scan->rest, 0)))
            return 0;
        if (n == 0)
            return FAIL(diag, ERR_VALIDATION,
                        "the comment that begins here has no end");
        take(scan, n);
    }
}

void sql_scan_init(struct sql_scan *scan, struct text sql)
{
    size_t mark = text_starts_with(sql, "\xef\xbb\xbf") ? 3 : 0;

    CHECK(!text_is_null(sql));
    *scan = (struct sql_scan){ text_skip(sql, mark), 1 };
}

int sql_scan_next(struct sql_scan *scan, struct sql_token *ret,
                  struct diag *diag)
{
    int r = skip_blanks(scan, diag);
    size_t row = 0, n;

    *ret = (struct sql_token){ SQL_END, { scan->rest.at, 0 }, scan->line };
    if (r < 0 || scan->rest.len == 0)
        return r;
    while (!tokens[row].fits(scan->rest))
        row++;
    n = tokens[row].bytes(scan->rest);
    if (n == 0)
        return FAIL(diag, ERR_VALIDATION,
                    "the quoted text that begins here has no end");
    ret->kind = tokens[row].kind;
    ret->text.len = n;
    take(scan, n);
    return 0;
}

bool sql_token_is(const struct sql_token *token, const char *word_wanted)
{
    return token->kind == SQL_WORD &&
           text_equal_nocase(token->text, text_of(word_wanted));
}

bool sql_token_is_sign(const struct sql_token *token, char wanted)
{
    return token->kind == SQL_SIGN && token->text.at[0] == wanted;
}
