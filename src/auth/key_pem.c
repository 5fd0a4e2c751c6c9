/* SPDX-License-Identifier: MIT */
#include "auth/key_impl.h"
#include "auth/key_set_impl.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

struct block {
    char *label, *header;
    unsigned char *bytes;
    long len;
};

static void block_end(struct block *block)
{
    openssl_string_end(&block->label);
    openssl_string_end(&block->header);
    openssl_bytes_end(&block->bytes);
}

static EVP_PKEY *read_any(const unsigned char **at, long len)
{
    return d2i_PUBKEY(NULL, at, len);
}

static EVP_PKEY *read_rsa(const unsigned char **at, long len)
{
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, at, len);
}

static int read_block(const struct block *block, struct diag *diag,
                      struct key **ret_key)
{
    static const struct {
        const char *label;
        EVP_PKEY *(*read)(const unsigned char **at, long len);
    } kinds[] = {
        { "PUBLIC KEY", read_any },
        { "RSA PUBLIC KEY", read_rsa },
    };
    const unsigned char *at = block->bytes;
    EVP_PKEY *key = NULL;
    size_t i = 0;

    while (i < ARRAY_LEN(kinds) && strcmp(block->label, kinds[i].label) != 0)
        i++;
    if (i == ARRAY_LEN(kinds))
        return FAIL(
            diag, ERR_VALIDATION,
            "a PEM block of %.40s: must be PUBLIC KEY or RSA PUBLIC KEY",
            block->label);
    key = kinds[i].read(&at, block->len);
    if (key && at == block->bytes + block->len)
        return key__from_public(key, diag, ret_key);
    pkey_end(&key);
    return FAIL(diag, ERR_VALIDATION,
                "a PEM block that holds no public key (damaged, or a point "
                "off its curve)");
}

/* The next key of a PEM; *ret_key is NULL when there is none left. */
static int next(BIO *pem, struct diag *diag, struct key **ret_key)
{
    CLEANUP(block_end) struct block block = { 0 };

    *ret_key = NULL;
    if (PEM_read_bio(pem, &block.label, &block.header, &block.bytes,
                     &block.len))
        return read_block(&block, diag, ret_key);
    if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
        return 0;
    return FAIL(diag, ERR_VALIDATION, "a PEM block that is cut off or damaged");
}

static int add_all(struct key_set *set, BIO *pem, struct diag *diag)
{
    for (size_t found = 0;; found++) {
        struct key *key;
        int r = next(pem, diag, &key);

        if (r < 0)
            return r;
        if (!key && found == 0)
            return FAIL(diag, ERR_VALIDATION, "no PEM block, so no key");
        if (!key)
            return 0;
        r = key_set__add(set, key, diag);
        if (r < 0)
            return r;
    }
}

int key_set_add_pem(struct key_set *set, struct text pem, struct diag *diag)
{
    CLEANUP(bio_end) BIO *bio = NULL;
    size_t before = key_set__count_to_change(set);
    int r;

    if (pem.len == 0 || pem.len > INT_MAX)
        return FAIL(diag, ERR_VALIDATION, "no PEM block, so no key");
    bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    CHECK(bio != NULL);
    r = add_all(set, bio, diag);
    ERR_clear_error();
    if (r < 0)
        key_set__cut(set, before);
    return r;
}
