/* SPDX-License-Identifier: MIT */
/* The limits at the edge: what an exchange takes, and is told. For this room.
 */
#pragma once

#include "http/limits.h"
#include "http/reply.h"

struct exchange;

/* What it was told of the limits it took from, for its fields. */
struct rationing {
    bool told[LIMIT_KINDS];
    struct token_verdict verdicts[LIMIT_KINDS];
};

/* Before anything is asked; probes are not limited. -ERR_RATE_LIMITED. */
int ration_address(struct exchange *exchange) MUST_CHECK;

/*
 * Is the caller permitted (server_options.authorize), and within limits?
 * Credentials are not even looked at while too many of their address were no
 * good. -ERR_RATE_LIMITED, or what authorize says.
 */
YIELDS int ration_caller(struct exchange *exchange) MUST_CHECK;

/*
 * The fields `RateLimit-Policy` and `RateLimit`, when something was limited
 * (draft-ietf-httpapi-ratelimit-headers-10).
 */
void ration_tell(struct exchange *exchange);
