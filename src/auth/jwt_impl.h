/* SPDX-License-Identifier: MIT */
/* A token while it is read; what jwt.c, jwt_header.c and jwt_claims.c share. */
#pragma once

#include "auth/algorithm.h"
#include "auth/jwt.h"
#include "json/document.h"

struct jwt_reading {
    const struct jwt_rules *rules;
    int64_t now_s;
    struct arena arena; /* for what is decoded; too large to be filled */
    struct diag *diag;
    enum algorithm algorithm;
    struct text kid; /* TEXT_NULL: it names no key */
    struct jwt *jwt;
};

/* Notes the fault and its cause; -ERR_UNAUTHENTICATED. */
int jwt__refuse(struct jwt_reading *reading, enum jwt_fault fault,
                const char *fmt, ...) PRINTF(3, 4);

/* A part that is a JSON object; `what` is its name. */
int jwt__parse(struct jwt_reading *reading, const char *what, struct text bytes,
               struct document **ret_document) MUST_CHECK;

/* A member that is text, in reading->arena; TEXT_NULL when there is none. */
int jwt__read_text(struct jwt_reading *reading, enum jwt_fault fault,
                   const struct node *object, const char *name,
                   struct text *ret_text) MUST_CHECK;

/* Fills algorithm and kid. */
int jwt__read_header(struct jwt_reading *reading, struct text bytes) MUST_CHECK;

/* Fills reading->jwt, but for its key_id. */
int jwt__read_claims(struct jwt_reading *reading, struct text bytes) MUST_CHECK;
