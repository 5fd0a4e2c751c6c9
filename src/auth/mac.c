/* SPDX-License-Identifier: MIT */
#include "auth/mac.h"

#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdatomic.h>

enum { BLOCK_BYTES = 64 }; /* of SHA-256 */

/*
 * Looking the algorithm up by name takes longer than hashing a short text, and
 * libcrypto's HMAC() does so at each call. It is kept for ever.
 */
static const EVP_MD *sha256(void)
{
    static _Atomic(EVP_MD *) kept;
    EVP_MD *md = kept, *none = NULL;

    if (md)
        return md;
    md = EVP_MD_fetch(NULL, "SHA256", NULL);
    CHECK(md != NULL);
    if (atomic_compare_exchange_strong(&kept, &none, md))
        return md;
    EVP_MD_free(md);
    return none;
}

static void hash(EVP_MD_CTX *context, const unsigned char *block, struct text t,
                 struct mac *ret_mac)
{
    CHECK(EVP_DigestInit_ex2(context, sha256(), NULL) == 1 &&
          EVP_DigestUpdate(context, block, BLOCK_BYTES) == 1 &&
          EVP_DigestUpdate(context, t.at, t.len) == 1 &&
          EVP_DigestFinal_ex(context, ret_mac->bytes, NULL) == 1);
}

static struct text text_of_bytes(const unsigned char *at, size_t len)
{
    return text_from((const char *)at, len);
}

/* A longer key is hashed first (RFC 2104 § 2). */
static void pad_key(struct text key, unsigned char pad,
                    unsigned char *ret_block)
{
    struct mac digest;

    if (key.len > BLOCK_BYTES) {
        digest = mac_digest(key);
        key = text_of_bytes(digest.bytes, sizeof(digest.bytes));
    }
    memset(ret_block, pad, BLOCK_BYTES);
    for (size_t i = 0; i < key.len; i++)
        ret_block[i] ^= (unsigned char)key.at[i];
}

/* RFC 2104. */
struct mac mac_of(struct text key, struct text t)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char block[BLOCK_BYTES];
    struct mac mac;

    CHECK(context != NULL);
    pad_key(key, 0x36, block);
    hash(context, block, t, &mac);
    pad_key(key, 0x5c, block);
    hash(context, block, text_of_bytes(mac.bytes, sizeof(mac.bytes)), &mac);
    OPENSSL_cleanse(block, sizeof(block));
    EVP_MD_CTX_free(context);
    return mac;
}

struct mac_key mac_key_derive(struct text secret, const char *purpose)
{
    struct mac mac = mac_of(secret, text_of(purpose));
    struct mac_key key;

    memcpy(key.bytes, mac.bytes, sizeof(key.bytes));
    return key;
}

struct mac mac_digest(struct text t)
{
    struct mac mac;

    CHECK(EVP_Digest(t.at, t.len, mac.bytes, NULL, sha256(), NULL) == 1);
    return mac;
}

struct mac mac_sign(const struct mac_key *key, struct text t)
{
    return mac_of(text_of_bytes(key->bytes, sizeof(key->bytes)), t);
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
