/* SPDX-License-Identifier: MIT */
#include "auth/base64url.h"
#include "auth/key_impl.h"
#include "auth/mac.h"
#include "base/check.h"

#include <openssl/core_names.h>

enum { MEMBERS_BYTES = 4096 };

/* "name":"…", a number in big-endian bytes, as many as it or `width` needs. */
static void add_number(struct buffer *out, const EVP_PKEY *key,
                       const char *param, const char *name, int width)
{
    CLEANUP(number_end) BIGNUM *number = NULL;
    unsigned char at[KEY_RSA_BITS_MAX / 8];
    int len;

    CHECK(EVP_PKEY_get_bn_param(key, param, &number));
    len = width ? width : BN_num_bytes(number);
    CHECK((size_t)len <= sizeof(at) && BN_bn2binpad(number, at, len) == len);
    buffer_add_format(out, "\"%s\":\"", name);
    base64url_encode(text_from((const char *)at, (size_t)len), out);
    buffer_add_byte(out, '"');
}

static void add_rsa(struct buffer *out, const EVP_PKEY *key)
{
    add_number(out, key, OSSL_PKEY_PARAM_RSA_E, "e", 0);
    buffer_add_string(out, ",\"kty\":\"RSA\",");
    add_number(out, key, OSSL_PKEY_PARAM_RSA_N, "n", 0);
}

static void add_ec(struct buffer *out, const EVP_PKEY *key)
{
    buffer_add_string(out, "\"crv\":\"P-256\",\"kty\":\"EC\",");
    add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_X, "x", P256_BYTES);
    buffer_add_byte(out, ',');
    add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_Y, "y", P256_BYTES);
}

static void add_ed25519(struct buffer *out, const EVP_PKEY *key)
{
    unsigned char at[32];
    size_t len = sizeof(at);

    CHECK(EVP_PKEY_get_raw_public_key(key, at, &len) && len == sizeof(at));
    buffer_add_string(out, "\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"");
    base64url_encode(text_from((const char *)at, len), out);
    buffer_add_byte(out, '"');
}

/* The required members in the order of their names, without white space. */
void key__thumbprint(const EVP_PKEY *key, enum key_kind kind,
                     char ret_text[static KEY_THUMBPRINT_BYTES])
{
    static void (*const add[])(struct buffer *, const EVP_PKEY *) = {
        [KEY_RSA] = add_rsa,
        [KEY_EC] = add_ec,
        [KEY_ED25519] = add_ed25519,
    };
    CLEANUP(buffer_fini) struct buffer out = { .limit = MEMBERS_BYTES };
    struct mac digest;

    buffer_add_byte(&out, '{');
    add[kind](&out, key);
    buffer_add_byte(&out, '}');
    CHECK(!buffer_overflown(&out));
    digest = mac_digest(buffer_text(&out));
    buffer_clear(&out);
    base64url_encode(text_from((const char *)digest.bytes, MAC_BYTES), &out);
    CHECK(out.len == KEY_THUMBPRINT_BYTES - 1);
    memcpy(ret_text, out.at, out.len);
    ret_text[out.len] = '\0';
}
