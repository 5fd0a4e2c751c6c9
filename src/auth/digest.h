/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) of what comes in pieces; of one text see mac_digest().
 */
#pragma once

#include "auth/mac.h"

enum { DIGEST_TEXT_BYTES = 2 * MAC_BYTES + 1 }; /* lower-case hexadecimal */

struct digest;

struct digest *digest_new(void) MUST_CHECK;
void digest_add(struct digest *digest, struct text piece);

/* Of all that was added. Only once. */
void digest_end(struct digest *digest, char ret_hex[static DIGEST_TEXT_BYTES]);

/* NULL is taken. Fits CLEANUP. */
void digest_free(struct digest **digest);
