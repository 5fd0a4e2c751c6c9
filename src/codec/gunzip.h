/* SPDX-License-Identifier: MIT */
/* Reading gzip (RFC 1952) as a stream, any number of members in a row. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

struct gunzip;

/* Never fails; 48 KiB. */
struct gunzip *gunzip_new(void);
void gunzip_free(struct gunzip **gunzip);

/* Do these bytes begin as gzip does? Two are enough to know. */
bool gunzip_looks_like(struct text bytes);

/*
 * Unpacks from the front of *packed, which it shortens, into `to`; stops when
 * either is used up, and stores the bytes written. Zeros between members are
 * padding. -ERR_BAD_REQUEST for what is no sound gzip.
 */
int gunzip_next(struct gunzip *gunzip, struct text *packed, char *to,
                size_t room, size_t *ret_made) MUST_CHECK;

/* Did the last member end? False in the midst of one, and before the first. */
bool gunzip_is_whole(const struct gunzip *gunzip);
