/* SPDX-License-Identifier: MIT */
/*
 * Room only: trees that are changed. A node is counted: who has a reference
 * gives it back with node_unref(), or away to a function that takes it over.
 * No tree is ever part of itself.
 */
#pragma once

#include "json/document.h"

/* A node of a tree that is one's own, to be changed. */
static inline struct node *node_own(const struct node *node)
{
    return (struct node *)(uintptr_t)node;
}

struct node *node_ref(const struct node *node) MUST_CHECK;

/* NULL is taken. Fits CLEANUP. */
void node_unref(struct node **node);

/* Shares nothing with the original. */
struct node *node_copy(const struct node *node) MUST_CHECK;

struct node *node_new_object(void) MUST_CHECK;

/* Sets a member, at the end where it is new; takes `value` over. */
void node_put(struct node *object, const char *name, struct node *value);

/* Cuts a member off that is there, and gives it to the caller. */
struct node *node_take(struct node *object, const char *name) MUST_CHECK;

/* The same of items; one is inserted at a place up to node_count(). */
void node_insert_item(struct node *list, size_t place, struct node *value);
void node_put_item(struct node *list, size_t place, struct node *value);
struct node *node_take_item(struct node *list, size_t place) MUST_CHECK;

/*
 * RFC 6902, section 4.6: texts by their code points, numbers by their value
 * (1 is 1.0), objects whatever the order of their members.
 */
bool node_equal(const struct node *a, const struct node *b);

struct node_size {
    size_t tokens; /* values and member names, as in document_parse() */
    size_t bytes;  /* of texts and names */
    size_t depth;  /* 0 for what is neither list nor object */
};

struct node_size node_measure(const struct node *node);
