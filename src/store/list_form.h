/* SPDX-License-Identifier: MIT */
/*
 * Room only: what a listing asks beside its values. Listings of one form have
 * the same SQL, which is made once and then kept.
 */
#pragma once

#include "auth/mac.h"
#include "database/statement.h"
#include "store/cursor.h"

struct form_set;

struct form {
    struct statement page; /* its text is the form's */
    struct mac question;   /* of conditions and order: what cursors know */
    bool steady;           /* takes as long whatever its values */
    unsigned quick;        /* how often in a row it was */
    unsigned refs;
    struct list slot, used;
    struct text key, sql;
};

/* At most this many are kept; which was not used for longest goes first. */
enum { FORMS_MAX = 256 };

struct form_set *form_set_new(void) MUST_CHECK;
void form_set_free(struct form_set **set);

/*
 * Appends what makes the form of a page behind the cursor (may be NULL) in the
 * eyes of this reader, whose rights decide how long it takes. The bytes are of
 * use in this process only.
 */
void form_key(struct buffer *out, const struct listing *listing,
              const struct cursor *cursor, struct text rights);

/* Appends a value, or all, so that no two rows of them look alike. */
void form_key_value(struct buffer *out, struct text value);
void form_key_values(struct buffer *out, const struct params *params);

/*
 * The form with this key, made of the listing where there is none: a statement
 * by that name. `sql` is for its text, and is thrown away. The caller ends it
 * by form_put(). NULL when the text would be too large.
 */
struct form *form_get(struct form_set *set, struct text key,
                      const struct listing *listing,
                      const struct cursor *cursor, const char *name,
                      struct buffer *sql) MUST_CHECK;

/* Fits CLEANUP; NULL is taken. */
void form_put(struct form **form);

/*
 * May others wait behind it? Only where its values make no difference and it
 * was quick many times in a row.
 */
bool form_is_quick(const struct form *form);

/* How long the database took for it; one slow answer undoes many quick ones. */
void form_learn(struct form *form, uint64_t took_ns);
