/* SPDX-License-Identifier: MIT */
/*
 * One walk along the chain of seals and the rows they are of. What does not fit
 * becomes a finding; an error is the database's.
 */
#pragma once

#include "admin/audit_findings.h"
#include "auth/mac.h"
#include "database/connection.h"

enum { AUDIT_HASH_TEXT_BYTES = 2 * MAC_BYTES + 1 };

/* A seal as it was logged. */
struct audit_head {
    int64_t number; /* 0: none */
    struct text hash;
};

struct audit_walk {
    struct connection *connection; /* in a transaction of one snapshot */
    struct diag *diag;
    struct findings *findings;
    struct audit_head wanted;
    bool wanted_met;

    /* The seal in hand. */
    int64_t number;                   /* 0: none yet */
    char hash[AUDIT_HASH_TEXT_BYTES]; /* as it is stored */
    struct buffer lines;              /* what it must be the hash of */
    struct buffer row;                /* what a row's digest is of */
};

void audit_walk_init(struct audit_walk *walk, struct findings *findings,
                     struct audit_head wanted);
void audit_walk_fini(struct audit_walk *walk);

/* From the first seal to the last, which is then the findings' head. */
YIELDS int audit_walk_run(struct audit_walk *walk,
                          struct connection *connection, struct diag *diag)
    MUST_CHECK;
