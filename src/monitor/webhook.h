/* SPDX-License-Identifier: MIT */
/*
 * Tells somebody of alerts, by POSTs to one URL: one at a time, in order, in
 * the background. What is not taken is tried again a few times, ever later;
 * what waits is bounded, and the oldest gives way. Nobody waits for it.
 */
#pragma once

#include "base/buffer.h"
#include "runtime/fiber.h"

enum {
    WEBHOOK_WAITING_MAX = 64,
    WEBHOOK_ATTEMPTS = 5,
    WEBHOOK_TIMEOUT_MS = 5000, /* of one attempt */
};

struct webhook {
    struct loop *loop;
    char *url; /* NULL: none */
    struct list waiting;
    unsigned waiting_count;
    struct fiber *fiber; /* that tells; NULL: there is nothing to tell */
    bool stopping;
};

void webhook_init(struct webhook *webhook, struct loop *loop);

/* What waits is given up, what is being told is cut short; never waits. */
void webhook_stop(struct webhook *webhook);

/* After the loop has run out of fibers. */
void webhook_fini(struct webhook *webhook);

/* From now on to this URL; "": to nobody. */
void webhook_set_url(struct webhook *webhook, const char *url);

/* Takes the bytes, a JSON document, out of the buffer. */
void webhook_tell(struct webhook *webhook, struct buffer *document);
