/* SPDX-License-Identifier: MIT */
#include "json/lexeme.h"
#include "json/patch.h"
#include "json/read.h"

enum { STORED_BYTES_MAX = 64 << 20 };

static bool is_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

/* Copies the text or number that comes next, or else one byte. */
static int copy_word(struct reader *in, struct buffer *copy)
{
    enum number number = NUMBER_FITS;
    size_t start = in->at;
    bool nul = false;
    int r = 0;

    if (reader_peek(in) == '"')
        r = lexeme_text(in, &nul);
    else if (is_number(reader_peek(in)))
        r = lexeme_number(in, &number);
    else
        in->at++;
    buffer_add(copy, in->all.at + start, in->at - start);
    if (number == NUMBER_NO_INT64)
        buffer_add_string(copy, "e0");
    return r;
}

/*
 * The database writes a number that came as 1e20 with all its digits: an
 * exponent makes a double of it again.
 */
static int read_with_exponents(struct text bytes, struct diag *diag,
                               struct document **ret_document)
{
    CLEANUP(buffer_fini) struct buffer copy = { .limit = STORED_BYTES_MAX };
    struct reader in = { .all = bytes, .diag = diag };

    while (in.at < bytes.len) {
        int r = copy_word(&in, &copy);

        if (r < 0)
            return r;
    }
    if (buffer_overflown(&copy))
        return -ERR_CONTENT_TOO_LARGE;
    return document__read_long(buffer_text(&copy), PATCH_TOKENS_MAX, diag,
                               ret_document);
}

int document__read_stored(struct text bytes, struct diag *diag,
                          struct document **ret_document)
{
    CLEANUP(document_free) struct document *document = NULL;
    struct diag own;
    int r;

    diag_init(&own, NULL);
    r = document__read_long(bytes, PATCH_TOKENS_MAX, &own, &document);
    if (r == -ERR_VALIDATION) {
        diag_clear(&own);
        r = read_with_exponents(bytes, &own, &document);
    }
    if (r < 0 || own.violation_count > 0 ||
        node_type(document_root(document)) != NODE_OBJECT)
        return FAIL(diag, ERR_INTERNAL, "the stored object cannot be read");
    *ret_document = document;
    document = NULL;
    return 0;
}
