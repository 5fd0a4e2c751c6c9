/* SPDX-License-Identifier: MIT */
/*
 * What one caller may: compiled once from what was granted and denied, asked
 * many times. For a permission of the catalogue the answer is a test of two
 * bits; other keys are matched with the patterns. Pure: time comes in.
 *
 * A deny wins over every allow. One without `:own` takes away `:own` too, one
 * with it takes away only what is one's own.
 *
 * Sets are immutable and counted, without atomics: each belongs to one loop.
 */
#pragma once

#include "auth/permission.h"

/* To whose things it may be done. */
enum may {
    MAY_NOT = 0,
    MAY_OWN = 1,
    MAY_OTHERS = 2, /* though not to one's own: that is denied */
    MAY_ANY = MAY_OWN | MAY_OTHERS,
};

/* May it be done to something of one's own, or of another's? */
static inline bool may_touch(enum may may, bool own)
{
    return (may & (own ? MAY_OWN : MAY_OTHERS)) != 0;
}

#define PERMISSION_NEVER_EXPIRES UINT64_MAX

struct permission_grant {
    struct text key; /* maybe with `*` */
    bool deny;
    uint64_t until_ns; /* holds before this, on the caller's clock */
};

struct permission_set;

/*
 * Grants that are past their time are left out. What is no key grants nothing;
 * denied, it denies everything.
 */
struct permission_set *permission_set_new(const struct permission_grant *grants,
                                          size_t count, uint64_t now_ns)
    MUST_CHECK;

/*
 * What the set and the scopes (keys) both hold: an API key may never do more
 * than its owner. It refers to the set, and ends when that does.
 */
struct permission_set *permission_set_narrow(struct permission_set *set,
                                             const struct text *scopes,
                                             size_t count) MUST_CHECK;

struct permission_set *permission_set_ref(struct permission_set *set)
    MUST_CHECK;

/* Drops the reference and makes the pointer NULL; NULL is taken. */
void permission_set_unref(struct permission_set **set);

/* Of a row with `:own`: MAY_OWN or MAY_NOT. */
enum may permission_set_may(const struct permission_set *set,
                            enum permission permission);

/* The same by a key, which need not be in the catalogue; no key: MAY_NOT. */
enum may permission_set_may_key(const struct permission_set *set,
                                struct text key);

/*
 * By keys that mean the same thing, maybe not in the catalogue: allowed by any
 * of them, denied by none.
 */
enum may permission_set_may_either(const struct permission_set *set,
                                   const struct text *keys, size_t count);

/* Is all that the key names in the set? So that it may be handed on. */
bool permission_set_holds(const struct permission_set *set, struct text key);

/* When the first of its grants ends: from then on it must not be used. */
uint64_t permission_set_until_ns(const struct permission_set *set);

/*
 * For the database's policies (the setting app.rights): the keys of the
 * catalogue between single spaces, or "*:*". Borrowed, NUL-terminated.
 */
struct text permission_set_text(const struct permission_set *set);

/* What it takes of memory, without what it refers to. */
size_t permission_set_bytes(const struct permission_set *set);
