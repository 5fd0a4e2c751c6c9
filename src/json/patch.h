/* SPDX-License-Identifier: MIT */
/*
 * A change to a part of an object: JSON merge patch (RFC 7396) and JSON Patch
 * (RFC 6902). It is made here, against the object as it is now, so that what
 * goes to the database are whole values. No I/O.
 */
#pragma once

#include "json/shape.h"

enum patch_kind {
    PATCH_MERGE,      /* application/merge-patch+json, application/json */
    PATCH_OPERATIONS, /* application/json-patch+json */
};

enum {
    PATCH_OPERATIONS_MAX = 100,
    /* Of a stored object: what a body may have, and what the service adds. */
    PATCH_TOKENS_MAX = DOCUMENT_TOKENS_MAX + 2 * SHAPE_FIELDS_MAX,
};

/*
 * Applies `patch` to the object in `current`, which is its JSON text with all
 * its members, as shape_encode() writes it. The values are those of the
 * members that the patch changes, in the shape's order: none of them when it
 * changes nothing. They are judged as SQL texts, so that a time in another
 * zone is no change. A value of FIELD_JSON is the whole object and takes the
 * old one's place; it is never to be merged again.
 *
 * What changes must hold by the rules of the shape, what does not is let
 * alone. A member that a JSON Patch removes gets the value it has on a
 * creation that leaves it out.
 *
 * The arena keeps the values, and they need neither text any more. The diag
 * must be clean. All or nothing:
 *   -ERR_MALFORMED_JSON     the patch is no JSON
 *   -ERR_VALIDATION         every fault as a violation, with the codes of
 *                           shape_validate() and a pointer into the object.
 *                           In a merge patch members that are unknown or
 *                           read-only are faults even when they change
 *                           nothing. Of a JSON Patch there are first all
 *                           faults that the patch shows by itself, or the
 *                           first operation that cannot be done, with a
 *                           pointer into the patch ("/3/path") and also the
 *                           codes not_found and too_deep
 *   -ERR_TEST_FAILED        the detail names the operation, from 0 on
 *   -ERR_CONTENT_TOO_LARGE  the patch or its result, or the arena is full
 *   -ERR_INTERNAL           `current` cannot be read
 */
int patch_apply(const struct shape *shape, struct text current,
                struct text patch, enum patch_kind kind, struct arena *arena,
                struct diag *diag, struct values **ret_values) MUST_CHECK;
