/* SPDX-License-Identifier: MIT */
/*
 * What is asked of a database: one statement's text and the name it goes by.
 * Parameters are passed beside it, as an array of struct text in text format;
 * TEXT_NULL is SQL NULL. They are copied when the statement is submitted, need
 * no NUL behind them and must not hold one.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

/*
 * Immutable. It must live until its answer was taken or given up; a statement
 * made at run time may therefore live in the request's arena.
 */
struct statement {
    const char *name; /* metric label: "bill_by_id"; static, few of them */
    const char *sql;  /* one statement, parameters $1, $2 … */
    uint64_t hash;    /* of sql, by statement_hash(); 0: made when needed */
    uint32_t binary;  /* bit i: parameter i is in the driver's binary form */
    const char *collection; /* the table, for metrics; static, may be NULL */
    bool planned_anew;      /* its best plan depends on its values: keep none */
};

enum { STATEMENT_PARAMETERS_MAX = 512 };

/* 64 bits of the text; the same in every process, never 0. */
uint64_t statement_hash(const char *sql);

static inline uint64_t statement_key(const struct statement *statement)
{
    return statement->hash ? statement->hash : statement_hash(statement->sql);
}
