/* SPDX-License-Identifier: MIT */
/*
 * What a user may, asked of the database: everything that was granted and
 * denied to them, directly or by roles and those roles' parents, as one
 * compiled set. The role `anonymous` is everybody's.
 */
#pragma once

#include "auth/permission_set.h"
#include "store/freshness.h"
#include "store/store.h"

/* By what a user may be meant; where a subject could be several, in this order.
 */
enum rights_by {
    RIGHTS_BY_ID = 1,
    RIGHTS_BY_EXTERNAL_ID = 2,
    RIGHTS_BY_EMAIL = 4, /* in any case */
    RIGHTS_BY_ANY = RIGHTS_BY_ID | RIGHTS_BY_EXTERNAL_ID | RIGHTS_BY_EMAIL,
};

enum rights_status {
    RIGHTS_ANONYMOUS, /* no user at all */
    RIGHTS_ACTIVE,
    RIGHTS_SUSPENDED,
    RIGHTS_DEACTIVATED,
};

/* Immutable and counted; of one loop. */
struct rights {
    unsigned magic, refs;
    enum rights_status status;
    char user_id[UUID_TEXT_BYTES]; /* "" for nobody */
    struct permission_set *set;    /* empty when a user is not active */
    uint64_t stamp;                /* freshness_holds() */
};

struct rights *rights_ref(struct rights *rights) MUST_CHECK;

/* Drops the reference and makes the pointer NULL; NULL is taken. */
void rights_unref(struct rights **rights);

enum {
    RIGHTS_SUBJECT_BYTES_MAX = 1024,
    RIGHTS_GRANTS_MAX = 4096, /* of one user */
};

/*
 * Asks the database, in one round trip, and notes what it tells of the
 * generation. `by` is a set of enum rights_by; the subject TEXT_NULL: nobody,
 * who has the rights of `anonymous`. Which actor the store is for does not
 * matter. The set's times are of freshness->now_ns. The caller unreferences.
 *   -ERR_NOT_FOUND   no living user is meant; nor is one by a text that is
 *                    no UTF-8, holds a NUL or is longer than an email
 *   -ERR_TOO_LARGE   more than RIGHTS_GRANTS_MAX grants
 */
YIELDS int rights_load(const struct store *store, struct freshness *freshness,
                       unsigned by, struct text subject, struct deadline until,
                       struct rights **ret_rights, struct diag *diag)
    MUST_CHECK;
