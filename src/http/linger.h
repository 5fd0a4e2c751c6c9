/* SPDX-License-Identifier: MIT */
/*
 * Closing without losing the last word (RFC 9112 § 9.6): a socket closed with
 * unread bytes resets the connection, and the client may never see why. So
 * after a refusal we shut down our side and read on for a moment.
 */
#pragma once

#include "runtime/loop.h"

struct lingerers {
    struct loop *loop;
    struct list all;
    unsigned count;
};

void lingerers_init(struct lingerers *lingerers, struct loop *loop);

/* Closes those who are left. */
void lingerers_fini(struct lingerers *lingerers);

/*
 * Sends the bytes, shuts the sending side down and sees the socket out; fd
 * stays the caller's to close.
 */
void linger(struct lingerers *lingerers, int fd, const char *last_word,
            size_t len);
