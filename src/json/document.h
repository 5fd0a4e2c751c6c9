/* SPDX-License-Identifier: MIT */
/*
 * JSON that comes in, under our own names. Before a tree is built, a scan of
 * our own has checked grammar, UTF-8 and the limits below, so that what a
 * client sends can neither exhaust the stack nor blow up the memory.
 *
 * A document owns its nodes; a node and the texts taken from it live as long
 * as the document. No text in a document holds a NUL.
 */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

enum {
    DOCUMENT_DEPTH_MAX = 32,     /* lists and objects inside each other */
    DOCUMENT_TOKENS_MAX = 10000, /* values and member names together */
};

struct document;
struct node; /* one value */

enum node_type {
    NODE_NULL,
    NODE_BOOLEAN,
    NODE_INTEGER, /* written without fraction and exponent */
    NODE_REAL,
    NODE_TEXT,
    NODE_LIST,
    NODE_OBJECT,
};

/*
 * Any JSON value, nothing behind it. The detail tells line and column.
 *   -ERR_MALFORMED_JSON     no JSON, not UTF-8, a lone surrogate, too deep, or
 *                           a member given twice
 *   -ERR_CONTENT_TOO_LARGE  too many tokens
 *   -ERR_VALIDATION         well-formed, but with what no column can hold:
 *                           `\u0000` (code `nul`) or a number beyond int64 or
 *                           double (`out_of_range`); one violation for each
 */
int document_parse(struct text bytes, struct diag *diag,
                   struct document **ret_document) MUST_CHECK;

/* Frees it with all nodes; NULL is taken. Fits CLEANUP. */
void document_free(struct document **document);

const struct node *document_root(const struct document *document);

enum node_type node_type(const struct node *node);

/* Each of these only for a node of the type in its name. */
bool node_boolean(const struct node *node);
int64_t node_integer(const struct node *node);
double node_real(const struct node *node);
struct text node_text(const struct node *node); /* a NUL stands behind it */

/* Items of a list, members of an object; of anything else 0. */
size_t node_count(const struct node *node);

/* The item at a place below node_count(). */
const struct node *node_item(const struct node *list, size_t place);

/* NULL when there is no such member, or `object` is no object. */
const struct node *node_member(const struct node *object, const char *name);

/*
 * The members in the order they were written:
 *     struct member m = { 0 };
 *     while (member_next(object, &m)) …
 */
struct member {
    struct text name;
    const struct node *value;
    void *at; /* its own affair */
};

bool member_next(const struct node *object, struct member *member);

/* Writes it out again, without white space, members in their order. */
void node_encode(const struct node *node, struct buffer *buffer);
