/* SPDX-License-Identifier: MIT */
/* Room only: JSON Patch (RFC 6902). */
#pragma once

#include "json/check.h"
#include "json/path.h"

enum operation_kind {
    OPERATION_ADD,
    OPERATION_REMOVE,
    OPERATION_REPLACE,
    OPERATION_MOVE,
    OPERATION_COPY,
    OPERATION_TEST,
    OPERATION_KINDS,
};

struct operation {
    enum operation_kind kind;
    struct path path, from;   /* by kind */
    const struct node *value; /* by kind */
};

struct operations {
    size_t count;
    struct operation *items; /* in the arena; paths and values in the patch */
};

/*
 * Reads a patch and notes every fault that needs no look at the object, also
 * a target that nobody may set. The caller ends with diag_invalid().
 */
void operations_read(struct checking *c, const struct shape *shape,
                     const struct node *patch, struct operations *ret);

/*
 * Applies them in order, to be thrown away with the first that cannot be.
 *   -ERR_TEST_FAILED
 *   -ERR_VALIDATION         any other, with a violation of its path
 *   -ERR_CONTENT_TOO_LARGE  what is copied has no end
 */
int operations_apply(const struct operations *operations, struct node *root,
                     struct diag *diag) MUST_CHECK;
