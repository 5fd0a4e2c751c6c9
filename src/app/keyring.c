/* SPDX-License-Identifier: MIT */
#include "app/keyring.h"

#include "admin/dev_tokens.h"
#include "base/check.h"
#include "base/file.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { KEYS_BYTES_MAX = 1024 * 1024 };

struct keyring {
    pthread_mutex_t lock; /* of keys: taken for a token not seen before */
    struct key_set *keys;
    atomic_uint_fast64_t generation;
    char *issuer, *audience;
    uint32_t leeway_s;
};

/* --- reading ------------------------------------------------------------- */

/* A JWK Set is a JSON object; a PEM never begins like one. */
static int add_document(struct key_set *keys, struct text document,
                        struct diag *diag)
{
    struct text trimmed = text_trim(document);

    if (trimmed.len > 0 && trimmed.at[0] == '{')
        return key_set_add_jwks(keys, document, JWKS_PRIVATE, diag);
    return key_set_add_pem(keys, document, diag);
}

static int add_file(struct key_set *keys, const char *path, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer document = { 0 };
    int error;

    buffer_init(&document, KEYS_BYTES_MAX);
    error = file_read(path, &document);
    if (error)
        return FAIL(diag, ERR_INVALID_PARAMETER, "jwt_keys: %s: %s", path,
                    strerror(error));
    return add_document(keys, buffer_text(&document), diag);
}

static int read_keys(const struct settings *settings, struct key_set *keys,
                     struct diag *diag)
{
    const char *path = settings_text(settings, SETTING_JWT_KEYS);
    const char *secret = settings_text(settings, SETTING_JWT_SECRET);
    int r = 0;

    if (path[0])
        r = add_file(keys, path, diag);
    if (r == 0 && secret[0])
        r = key_set_add_secret(keys, text_of(secret), diag);
    return r;
}

static char *copy_or_null(const char *text)
{
    return text[0] ? memory_format("%s", text) : NULL;
}

/* What `portcullis dev` signs is good there and nowhere else. */
static int check_issuer(const struct settings *settings, struct diag *diag)
{
    const char *environment = settings_text(settings, SETTING_ENVIRONMENT);

    if (strcmp(settings_text(settings, SETTING_JWT_ISSUER), DEV_ISSUER) == 0 &&
        strcmp(environment, "development") != 0)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "jwt_issuer: %s is for the environment development only, "
                    "and this is %s",
                    DEV_ISSUER, environment);
    return 0;
}

int keyring_new(const struct settings *settings, struct keyring **ret_keyring,
                struct diag *diag)
{
    CLEANUP(keyring_free) struct keyring *keyring = NEW(struct keyring);
    int r;

    pthread_mutex_init(&keyring->lock, NULL);
    keyring->keys = key_set_new();
    r = check_issuer(settings, diag);
    if (r == 0)
        r = read_keys(settings, keyring->keys, diag);
    if (r < 0)
        return r;
    keyring->generation = key_set_generation(keyring->keys);
    keyring->issuer = copy_or_null(settings_text(settings, SETTING_JWT_ISSUER));
    keyring->audience =
        copy_or_null(settings_text(settings, SETTING_JWT_AUDIENCE));
    keyring->leeway_s =
        (uint32_t)(settings_int(settings, SETTING_JWT_LEEWAY) / 1000);
    *ret_keyring = keyring;
    keyring = NULL;
    return 0;
}

void keyring_free(struct keyring **keyring_at)
{
    struct keyring *keyring = *keyring_at;

    if (!keyring)
        return;
    key_set_unref(&keyring->keys);
    pthread_mutex_destroy(&keyring->lock);
    memory_free(&keyring->issuer);
    memory_free(&keyring->audience);
    memory_free(keyring_at);
}

/* --- using --------------------------------------------------------------- */

uint64_t keyring_generation(struct keyring *keyring)
{
    return atomic_load(&keyring->generation);
}

struct jwt_rules keyring_rules(struct keyring *keyring,
                               struct key_set **ret_keys)
{
    pthread_mutex_lock(&keyring->lock);
    *ret_keys = key_set_ref(keyring->keys);
    pthread_mutex_unlock(&keyring->lock);
    return (struct jwt_rules){
        .keys = *ret_keys,
        .issuer = keyring->issuer ? text_of(keyring->issuer) : TEXT_NULL,
        .audience = keyring->audience ? text_of(keyring->audience) : TEXT_NULL,
        .leeway_s = keyring->leeway_s,
    };
}

void keyring_replace(struct keyring *keyring, struct key_set *keys)
{
    struct key_set *old;

    pthread_mutex_lock(&keyring->lock);
    old = keyring->keys;
    keyring->keys = keys;
    atomic_store(&keyring->generation, key_set_generation(keys));
    pthread_mutex_unlock(&keyring->lock);
    key_set_unref(&old);
}
