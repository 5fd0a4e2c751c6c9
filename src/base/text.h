/* SPDX-License-Identifier: MIT */
/*
 * A borrowed run of bytes: pointer and length, not NUL-terminated. `at` may be
 * NULL, which stands for "absent" (SQL NULL, a missing header) and is not the
 * same as empty.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *at;
    size_t len;
};

#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
#define TEXT_NULL     ((struct text){ NULL, 0 })

/* For printf: printf("%.*s", TEXT_ARG(t)). */
#define TEXT_ARG(t) (int)(t).len, (t).at ? (t).at : ""

/* The text of a NUL-terminated string; NULL gives TEXT_NULL. */
static inline struct text text_of(const char *string)
{
    return (struct text){ string, string ? strlen(string) : 0 };
}

static inline struct text text_from(const char *at, size_t len)
{
    return (struct text){ at, len };
}

static inline bool text_is_null(struct text t)
{
    return t.at == NULL;
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool text_is(struct text t, const char *string)
{
    return text_equal(t, text_of(string));
}

/* 64 bits of it, the same in every process; who wants to finds two alike. */
uint64_t text_hash(struct text t);

/* The same by a key, which must be random: so that nobody who does not know it
 * can choose texts whose hashes are equal. */
uint64_t text_hash_keyed(struct text t, uint64_t key);

/* ASCII case folded; what RFC 9110 asks of field names and tokens. */
bool text_equal_nocase(struct text a, struct text b);

bool text_starts_with(struct text t, const char *prefix);
bool text_ends_with(struct text t, const char *suffix);

/* Bytes skipped at the front, at most all. */
static inline struct text text_skip(struct text t, size_t bytes)
{
    size_t n = bytes < t.len ? bytes : t.len;

    return (struct text){ t.at + n, t.len - n };
}

/* Without spaces and tabs at both ends. */
struct text text_trim(struct text t);

/* The position of a byte, or -1. */
ptrdiff_t text_find(struct text t, char byte);

/*
 * Cuts the next piece up to `separator` off the front of *rest and stores it
 * in *ret_piece; false when nothing is left. "a,,b" gives "a", "", "b"; an
 * empty rest gives one empty piece, then false. Start with rest.at != NULL.
 */
bool text_cut(struct text *rest, char separator, struct text *ret_piece);

/*
 * A whole decimal integer, with an optional '-', nothing around it; false when
 * it is not one or does not fit.
 */
bool text_to_int64(struct text t, int64_t *ret_value) MUST_CHECK;

/* Bytes of the UTF-8 sequence at the front; 0 when there is no valid one. */
size_t text_sequence(struct text t);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(struct text t);

/* Code points in valid UTF-8. */
size_t text_code_points(struct text t);

enum { LABEL_BYTES = 80 };

/* A name that a client made up, to be told back to them. */
struct label {
    char at[LABEL_BYTES];
};

/* NUL-terminated, cut between code points when too long. */
struct label text_label(struct text name);
