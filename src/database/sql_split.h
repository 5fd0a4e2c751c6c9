/* SPDX-License-Identifier: MIT */
/*
 * Cuts an SQL script into its statements. What is quoted or a comment, what
 * stands in parentheses, and the body of an SQL-standard function (BEGIN
 * ATOMIC … END) may hold semicolons. Pure.
 */
#pragma once

#include "database/sql_scan.h"

struct sql_statement {
    struct text sql;  /* borrowed from the script, without ';' and without
                         comments around it; TEXT_NULL: nothing is left */
    struct text verb; /* its first word, as it was written; may be empty */
    unsigned line;    /* on which it begins, from 1 */
};

struct sql_split {
    struct sql_scan scan;
};

/* The script is borrowed until the last statement was used. */
void sql_split_init(struct sql_split *split, struct text script);

/*
 * The next statement; empty ones are skipped. -ERR_VALIDATION when something
 * has no end, for a NUL byte and for the commands of psql: ret->line is then
 * the line on which that begins. After an error nothing more may be asked.
 */
int sql_split_next(struct sql_split *split, struct sql_statement *ret,
                   struct diag *diag) MUST_CHECK;
