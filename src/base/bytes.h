/* SPDX-License-Identifier: MIT */
/*
 * Shared, immutable bytes with a count of references: a reply's body that a
 * cache and several replies hold at once. The count is atomic, so that they
 * may pass between loops.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stdatomic.h>

struct bytes {
    atomic_uint refs;
    bool inside; /* they stand behind it, in the same piece of memory */
    size_t len;
    char *at;
    struct bytes *whole; /* what it is a part of; NULL: the bytes are its own */
};

/* Takes over memory made by our allocator (see buffer_release). */
struct bytes *bytes_adopt(char *at, size_t len) MUST_CHECK;
struct bytes *bytes_copy(struct text t) MUST_CHECK; /* in one piece */
struct bytes *bytes_ref(struct bytes *bytes) MUST_CHECK;

/* What lies in it, without a copy: it lives on while the part does. */
struct bytes *bytes_part(struct bytes *whole, struct text part) MUST_CHECK;

/* A copy's front is no part of it any more; nobody else may have it yet. */
void bytes_skip(struct bytes *copy, size_t front);

/* The memory that it keeps. */
size_t bytes_held(const struct bytes *bytes);

/* Drops the reference and makes the pointer NULL; NULL is taken. */
void bytes_unref(struct bytes **bytes);

static inline struct text bytes_text(const struct bytes *bytes)
{
    return text_from(bytes->at, bytes->len);
}
