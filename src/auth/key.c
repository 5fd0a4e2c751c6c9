/* SPDX-License-Identifier: MIT */
#include "auth/key_impl.h"

#include "base/check.h"
#include "base/memory.h"

#include <openssl/err.h>

static unsigned algorithms_of(enum key_kind kind)
{
    unsigned bits = 0;

    for (unsigned i = 0; i < ALGORITHM_COUNT; i++)
        if (algorithm_kind((enum algorithm)i) == kind)
            bits |= 1u << i;
    return bits;
}

int key__from_public(EVP_PKEY *public, struct diag *diag, struct key **ret_key)
{
    CLEANUP(pkey_end) EVP_PKEY *owned = public;
    char thumbprint[KEY_THUMBPRINT_BYTES];
    enum key_kind kind = KEY_RSA;
    struct key *key;
    int r = key__check(owned, diag, &kind);

    ERR_clear_error();
    if (r < 0)
        return r;
    key__thumbprint(owned, kind, thumbprint);
    key = NEW(struct key);
    *key = (struct key){
        .id = memory_copy(thumbprint, strlen(thumbprint)),
        .kind = kind,
        .algorithms = algorithms_of(kind),
        .public = owned,
    };
    owned = NULL;
    *ret_key = key;
    return 0;
}

int key__from_secret(struct text secret, struct diag *diag,
                     struct key **ret_key)
{
    struct key *key;

    if (secret.len < KEY_SECRET_MIN || secret.len > KEY_SECRET_MAX)
        return FAIL(diag, ERR_VALIDATION,
                    "a secret of %zu bytes: must be %d to %d", secret.len,
                    KEY_SECRET_MIN, KEY_SECRET_MAX);
    key = NEW(struct key);
    *key = (struct key){
        .id = memory_copy("", 0), /* a digest of it would invite guessing */
        .kind = KEY_SECRET,
        .algorithms = algorithms_of(KEY_SECRET),
        .secret = { memory_copy(secret.at, secret.len), secret.len },
    };
    *ret_key = key;
    return 0;
}

void key__free(struct key **key)
{
    char *secret;

    if (!*key)
        return;
    secret = (char *)(uintptr_t)(*key)->secret.at;
    if (secret)
        OPENSSL_cleanse(secret, (*key)->secret.len);
    memory_free(&secret);
    pkey_end(&(*key)->public);
    memory_free(&(*key)->id);
    memory_free(key);
}

void key__name(struct key *key, struct text id)
{
    CHECK(id.len <= KEY_ID_MAX);
    memory_free(&key->id);
    key->id = memory_copy(id.at, id.len);
    key->is_named = true;
}
