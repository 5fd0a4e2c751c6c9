/* SPDX-License-Identifier: MIT */
/*
 * A mint of tokens, good and bad, for tests: any header, any claims, any
 * signature. It signs by OpenSSL itself, not by the code under test.
 */
#pragma once

#include "auth/base64url.h"
#include "auth/jwt.h"
#include "auth/pem.h"
#include "base/check.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#define NOW    INT64_C(1800000000)
#define ISSUER "https://issuer.test"
#define SECRET "0123456789abcdef0123456789abcdef"

struct mint {
    struct arena arena;
    struct diag diag;
    struct key_set *keys; /* all four, without names */
    EVP_PKEY *rsa, *ec, *ed25519;
};

static struct mint mint;

/* --- keys ----------------------------------------------------------------- */

static inline EVP_PKEY *mint_read_private(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    cr_assert_not_null(key);
    BIO_free(bio);
    return key;
}

/* The public half as PEM, in the arena. */
static inline struct text mint_public_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *at, *copy;
    long len;

    cr_assert(PEM_write_bio_PUBKEY(bio, key));
    len = BIO_get_mem_data(bio, &at);
    copy = arena_copy(&mint.arena, text_from(at, (size_t)len));
    BIO_free(bio);
    return text_from(copy, (size_t)len);
}

static inline const char *mint_base64(const void *at, size_t len)
{
    CLEANUP(buffer_fini) struct buffer out = { .limit = 1 << 20 };

    base64url_encode(text_from(at, len), &out);
    return arena_copy(&mint.arena, buffer_text(&out));
}

static inline const char *mint_number(EVP_PKEY *key, const char *param, int len)
{
    unsigned char at[1024];
    BIGNUM *number = NULL;

    cr_assert(EVP_PKEY_get_bn_param(key, param, &number));
    len = len ? len : BN_num_bytes(number);
    cr_assert_eq(BN_bn2binpad(number, at, len), len);
    BN_free(number);
    return mint_base64(at, (size_t)len);
}

/* The public half as a JWK with more members: ",\"kid\":\"a\"" say. */
static inline const char *mint_jwk(EVP_PKEY *key, const char *more)
{
    unsigned char at[32];
    size_t len = sizeof(at);

    if (EVP_PKEY_is_a(key, "RSA"))
        return arena_format(&mint.arena,
                            "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}",
                            mint_number(key, OSSL_PKEY_PARAM_RSA_N, 0),
                            mint_number(key, OSSL_PKEY_PARAM_RSA_E, 0), more);
    if (EVP_PKEY_is_a(key, "EC"))
        return arena_format(&mint.arena,
                            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
                            "\"y\":\"%s\"%s}",
                            mint_number(key, OSSL_PKEY_PARAM_EC_PUB_X, 32),
                            mint_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32),
                            more);
    cr_assert(EVP_PKEY_get_raw_public_key(key, at, &len));
    return arena_format(&mint.arena,
                        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"%s}",
                        mint_base64(at, len), more);
}

/* A set of what a JWK Set of these keys holds: "{…},{…}". */
static inline struct key_set *mint_set(const char *jwks)
{
    struct key_set *set = key_set_new();
    const char *document = arena_format(&mint.arena, "{\"keys\":[%s]}", jwks);

    cr_assert_eq(
        key_set_add_jwks(set, text_of(document), JWKS_PRIVATE, &mint.diag), 0,
        "%s", mint.diag.detail);
    return set;
}

static inline void mint_open(void)
{
    EVP_PKEY *pairs[3];

    arena_init(&mint.arena, 1 << 22);
    diag_init(&mint.diag, NULL);
    pairs[0] = mint.rsa = mint_read_private(rsa_2048_private);
    pairs[1] = mint.ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    pairs[2] = mint.ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    mint.keys = key_set_new();
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        cr_assert_eq(
            key_set_add_pem(mint.keys, mint_public_pem(pairs[i]), &mint.diag),
            0, "%s", mint.diag.detail);
    cr_assert_eq(key_set_add_secret(mint.keys, TEXT(SECRET), &mint.diag), 0);
}

static inline void mint_close(void)
{
    key_set_unref(&mint.keys);
    EVP_PKEY_free(mint.rsa);
    EVP_PKEY_free(mint.ec);
    EVP_PKEY_free(mint.ed25519);
    arena_fini(&mint.arena);
}

/* --- signatures ----------------------------------------------------------- */

struct raw {
    unsigned char at[512];
    size_t len;
};

static inline void mint_raw_of_der(struct raw *signature)
{
    const unsigned char *der = signature->at;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)signature->len);

    cr_assert_not_null(pair);
    cr_assert_eq(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->at, 32), 32);
    cr_assert_eq(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->at + 32, 32),
                 32);
    signature->len = 64;
    ECDSA_SIG_free(pair);
}

static inline struct raw mint_hmac(struct text secret, struct text bytes)
{
    struct raw signature = { .len = 32 };

    HMAC(EVP_sha256(), secret.at, (int)secret.len,
         (const unsigned char *)bytes.at, bytes.len, signature.at, NULL);
    return signature;
}

/* As RFC 7515 has it: not encoded yet. */
static inline struct raw mint_sign(EVP_PKEY *key, const char *algorithm,
                                   struct text bytes)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    struct raw signature = { .len = sizeof(signature.at) };
    EVP_PKEY_CTX *ctx;

    cr_assert(EVP_DigestSignInit(
        digest, &ctx, strcmp(algorithm, "EdDSA") == 0 ? NULL : EVP_sha256(),
        NULL, key));
    if (strcmp(algorithm, "PS256") == 0) {
        cr_assert(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING));
        cr_assert(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 32));
    }
    cr_assert(EVP_DigestSign(digest, signature.at, &signature.len,
                             (const unsigned char *)bytes.at, bytes.len));
    EVP_MD_CTX_free(digest);
    if (strcmp(algorithm, "ES256") == 0)
        mint_raw_of_der(&signature);
    return signature;
}

/* By the mint's own key for the algorithm. */
static inline struct raw mint_sign_as(const char *algorithm, struct text bytes)
{
    if (strcmp(algorithm, "HS256") == 0)
        return mint_hmac(TEXT(SECRET), bytes);
    if (strcmp(algorithm, "ES256") == 0)
        return mint_sign(mint.ec, algorithm, bytes);
    if (strcmp(algorithm, "EdDSA") == 0)
        return mint_sign(mint.ed25519, algorithm, bytes);
    return mint_sign(mint.rsa, algorithm, bytes);
}

/* --- tokens ----------------------------------------------------------------
 */

/* "header.payload", encoded. */
static inline const char *mint_unsigned(const char *header, const char *payload)
{
    return arena_format(&mint.arena, "%s.%s",
                        mint_base64(header, strlen(header)),
                        mint_base64(payload, strlen(payload)));
}

static inline const char *mint_with(const char *is_signed, struct raw signature)
{
    return arena_format(&mint.arena, "%s.%s", is_signed,
                        mint_base64(signature.at, signature.len));
}

/* Signed as `algorithm` says, whatever the header says. */
static inline const char *mint_token(const char *algorithm, const char *header,
                                     const char *payload)
{
    const char *is_signed = mint_unsigned(header, payload);

    return mint_with(is_signed, mint_sign_as(algorithm, text_of(is_signed)));
}

/* {"alg":…} and more members. */
static inline const char *mint_header(const char *algorithm, const char *more)
{
    return arena_format(&mint.arena, "{\"alg\":\"%s\"%s}", algorithm, more);
}

/* Sound claims, without the one named so, and with these members more. */
static inline const char *mint_claims(const char *without, const char *more)
{
    static const struct {
        const char *name, *json;
    } usual[] = {
        { "iss", "\"" ISSUER "\"" }, { "aud", "\"portcullis\"" },
        { "sub", "\"alice\"" },      { "iat", "1799999990" },
        { "exp", "1800000300" },
    };
    CLEANUP(buffer_fini) struct buffer out = { .limit = 1 << 20 };

    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        if (strcmp(usual[i].name, without) != 0)
            buffer_add_format(&out, "%c\"%s\":%s", out.len ? ',' : '{',
                              usual[i].name, usual[i].json);
    if (*more)
        buffer_add_format(&out, ",%s", more);
    buffer_add_byte(&out, '}');
    return arena_copy(&mint.arena, buffer_text(&out));
}

/* --- verdicts ---------------------------------------------------------------
 */

static inline struct jwt_rules mint_rules(const struct key_set *keys)
{
    return (struct jwt_rules){ keys, TEXT(ISSUER), TEXT("portcullis"), 30 };
}

static inline int mint_verify(const struct key_set *keys, struct text token,
                              struct jwt *ret_jwt)
{
    struct jwt_rules rules = mint_rules(keys);

    diag_clear(&mint.diag);
    return jwt_verify(&rules, token, NOW, &mint.arena, &mint.diag, ret_jwt);
}

static inline struct jwt mint_taken_by(const struct key_set *keys,
                                       const char *token)
{
    struct jwt jwt;

    cr_expect_eq(mint_verify(keys, text_of(token), &jwt), 0, "%s",
                 mint.diag.cause);
    cr_expect_eq(jwt.fault, JWT_FAULT_NONE);
    return jwt;
}

static inline struct jwt mint_taken(const char *token)
{
    return mint_taken_by(mint.keys, token);
}

/* Refused for this reason, and a client is told nothing of it. */
static inline void mint_text_refused_by(const struct key_set *keys,
                                        struct text token, enum jwt_fault fault,
                                        const char *cause)
{
    struct jwt jwt;

    cr_expect_eq(mint_verify(keys, token, &jwt), -ERR_UNAUTHENTICATED);
    cr_expect_eq(jwt.fault, fault, "%s, not %s: %s", jwt_fault_name(jwt.fault),
                 jwt_fault_name(fault), mint.diag.cause);
    cr_expect(text_is_null(jwt.subject) && text_is_null(jwt.key_id));
    cr_expect_not_null(strstr(mint.diag.cause, cause), "%s", mint.diag.cause);
    cr_expect_str_eq(mint.diag.detail, fault == JWT_FAULT_EXPIRED
                                           ? "the bearer token has expired"
                                           : "the bearer token is not valid");
}

static inline void mint_refused_by(const struct key_set *keys,
                                   const char *token, enum jwt_fault fault,
                                   const char *cause)
{
    mint_text_refused_by(keys, text_of(token), fault, cause);
}

static inline void mint_refused(const char *token, enum jwt_fault fault,
                                const char *cause)
{
    mint_refused_by(mint.keys, token, fault, cause);
}
