/* SPDX-License-Identifier: MIT */
/* Text made fit for a place where some bytes mean something else. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

/* The most bytes that escape_json() makes of one. */
enum { ESCAPE_JSON_GROWTH = 6 };

/*
 * Writes `t` as the inside of a JSON string that is one line everywhere:
 * control characters, DEL, C1, U+2028 and U+2029 are escaped, invalid UTF-8
 * becomes U+FFFD. Stops before the character that would pass `end`, and
 * stores the bytes read in *ret_read (may be NULL). Returns where it stopped
 * to write.
 */
char *escape_json(char *at, char *end, struct text t, size_t *ret_read);
