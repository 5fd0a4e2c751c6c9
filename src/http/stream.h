/* SPDX-License-Identifier: MIT */
/*
 * Bodies in pieces, for what may be larger than memory: imports and exports.
 * Both ways are held back by the slower side: a client that sends too fast is
 * not read from, a handler that writes too fast waits.
 */
#pragma once

#include "http/reply.h"
#include "http/request.h"

/*
 * The next run of the body, borrowed until the next call; empty behind its
 * end. Only for routes that stream their body. -ERR_CANCELLED when the client
 * is gone, -ERR_DEADLINE.
 */
YIELDS int request_read(struct request *request, struct text *ret_run)
    MUST_CHECK;

/*
 * Sends status and fields now; the body follows by reply_write(). From here on
 * an error of the handler cannot be told any more: it cuts the connection off,
 * so that nobody takes a part for the whole.
 */
void reply_begin(struct request *request, struct reply *reply,
                 const char *content_type);

/* As request_read(); waits while the client takes nothing. */
YIELDS int reply_write(struct request *request, struct text bytes) MUST_CHECK;
