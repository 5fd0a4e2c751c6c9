/* SPDX-License-Identifier: MIT */
/*
 * JSON Web Tokens (RFC 7519) as bearers' credentials: signed ones in compact
 * form (RFC 7515), read as RFC 8725 advises.
 *
 * The key decides which algorithm is right. Nothing a token says makes us
 * fetch anything: a header with `jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`,
 * `cty`, `enc` or `zip` is refused, `x5t` and what is unknown are ignored.
 * `typ` is absent, JWT or at+jwt (RFC 9068). `exp` and `sub` (1 to 255
 * characters) are required, times are whole seconds from 1970 to 9999.
 */
#pragma once

#include "auth/key_set.h"
#include "base/arena.h"

enum {
    JWT_BYTES_MAX = 8192,
    JWT_SUBJECT_MAX = 255, /* code points */
};

#define JWT_FAULT(id, name) JWT_FAULT_##id,
enum jwt_fault {
    JWT_FAULT_NONE,
#include "auth/jwt_faults.def"
    JWT_FAULT_COUNT
};
#undef JWT_FAULT

/* "expired", … ; "none" for JWT_FAULT_NONE. */
const char *jwt_fault_name(enum jwt_fault fault);

/* What we take. */
struct jwt_rules {
    const struct key_set *keys;
    struct text issuer;   /* what `iss` must be; TEXT_NULL: anything or none */
    struct text audience; /* must be in `aud`; TEXT_NULL: there is no `aud` */
    uint32_t leeway_s;    /* how far clocks may be apart */
};

struct jwt {
    enum jwt_fault fault;
    struct text subject, issuer; /* the issuer may be TEXT_NULL */
    struct text key_id;   /* of the key that signed: `kid` or its thumbprint */
    struct text scope;    /* as RFC 8693 § 4.2 writes it; may be TEXT_NULL */
    int64_t expires_at_s; /* without leeway */
};

/*
 * Is it ours to take at this time (seconds since 1970)? The texts of *ret_jwt
 * are in the arena.
 *
 * -ERR_UNAUTHENTICATED with one sentence that is the same for every fault but
 * EXPIRED; *ret_jwt then has the fault and nothing else, and diag->cause tells
 * exactly, for the log, with nothing of the token but its `kid` and `alg`.
 * -ERR_TOO_LARGE when the arena is full.
 */
int jwt_verify(const struct jwt_rules *rules, struct text token, int64_t now_s,
               struct arena *arena, struct diag *diag, struct jwt *ret_jwt)
    MUST_CHECK;
