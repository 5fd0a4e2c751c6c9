/* SPDX-License-Identifier: MIT */
/* A change of one object as the request asks for it. */
#pragma once

#include "routes/answer.h"

struct wish {
    struct uuid id;
    struct if_match if_match;
    struct preferences preferences;
    struct change change; /* says what if_match does */
};

/*
 * The path, Prefer, If-Match and If-None-Match of a request. Beside what they
 * can be wrong with: -ERR_PRECONDITION_REQUIRED, and
 * -ERR_PRECONDITION_FAILED where If-None-Match names the object as it is.
 */
YIELDS int wish_parse(struct request *request, struct wish *ret_wish)
    MUST_CHECK;

/*
 * What a POST of something new says: no parameters, Prefer, and a body that
 * is one of this shape. The values are the request's arena's.
 */
int wish_new(struct request *request, const struct shape *shape,
             struct preferences *ret_preferences, struct values **ret_values)
    MUST_CHECK;

/* The living object, whole, appended to `body`, which this initialises. */
YIELDS int wish_current(struct request *request, const struct wish *wish,
                        struct buffer *body, int64_t *ret_version) MUST_CHECK;
