/* SPDX-License-Identifier: MIT */
#include "app/keyring.h"

#include "admin/dev_tokens.h"
#include "app/key_url.h"
#include "base/check.h"
#include "base/file.h"
#include "base/memory.h"
#include "telemetry/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

enum { RULES_MAGIC = 0x6b72756c, KEYS_BYTES_MAX = 1024 * 1024 };

/* By what a file that was written since is told. */
struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

struct key_rules {
    unsigned magic;
    atomic_uint refs;
    struct key_set *keys;
    char *issuer, *audience; /* NULL: none */
    uint32_t leeway_s;
    /* what the keys were made of */
    char *path, *secret, *url; /* "": none */
    struct mark mark;          /* of the file at `path` */
    char *published;           /* by `url`; NULL: nothing yet */
    size_t published_len;
};

struct keyring {
    pthread_mutex_t lock; /* of rules: taken for a token not seen before */
    struct key_rules *rules;
    atomic_uint_fast64_t generation;
};

/* --- the snapshot's life -------------------------------------------------- */

static struct key_rules *rules_new(void)
{
    struct key_rules *rules = NEW(struct key_rules);

    rules->magic = RULES_MAGIC;
    atomic_init(&rules->refs, 1);
    rules->keys = key_set_new();
    return rules;
}

void key_rules_put(struct key_rules **rules_at)
{
    struct key_rules *rules = *rules_at;

    *rules_at = NULL;
    if (!rules)
        return;
    OBJ_CHECK(rules, RULES_MAGIC);
    if (atomic_fetch_sub(&rules->refs, 1) > 1)
        return;
    key_set_unref(&rules->keys);
    if (rules->secret)
        explicit_bzero(rules->secret, strlen(rules->secret));
    memory_free(&rules->issuer);
    memory_free(&rules->audience);
    memory_free(&rules->path);
    memory_free(&rules->secret);
    memory_free(&rules->url);
    memory_free(&rules->published);
    rules->magic = 0;
    memory_free(&rules);
}

static char *copy_or_null(const char *text)
{
    return text && text[0] ? memory_format("%s", text) : NULL;
}

static void copy_published(struct key_rules *rules, struct text document)
{
    memory_free(&rules->published);
    rules->published = memory_copy(document.at, document.len);
    rules->published_len = document.len;
}

static struct key_rules *rules_of_settings(const struct settings *settings)
{
    struct key_rules *rules = rules_new();

    rules->issuer = copy_or_null(settings_text(settings, SETTING_JWT_ISSUER));
    rules->audience =
        copy_or_null(settings_text(settings, SETTING_JWT_AUDIENCE));
    rules->leeway_s =
        (uint32_t)(settings_int(settings, SETTING_JWT_LEEWAY) / 1000);
    rules->path =
        memory_format("%s", settings_text(settings, SETTING_JWT_KEYS));
    rules->secret =
        memory_format("%s", settings_text(settings, SETTING_JWT_SECRET));
    rules->url = memory_format("%s", settings_text(settings, SETTING_JWKS_URL));
    return rules;
}

/* With no keys in it yet, to be read anew. */
static struct key_rules *rules_like(const struct key_rules *old)
{
    struct key_rules *rules = rules_new();

    rules->issuer = copy_or_null(old->issuer);
    rules->audience = copy_or_null(old->audience);
    rules->leeway_s = old->leeway_s;
    rules->path = memory_format("%s", old->path);
    rules->secret = memory_format("%s", old->secret);
    rules->url = memory_format("%s", old->url);
    if (old->published)
        copy_published(rules, text_from(old->published, old->published_len));
    return rules;
}

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

static struct mark mark_of(const char *path)
{
    struct mark mark;
    struct stat found;

    memset(&mark, 0, sizeof(mark)); /* marks are compared by their bytes */
    if (stat(path, &found) < 0)
        return mark;
    mark.device = found.st_dev;
    mark.inode = found.st_ino;
    mark.size = found.st_size;
    mark.written = found.st_mtim;
    return mark;
}

/* Marked before it is read: what is written meanwhile is seen next time. */
static int add_file(struct key_rules *rules, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer document = { 0 };
    int error;

    rules->mark = mark_of(rules->path);
    buffer_init(&document, KEYS_BYTES_MAX);
    error = file_read(rules->path, &document);
    if (error)
        return FAIL(diag, ERR_INVALID_PARAMETER, "jwt_keys: %s: %s",
                    rules->path, strerror(error));
    return add_document(rules->keys, buffer_text(&document), diag);
}

static int read_keys(struct key_rules *rules, struct diag *diag)
{
    int r = 0;

    if (rules->path[0])
        r = add_file(rules, diag);
    if (r == 0 && rules->secret[0])
        r = key_set_add_secret(rules->keys, text_of(rules->secret), diag);
    if (r == 0 && rules->published)
        r = key_set_add_jwks(rules->keys,
                             text_from(rules->published, rules->published_len),
                             JWKS_PUBLISHED, diag);
    return r;
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

static int check_settings(const struct settings *settings, struct diag *diag)
{
    int r = check_issuer(settings, diag);

    return r < 0 ? r : key_url_check(settings, diag);
}

/* What of an issuer's set cannot be used. */
static void tell_notes(const struct key_set *keys)
{
    for (size_t i = 0; i < key_set_note_count(keys); i++)
        log_line(LOG_WARN, "key_left_out", "%s", key_set_note(keys, i));
}

/* --- life ----------------------------------------------------------------- */

int keyring_new(const struct settings *settings, struct keyring **ret_keyring,
                struct diag *diag)
{
    CLEANUP(key_rules_put) struct key_rules *rules = NULL;
    struct keyring *keyring;
    int r = check_settings(settings, diag);

    if (r < 0)
        return r;
    rules = rules_of_settings(settings);
    r = read_keys(rules, diag);
    if (r < 0)
        return r;
    tell_notes(rules->keys);
    keyring = NEW(struct keyring);
    pthread_mutex_init(&keyring->lock, NULL);
    keyring->generation = key_set_generation(rules->keys);
    keyring->rules = rules;
    rules = NULL;
    *ret_keyring = keyring;
    return 0;
}

void keyring_free(struct keyring **keyring)
{
    if (!*keyring)
        return;
    key_rules_put(&(*keyring)->rules);
    pthread_mutex_destroy(&(*keyring)->lock);
    memory_free(keyring);
}

/* --- using --------------------------------------------------------------- */

uint64_t keyring_generation(struct keyring *keyring)
{
    return atomic_load(&keyring->generation);
}

struct key_rules *keyring_get(struct keyring *keyring)
{
    struct key_rules *rules;

    pthread_mutex_lock(&keyring->lock);
    rules = keyring->rules;
    atomic_fetch_add(&rules->refs, 1);
    pthread_mutex_unlock(&keyring->lock);
    return rules;
}

struct jwt_rules key_rules_jwt(const struct key_rules *rules)
{
    OBJ_CHECK(rules, RULES_MAGIC);
    return (struct jwt_rules){
        .keys = rules->keys,
        .issuer = text_of(rules->issuer),
        .audience = text_of(rules->audience),
        .leeway_s = rules->leeway_s,
    };
}

/* --- replacing ------------------------------------------------------------ */

/* Takes the new ones over. */
static void replace(struct keyring *keyring, struct key_rules **rules)
{
    struct key_rules *old;

    pthread_mutex_lock(&keyring->lock);
    old = keyring->rules;
    keyring->rules = *rules;
    atomic_store(&keyring->generation, key_set_generation((*rules)->keys));
    pthread_mutex_unlock(&keyring->lock);
    *rules = NULL;
    key_rules_put(&old);
}

static int read_and_replace(struct keyring *keyring, struct key_rules **rules,
                            struct diag *diag)
{
    int r = read_keys(*rules, diag);

    if (r < 0)
        return r;
    tell_notes((*rules)->keys);
    replace(keyring, rules);
    return 0;
}

int keyring_apply(struct keyring *keyring, const struct settings *settings,
                  struct diag *diag)
{
    CLEANUP(key_rules_put) struct key_rules *old = NULL;
    CLEANUP(key_rules_put) struct key_rules *rules = NULL;
    int r = check_settings(settings, diag);

    if (r < 0)
        return r;
    old = keyring_get(keyring);
    rules = rules_of_settings(settings);
    if (old->published && strcmp(old->url, rules->url) == 0)
        copy_published(rules, text_from(old->published, old->published_len));
    return read_and_replace(keyring, &rules, diag);
}

int keyring_publish(struct keyring *keyring, struct text document,
                    struct diag *diag)
{
    CLEANUP(key_rules_put) struct key_rules *old = keyring_get(keyring);
    CLEANUP(key_rules_put) struct key_rules *rules = NULL;

    if (old->published &&
        text_equal(document, text_from(old->published, old->published_len)))
        return 0;
    rules = rules_like(old);
    copy_published(rules, document);
    return read_and_replace(keyring, &rules, diag);
}

/* A file that cannot be read is told of once: until it is written again. */
static void note_mark(struct keyring *keyring, const struct mark *mark)
{
    pthread_mutex_lock(&keyring->lock);
    keyring->rules->mark = *mark;
    pthread_mutex_unlock(&keyring->lock);
}

int keyring_look(struct keyring *keyring, bool *ret_read, struct diag *diag)
{
    CLEANUP(key_rules_put) struct key_rules *old = keyring_get(keyring);
    CLEANUP(key_rules_put) struct key_rules *rules = NULL;
    struct mark mark;
    int r;

    *ret_read = false;
    if (!old->path[0])
        return 0;
    mark = mark_of(old->path);
    if (memcmp(&mark, &old->mark, sizeof(mark)) == 0)
        return 0;
    *ret_read = true;
    rules = rules_like(old);
    r = read_and_replace(keyring, &rules, diag);
    if (r < 0)
        note_mark(keyring, &mark);
    return r;
}
