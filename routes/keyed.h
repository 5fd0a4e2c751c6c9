/* SPDX-License-Identifier: MIT */
/* Requests that a client may send again (Idempotency-Key). */
#pragma once

#include "http/reply.h"
#include "http/request.h"

/*
 * Runs a handler. With an Idempotency-Key it runs inside one transaction with
 * the keeping of its outcome; a request that succeeded before is answered as
 * it was then. For handlers that change things by store_of(request)
 * alone and answer with JSON or with nothing; they may run more than once.
 *   -ERR_INVALID_HEADER           the key is none
 *   -ERR_IDEMPOTENCY_IN_PROGRESS  its first request is being worked on
 *   -ERR_IDEMPOTENCY_KEY_REUSED   its first request was another one
 */
YIELDS int answer_once(struct request *request, struct reply *reply,
                       handler_fn *handler) MUST_CHECK;
