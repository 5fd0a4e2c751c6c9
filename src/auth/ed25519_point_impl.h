/* SPDX-License-Identifier: MIT */
/* OpenSSL takes any 32 bytes for an Ed25519 key; we look first. */
#pragma once

#include "base/attr.h"

enum { ED25519_BYTES = 32 };

/*
 * What is wrong with a public key as RFC 8032 § 5.1.3 reads it, or NULL: not
 * in its one form, no point of the curve, or a point of small order, under
 * which signatures can be made without a private key.
 */
const char *ed25519_point__fault(const unsigned char at[static ED25519_BYTES]);
