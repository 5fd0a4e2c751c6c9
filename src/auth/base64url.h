/* SPDX-License-Identifier: MIT */
/* Bytes in URLs and headers. */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/buffer.h"
#include "base/text.h"

/* RFC 4648 § 5, without padding. */
void base64url_encode(struct text bytes, struct buffer *buffer);

/*
 * One text has one form: padding, other alphabets, white space and stray bits
 * at the end are refused. False then, or when the arena is full.
 */
bool base64url_decode(struct text encoded, struct arena *arena,
                      struct text *ret_bytes) MUST_CHECK;
