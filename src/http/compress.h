/* SPDX-License-Identifier: MIT */
/* Replies made smaller for clients that take it. */
#pragma once

#include "codec/packer.h"
#include "http/coding.h"
#include "http/reply.h"

/* One for each loop: its packers are made when they are first needed. */
struct compressor {
    struct packer *packers[CODING_COUNT];
};

void compressor_init(struct compressor *compressor);
void compressor_fini(struct compressor *compressor);

/*
 * Compresses the body, if it has one that is worth it and the client takes a
 * coding of ours, and gives its entity tag the coding's suffix. A 304 gets the
 * tag that the client holds. Replies that have a Content-Encoding are left
 * alone.
 */
void reply_compress(struct reply *reply, struct request *request,
                    struct compressor *compressor);

/*
 * The same for a body that is made while it is sent, which shares no packer:
 * one that has begun, to be freed, or NULL where the body goes as it is.
 */
struct packer *reply_compress_stream(struct reply *reply,
                                     const struct request *request) MUST_CHECK;
