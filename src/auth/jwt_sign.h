/* SPDX-License-Identifier: MIT */
/* Making tokens that jwt_verify() takes. */
#pragma once

#include "auth/signing_key.h"

struct jwt_claims {
    struct text subject;
    struct text issuer, audience, scope; /* TEXT_NULL: left out */
    int64_t issued_at_s, expires_at_s;
};

/*
 * Appends the token in compact form; its header is `alg`, `typ` at+jwt and,
 * but for secrets, `kid`. -ERR_TOO_LARGE when it would be longer than
 * JWT_BYTES_MAX, -ERR_INTERNAL when the key cannot sign. Texts must be UTF-8.
 */
int jwt_sign(const struct signing_key *key, const struct jwt_claims *claims,
             struct diag *diag, struct buffer *out) MUST_CHECK;
