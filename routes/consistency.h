/* SPDX-License-Identifier: MIT */
/*
 * What a request says of how new its reads have to be (Consistency,
 * Consistency-Token), and what its answer tells of it: a token for what was
 * written, the age of what was read.
 */
#pragma once

#include "http/reply.h"
#include "http/request.h"
#include "store/store.h"

/* request->notes, in its arena. */
struct notes {
    struct consistency consistency; /* FRESH unless the request says else */
    struct trail trail;
};

/*
 * Makes the notes. -ERR_INVALID_TOKEN for a token that is none of ours,
 * -ERR_INVALID_HEADER for a Consistency that is not `any` or
 * `bounded; max-age=<ms>` (RFC 8941), or either given twice.
 */
int consistency_read(struct request *request) MUST_CHECK;

/*
 * Adds Consistency-Token to what was written, and Age (RFC 9111 § 5.1) to what
 * may be old. For server_options.answered.
 */
void consistency_tell(struct request *request, struct reply *reply);
