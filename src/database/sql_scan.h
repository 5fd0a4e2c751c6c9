/* SPDX-License-Identifier: MIT */
/*
 * Cuts SQL into tokens by PostgreSQL's own rules, with standard conforming
 * strings, as far as telling code from quoted text and comments asks for it.
 * Pure.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

enum sql_token_kind {
    SQL_END,   /* nothing is left */
    SQL_WORD,  /* a keyword, or a name without quotes */
    SQL_VALUE, /* a number, a parameter or anything in quotes */
    SQL_SIGN,  /* one byte: a bracket, a part of an operator … */
};

struct sql_token {
    enum sql_token_kind kind;
    struct text text; /* borrowed, as it was written */
    unsigned line;    /* on which it begins, from 1 */
};

struct sql_scan {
    struct text rest;
    unsigned line;
};

/* The SQL is borrowed. A byte order mark at its front is skipped. */
void sql_scan_init(struct sql_scan *scan, struct text sql);

/*
 * The next token behind spaces and comments. -ERR_VALIDATION when something
 * has no end: ret->line is then where that begins.
 */
int sql_scan_next(struct sql_scan *scan, struct sql_token *ret,
                  struct diag *diag) MUST_CHECK;

/* Is it this word? Case is folded; words in quotes are none. */
bool sql_token_is(const struct sql_token *token, const char *word);

/* Is it this sign? */
bool sql_token_is_sign(const struct sql_token *token, char sign);
