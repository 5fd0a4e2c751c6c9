/* SPDX-License-Identifier: MIT */
#include "auth/digest.h"

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"

#include <openssl/evp.h>

enum { DIGEST_MAGIC = 0x64676573 };

struct digest {
    unsigned magic;
    EVP_MD_CTX *context;
};

struct digest *digest_new(void)
{
    struct digest *digest = NEW(struct digest);

    digest->magic = DIGEST_MAGIC;
    digest->context = EVP_MD_CTX_new();
    CHECK(digest->context != NULL);
    CHECK(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) == 1);
    return digest;
}

void digest_add(struct digest *digest, struct text piece)
{
    OBJ_CHECK(digest, DIGEST_MAGIC);
    CHECK(EVP_DigestUpdate(digest->context, piece.at, piece.len) == 1);
}

void digest_end(struct digest *digest, char ret_hex[static DIGEST_TEXT_BYTES])
{
    unsigned char bytes[MAC_BYTES];

    OBJ_CHECK(digest, DIGEST_MAGIC);
    CHECK(EVP_DigestFinal_ex(digest->context, bytes, NULL) == 1);
    hex_format(bytes, sizeof(bytes), ret_hex);
}

void digest_free(struct digest **digest_at)
{
    struct digest *digest = *digest_at;

    *digest_at = NULL;
    if (!digest)
        return;
    OBJ_CHECK(digest, DIGEST_MAGIC);
    EVP_MD_CTX_free(digest->context);
    memory_free(&digest);
}
