/* SPDX-License-Identifier: MIT */
/* Is a public key strong and well-formed enough to decide by? */
#include "auth/ed25519_point_impl.h"
#include "auth/key_impl.h"

#include <openssl/core_names.h>

enum { EXPONENT_MIN = 65537, EXPONENT_BITS_MAX = 64 };

static int check_modulus(const EVP_PKEY *key, struct diag *diag)
{
    CLEANUP(number_end) BIGNUM *n = NULL;

    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n))
        return FAIL(diag, ERR_VALIDATION, "an RSA key without a modulus");
    if (BN_num_bits(n) < KEY_RSA_BITS_MIN || BN_num_bits(n) > KEY_RSA_BITS_MAX)
        return FAIL(diag, ERR_VALIDATION,
                    "an RSA key of %d bits: must be %d to %d", BN_num_bits(n),
                    KEY_RSA_BITS_MIN, KEY_RSA_BITS_MAX);
    if (!BN_is_odd(n))
        return FAIL(diag, ERR_VALIDATION, "an RSA key with an even modulus");
    return 0;
}

static int check_rsa(const EVP_PKEY *key, struct diag *diag)
{
    CLEANUP(number_end) BIGNUM *e = NULL;

    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e))
        return FAIL(diag, ERR_VALIDATION, "an RSA key without an exponent");
    if (!BN_is_odd(e) || BN_num_bits(e) > EXPONENT_BITS_MAX ||
        BN_get_word(e) < EXPONENT_MIN)
        return FAIL(diag, ERR_VALIDATION,
                    "an RSA key with a weak exponent: must be odd, from %d up,"
                    " at most %d bits long",
                    EXPONENT_MIN, EXPONENT_BITS_MAX);
    return check_modulus(key, diag);
}

/* The point was decoded by OpenSSL, which refuses those off the curve. */
static int check_ec(const EVP_PKEY *key, struct diag *diag)
{
    char curve[64] = "unnamed";

    (void)EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve,
                                         sizeof(curve), NULL);
    if (strcmp(curve, "prime256v1") == 0)
        return 0;
    return FAIL(diag, ERR_VALIDATION,
                "an EC key on the curve %s: must be P-256", curve);
}

static int check_ed25519(const EVP_PKEY *key, struct diag *diag)
{
    unsigned char at[ED25519_BYTES];
    size_t len = sizeof(at);
    const char *fault;

    if (!EVP_PKEY_get_raw_public_key(key, at, &len) || len != sizeof(at))
        return FAIL(diag, ERR_VALIDATION, "an Ed25519 key without its point");
    fault = ed25519_point__fault(at);
    if (fault)
        return FAIL(diag, ERR_VALIDATION, "an Ed25519 key that %s", fault);
    return 0;
}

int key__check(const EVP_PKEY *key, struct diag *diag, enum key_kind *ret_kind)
{
    static const struct {
        const char *type;
        enum key_kind kind;
        int (*check)(const EVP_PKEY *key, struct diag *diag);
    } kinds[] = {
        { "RSA", KEY_RSA, check_rsa },
        { "EC", KEY_EC, check_ec },
        { "ED25519", KEY_ED25519, check_ed25519 },
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!EVP_PKEY_is_a(key, kinds[i].type))
            continue;
        *ret_kind = kinds[i].kind;
        return kinds[i].check(key, diag);
    }
    return FAIL(diag, ERR_VALIDATION,
                "a key of the type %s: must be RSA, EC or Ed25519",
                EVP_PKEY_get0_type_name(key));
}
