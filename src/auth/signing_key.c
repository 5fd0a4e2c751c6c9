/* SPDX-License-Identifier: MIT */
#include "auth/signing_key.h"

#include "auth/base64url.h"
#include "auth/key_impl.h"
#include "auth/mac.h"
#include "auth/signing_key_impl.h"
#include "base/check.h"
#include "base/memory.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { SIGNING_KEY_MAGIC = 0x7369676e, SIGNATURE_MAX = KEY_RSA_BITS_MAX / 8 };

/* A pair has `private`, a secret has `verifier` only. */
struct signing_key {
    unsigned magic;
    enum algorithm algorithm;
    EVP_PKEY *private;
    struct key *verifier;
};

static struct signing_key *take(EVP_PKEY *private, struct key *verifier,
                                enum algorithm algorithm)
{
    struct signing_key *key = NEW(struct signing_key);

    *key =
        (struct signing_key){ SIGNING_KEY_MAGIC, algorithm, private, verifier };
    return key;
}

/* The private half knows the public one, so one object serves as both. */
static int take_pair(EVP_PKEY *private, struct diag *diag,
                     struct signing_key **ret_key)
{
    static const enum algorithm algorithms[] = {
        [KEY_RSA] = ALGORITHM_RS256,
        [KEY_EC] = ALGORITHM_ES256,
        [KEY_ED25519] = ALGORITHM_EDDSA,
    };
    struct key *verifier = NULL;
    int r;

    CHECK(EVP_PKEY_up_ref(private));
    r = key__from_public(private, diag, &verifier);
    if (r < 0) {
        pkey_end(&private);
        return r;
    }
    *ret_key = take(private, verifier, algorithms[verifier->kind]);
    return 0;
}

struct signing_key *signing_key_new(enum algorithm algorithm)
{
    struct signing_key *key = NULL;
    EVP_PKEY *pair;
    int r;

    CHECK(algorithm == ALGORITHM_EDDSA || algorithm == ALGORITHM_ES256);
    pair = algorithm == ALGORITHM_EDDSA
               ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
               : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    CHECK(pair != NULL);
    r = take_pair(pair, NULL, &key);
    CHECK(r == 0);
    return key;
}

/* OpenSSL would ask on the terminal. */
static int no_passphrase(char *at UNUSED, int size UNUSED, int writing UNUSED,
                         void *arg UNUSED)
{
    return -1;
}

/* Do the two halves belong together? A typed-in key may be damaged anywhere. */
static bool is_consistent(EVP_PKEY *key)
{
    CLEANUP(pkey_ctx_end)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

    CHECK(ctx != NULL);
    return EVP_PKEY_pairwise_check(ctx) > 0;
}

int signing_key_from_pem(struct text pem, struct diag *diag,
                         struct signing_key **ret_key)
{
    CLEANUP(bio_end) BIO *bio = NULL;
    CLEANUP(pkey_end) EVP_PKEY *private = NULL;
    EVP_PKEY *pair;

    if (pem.len > 0 && pem.len <= INT_MAX) {
        bio = BIO_new_mem_buf(pem.at, (int)pem.len);
        CHECK(bio != NULL);
        private = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    }
    ERR_clear_error();
    if (!private)
        return FAIL(diag, ERR_VALIDATION,
                    "no private key in PEM, or one with a passphrase");
    if (!is_consistent(private)) {
        ERR_clear_error();
        return FAIL(diag, ERR_VALIDATION,
                    "a private key that does not belong to its public half");
    }
    pair = private;
    private = NULL;
    return take_pair(pair, diag, ret_key);
}

int signing_key_from_secret(struct text secret, struct diag *diag,
                            struct signing_key **ret_key)
{
    struct key *verifier = NULL;
    int r = key__from_secret(secret, diag, &verifier);

    if (r < 0)
        return r;
    *ret_key = take(NULL, verifier, ALGORITHM_HS256);
    return 0;
}

void signing_key_free(struct signing_key **key)
{
    if (!*key)
        return;
    OBJ_CHECK(*key, SIGNING_KEY_MAGIC);
    pkey_end(&(*key)->private);
    key__free(&(*key)->verifier);
    memory_free(key);
}

enum algorithm signing_key_algorithm(const struct signing_key *key)
{
    OBJ_CHECK(key, SIGNING_KEY_MAGIC);
    return key->algorithm;
}

const char *signing_key_id(const struct signing_key *key)
{
    OBJ_CHECK(key, SIGNING_KEY_MAGIC);
    return key->verifier->id;
}

static void add_written(BIO *bio, struct buffer *out)
{
    char *at = NULL;
    long len = BIO_get_mem_data(bio, &at);

    CHECK(len > 0);
    buffer_add(out, at, (size_t)len);
}

void signing_key_private_pem(const struct signing_key *key, struct buffer *out)
{
    CLEANUP(bio_end) BIO *bio = BIO_new(BIO_s_secmem());

    OBJ_CHECK(key, SIGNING_KEY_MAGIC);
    CHECK(bio && key->private);
    CHECK(PEM_write_bio_PKCS8PrivateKey(bio, key->private, NULL, NULL, 0, NULL,
                                        NULL));
    add_written(bio, out);
}

void signing_key_public_pem(const struct signing_key *key, struct buffer *out)
{
    CLEANUP(bio_end) BIO *bio = BIO_new(BIO_s_mem());

    OBJ_CHECK(key, SIGNING_KEY_MAGIC);
    CHECK(bio && key->private);
    CHECK(PEM_write_bio_PUBKEY(bio, key->private));
    add_written(bio, out);
}

void signing_key_wipe(struct buffer *buffer)
{
    if (buffer->at)
        OPENSSL_cleanse(buffer->at, buffer->capacity);
    buffer_fini(buffer);
}

/* --- signing -------------------------------------------------------------- */

/* DER becomes r and s side by side, each with all its bytes. */
static void add_raw(const unsigned char *der, size_t len, struct buffer *out)
{
    CLEANUP(ecdsa_end) ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    unsigned char raw[2 * P256_BYTES];
    const BIGNUM *r, *s;

    CHECK(pair != NULL);
    ECDSA_SIG_get0(pair, &r, &s);
    CHECK(BN_bn2binpad(r, raw, P256_BYTES) == P256_BYTES);
    CHECK(BN_bn2binpad(s, raw + P256_BYTES, P256_BYTES) == P256_BYTES);
    base64url_encode(text_from((const char *)raw, sizeof(raw)), out);
}

bool signing_key__sign(const struct signing_key *key, struct text bytes,
                       struct buffer *out)
{
    CLEANUP(digest_end) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char signature[SIGNATURE_MAX];
    size_t len = sizeof(signature);
    struct mac mac;

    OBJ_CHECK(key, SIGNING_KEY_MAGIC);
    CHECK(digest != NULL);
    if (!key->private) {
        mac = mac_of(key->verifier->secret, bytes);
        base64url_encode(text_from((const char *)mac.bytes, MAC_BYTES), out);
        return true;
    }
    if (EVP_DigestSignInit(digest, NULL, key__digest(key->algorithm), NULL,
                           key->private) <= 0 ||
        EVP_DigestSign(digest, signature, &len, (const unsigned char *)bytes.at,
                       bytes.len) <= 0) {
        ERR_clear_error();
        return false;
    }
    if (key->algorithm == ALGORITHM_ES256)
        add_raw(signature, len, out);
    else
        base64url_encode(text_from((const char *)signature, len), out);
    return true;
}
