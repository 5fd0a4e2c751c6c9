/* SPDX-License-Identifier: MIT */
/*
 * The audit log, as far as the database does not write it by itself: attempts
 * that were refused, and the seals over all of it (schema/audit/).
 */
#pragma once

#include "store/store.h"

/* --- refused attempts ------------------------------------------------------
 */

/* Those of one loop, on their way. */
struct audit;

/* So many a second are noted; of more only their number is known. */
struct audit *audit_new(unsigned per_second) MUST_CHECK;
void audit_free(struct audit **audit);

/* Who was refused what. Texts may be TEXT_NULL. */
struct refused {
    int error;              /* ERR_FORBIDDEN, ERR_UNAUTHENTICATED */
    struct text actor_id;   /* a UUID; who it was, as far as that is known */
    struct text request_id; /* at most 64 characters */
    struct text route;      /* its template */
    struct text address;    /* the client's */
    const char *method;
    const char *permission;  /* what it takes: "bills:delete"; or NULL */
    struct text resource_id; /* a UUID */
};

/*
 * Notes it without waiting for anything; the error's code is the action. What
 * is too much, in a second or in all, is dropped and counted by
 * portcullis_audit_dropped_total. Takes a copy.
 */
void audit_refusal(struct audit *audit, const struct refused *refused,
                   uint64_t now_ns);

/* Until something is noted, as condition_wait(). */
YIELDS int audit_wait(struct audit *audit, struct deadline until) MUST_CHECK;

/*
 * Writes what is noted; takes `service:audit`. While the database is away it
 * stays noted, and is rather told twice than not at all.
 * What the database refuses is dropped.
 */
YIELDS int audit_write(struct audit *audit, struct store *store,
                       struct deadline until, struct diag *diag) MUST_CHECK;

/* --- seals ------------------------------------------------------------------
 */

enum { AUDIT_HASH_BYTES = 65 }; /* hexadecimal and NUL */

struct audit_sealed {
    bool looked; /* false: another sealer was at it */
    uint64_t rows;
    uint64_t oldest_ms; /* the age of the oldest of them */
    uint64_t head;      /* the last seal's number, 0: there is none */
    char hash[AUDIT_HASH_BYTES];
};

/* Seals what was committed since the last time; takes `service:seal`. */
YIELDS int audit_seal(struct store *store, struct deadline until,
                      struct audit_sealed *ret_sealed, struct diag *diag)
    MUST_CHECK;

/* Of the twelve months to come, how many have their partition? */
YIELDS int audit_months_ahead(struct store *store, struct deadline until,
                              unsigned *ret_months, struct diag *diag)
    MUST_CHECK;
