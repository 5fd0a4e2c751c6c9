/* SPDX-License-Identifier: MIT */
#pragma once

#include "auth/ends_impl.h"
#include "auth/signing_key.h"

/* Appends the signature as RFC 7515 writes it, encoded. False: it cannot. */
bool signing_key__sign(const struct signing_key *key, struct text bytes,
                       struct buffer *out) MUST_CHECK;
