/* SPDX-License-Identifier: MIT */
/* Signatures as RFC 7515 has them, checked by OpenSSL. */
#include "auth/key_impl.h"
#include "auth/mac.h"
#include "base/check.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

/* The order of P-256's group; r and s lie between 0 and it. */
static const unsigned char p256_order[P256_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

const EVP_MD *key__digest(enum algorithm algorithm)
{
    return algorithm == ALGORITHM_EDDSA ? NULL : EVP_sha256();
}

/* RFC 7518 § 3.5: MGF1 with SHA-256, a salt as long as the digest. */
bool key__pad(EVP_PKEY_CTX *ctx, enum algorithm algorithm)
{
    if (algorithm != ALGORITHM_PS256)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static bool is_scalar(const unsigned char *at)
{
    static const unsigned char zero[P256_BYTES];

    return memcmp(at, zero, sizeof(zero)) != 0 &&
           memcmp(at, p256_order, sizeof(p256_order)) < 0;
}

/* r and s side by side become the DER that OpenSSL reads; "" when they can't.
 */
static size_t der_of(struct text raw, unsigned char ret_der[static 80])
{
    CLEANUP(ecdsa_end) ECDSA_SIG *pair = ECDSA_SIG_new();
    const unsigned char *at = (const unsigned char *)raw.at;
    unsigned char *end = ret_der;
    BIGNUM *r, *s;
    int len;

    if (raw.len != 2 * P256_BYTES || !is_scalar(at) ||
        !is_scalar(at + P256_BYTES))
        return 0;
    r = BN_bin2bn(at, P256_BYTES, NULL);
    s = BN_bin2bn(at + P256_BYTES, P256_BYTES, NULL);
    CHECK(pair && r && s && ECDSA_SIG_set0(pair, r, s));
    CHECK(i2d_ECDSA_SIG(pair, NULL) <= 80);
    len = i2d_ECDSA_SIG(pair, &end);
    return len > 0 ? (size_t)len : 0;
}

static bool verify(const struct key *key, enum algorithm algorithm,
                   struct text bytes, const unsigned char *signature,
                   size_t len)
{
    CLEANUP(digest_end) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx; /* the digest's */

    CHECK(digest != NULL);
    return EVP_DigestVerifyInit(digest, &ctx, key__digest(algorithm), NULL,
                                key->public) > 0 &&
           key__pad(ctx, algorithm) &&
           EVP_DigestVerify(digest, signature, len,
                            (const unsigned char *)bytes.at, bytes.len) == 1;
}

static bool verify_mac(const struct key *key, struct text bytes,
                       struct text signature)
{
    struct mac mac = mac_of(key->secret, bytes);

    return mac_equal(signature,
                     text_from((const char *)mac.bytes, sizeof(mac.bytes)));
}

bool key__verify(const struct key *key, enum algorithm algorithm,
                 struct text bytes, struct text signature)
{
    unsigned char der[80];
    const unsigned char *at = (const unsigned char *)signature.at;
    size_t len = signature.len;
    bool ok;

    CHECK(key__may(key, algorithm));
    if (key->kind == KEY_SECRET)
        return verify_mac(key, bytes, signature);
    if (key->kind == KEY_EC) {
        len = der_of(signature, der);
        at = der;
    }
    ok = len > 0 && verify(key, algorithm, bytes, at, len);
    /* an error left in the thread's queue would be taken for a TLS one */
    ERR_clear_error();
    return ok;
}
