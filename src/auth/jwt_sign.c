/* SPDX-License-Identifier: MIT */
#include "auth/jwt_sign.h"

#include "auth/base64url.h"
#include "auth/jwt.h"
#include "auth/signing_key_impl.h"
#include "json/encode.h"

static void write_header(struct buffer *out, const struct signing_key *key)
{
    const char *id = signing_key_id(key);

    buffer_add_format(out, "{\"alg\":\"%s\",\"typ\":\"at+jwt\"",
                      algorithm_name(signing_key_algorithm(key)));
    if (*id)
        buffer_add_format(out, ",\"kid\":\"%s\"", id);
    buffer_add_byte(out, '}');
}

static void write_text(struct buffer *out, const char *name, struct text t)
{
    if (text_is_null(t))
        return;
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, t);
}

static void write_claims(struct buffer *out, const struct jwt_claims *claims)
{
    buffer_add_format(out, "{\"iat\":%lld,\"exp\":%lld",
                      (long long)claims->issued_at_s,
                      (long long)claims->expires_at_s);
    write_text(out, "sub", claims->subject);
    write_text(out, "iss", claims->issuer);
    write_text(out, "aud", claims->audience);
    write_text(out, "scope", claims->scope);
    buffer_add_byte(out, '}');
}

/* Encoded, with the dot between them. */
static bool write_signed(struct buffer *out, const struct signing_key *key,
                         const struct jwt_claims *claims)
{
    CLEANUP(buffer_fini) struct buffer plain = { .limit = JWT_BYTES_MAX };

    write_header(&plain, key);
    base64url_encode(buffer_text(&plain), out);
    buffer_add_byte(out, '.');
    buffer_clear(&plain);
    write_claims(&plain, claims);
    base64url_encode(buffer_text(&plain), out);
    return !buffer_overflown(&plain) && !buffer_overflown(out);
}

int jwt_sign(const struct signing_key *key, const struct jwt_claims *claims,
             struct diag *diag, struct buffer *out)
{
    CLEANUP(buffer_fini) struct buffer token = { .limit = JWT_BYTES_MAX };
    CLEANUP(buffer_fini) struct buffer signature = { .limit = JWT_BYTES_MAX };

    if (!write_signed(&token, key, claims))
        return FAIL(diag, ERR_TOO_LARGE, "the claims are too long for a token");
    if (!signing_key__sign(key, buffer_text(&token), &signature))
        return FAIL(diag, ERR_INTERNAL, "the key cannot sign");
    buffer_add_byte(&token, '.');
    buffer_add_text(&token, buffer_text(&signature));
    if (buffer_overflown(&token))
        return FAIL(diag, ERR_TOO_LARGE, "the claims are too long for a token");
    buffer_add_text(out, buffer_text(&token));
    return 0;
}
