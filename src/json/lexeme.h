/* SPDX-License-Identifier: MIT */
/*
 * Room only: the words of JSON. Each function starts at the first byte of one
 * and ends behind its last.
 */
#pragma once

#include "base/error.h"

struct reader {
    struct text all;
    size_t at;
    struct diag *diag;
};

/* The byte that comes next; NUL, which fits nowhere, also at the end. */
static inline char reader_peek(const struct reader *in)
{
    return in->at < in->all.len ? in->all.at[in->at] : '\0';
}

static inline bool reader_take(struct reader *in, char byte)
{
    if (in->at >= in->all.len || in->all.at[in->at] != byte)
        return false;
    in->at++;
    return true;
}

enum number { NUMBER_FITS, NUMBER_NO_INT64, NUMBER_NO_DOUBLE };

/* All of these: 0, or -ERR_MALFORMED_JSON. */
int lexeme_text(struct reader *in, bool *ret_nul) MUST_CHECK;
int lexeme_number(struct reader *in, enum number *ret_number) MUST_CHECK;
int lexeme_word(struct reader *in) MUST_CHECK;

/* Of one that has been read before: its length, and its value as a double. */
size_t lexeme_number_bytes(struct text rest);
double lexeme_real(struct text number);

/* FAILs with -ERR_MALFORMED_JSON and "line 1, column 5: <what>". */
int text_malformed(struct text bytes, size_t offset, const char *what,
                   struct diag *diag);
