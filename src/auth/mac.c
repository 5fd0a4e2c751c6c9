/* SPDX-License-Identifier: MIT */
#include "auth/mac.h"

#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

static struct mac hmac(struct text key, struct text t)
{
    struct mac mac;
    unsigned len = 0;

    CHECK(key.len <= INT32_MAX);
    CHECK(HMAC(EVP_sha256(), key.at, (int)key.len, (const unsigned char *)t.at,
               t.len, mac.bytes, &len) != NULL);
    CHECK(len == MAC_BYTES);
    return mac;
}

static struct text text_of_bytes(const unsigned char *at, size_t len)
{
    return text_from((const char *)at, len);
}

struct mac_key mac_key_derive(struct text secret, const char *purpose)
{
    struct mac mac = hmac(secret, text_of(purpose));
    struct mac_key key;

    memcpy(key.bytes, mac.bytes, sizeof(key.bytes));
    return key;
}

struct mac mac_digest(struct text t)
{
    struct mac mac;

    SHA256((const unsigned char *)t.at, t.len, mac.bytes);
    return mac;
}

struct mac mac_sign(const struct mac_key *key, struct text t)
{
    return hmac(text_of_bytes(key->bytes, sizeof(key->bytes)), t);
}

bool mac_verify(const struct mac_key *key, struct text t, struct mac mac)
{
    struct mac ours = mac_sign(key, t);

    return CRYPTO_memcmp(ours.bytes, mac.bytes, sizeof(ours.bytes)) == 0;
}

bool mac_equal(struct text a, struct text b)
{
    return a.len == b.len &&
           (a.len == 0 || CRYPTO_memcmp(a.at, b.at, a.len) == 0);
}

/* One run of base64, so payload and tag have to lie side by side first. */
void mac_seal(const struct mac_key *key, struct text payload,
              struct buffer *buffer)
{
    CLEANUP(buffer_fini) struct buffer plain = { 0 };
    struct mac mac = mac_sign(key, payload);

    buffer_init(&plain, payload.len + MAC_TAG_BYTES);
    buffer_add_text(&plain, payload);
    buffer_add(&plain, (const char *)mac.bytes, MAC_TAG_BYTES);
    base64url_encode(buffer_text(&plain), buffer);
}

bool mac_open(const struct mac_key *key, struct text sealed,
              struct arena *arena, struct text *ret_payload)
{
    struct text plain, payload;
    struct mac mac;
    char *end;

    if (!base64url_decode(sealed, arena, &plain) || plain.len < MAC_TAG_BYTES)
        return false;
    payload = text_from(plain.at, plain.len - MAC_TAG_BYTES);
    mac = mac_sign(key, payload);
    end = (char *)(uintptr_t)plain.at + payload.len;
    if (CRYPTO_memcmp(end, mac.bytes, MAC_TAG_BYTES) != 0)
        return false;
    *end = '\0';
    *ret_payload = payload;
    return true;
}
