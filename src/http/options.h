/* SPDX-License-Identifier: MIT */
/* OPTIONS (RFC 9110 § 9.3.7): what a path allows. */
#pragma once

#include "http/reply.h"

/* What every PATCH takes, for Accept-Patch (RFC 5789 § 3.1). */
#define PATCH_FORMATS                                             \
    "application/merge-patch+json, application/json-patch+json, " \
    "application/json"

/*
 * Answers OPTIONS for a path that is known, or for "*", the server; false when
 * it is another method or the path is not known.
 */
bool options_answer(const struct router *router, struct request *request,
                    struct reply *reply);
