/* SPDX-License-Identifier: MIT */
#include "auth/api_key.h"

#include "base/id.h"

#include <openssl/crypto.h>

static const char start[] = "pck_";
static const char digits[62] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum {
    START_LEN = sizeof(start) - 1,
    SEPARATOR_AT = START_LEN + API_KEY_PREFIX_LEN,
    CHECKSUM_AT = API_KEY_LEN - API_KEY_CHECKSUM_LEN,
};

/* Bytes from 248 up are drawn again, as they would favour the first digits. */
static void add_random(char *at, size_t len)
{
    unsigned char byte;

    for (size_t i = 0; i < len;) {
        random_bytes(&byte, sizeof(byte));
        if (byte < 248)
            at[i++] = digits[byte % 62];
    }
}

/* Four bytes of a digest: one text in 4 thousand million passes by chance. */
static void checksum_of(struct text t, char ret_at[static API_KEY_CHECKSUM_LEN])
{
    struct mac digest = mac_digest(t);
    uint32_t sum;

    memcpy(&sum, digest.bytes, sizeof(sum));
    sum = __builtin_bswap32(sum);
    for (size_t i = API_KEY_CHECKSUM_LEN; i-- > 0; sum /= 62)
        ret_at[i] = digits[sum % 62];
}

static void finish(struct api_key *key)
{
    memcpy(key->prefix, key->text + START_LEN, API_KEY_PREFIX_LEN);
    key->hash = mac_digest(text_from(key->text, API_KEY_LEN));
}

struct api_key api_key_make(void)
{
    struct api_key key = { 0 };

    memcpy(key.text, start, START_LEN);
    add_random(key.text + START_LEN, API_KEY_PREFIX_LEN);
    key.text[SEPARATOR_AT] = '_';
    add_random(key.text + SEPARATOR_AT + 1, API_KEY_SECRET_LEN);
    checksum_of(text_from(key.text, CHECKSUM_AT), key.text + CHECKSUM_AT);
    finish(&key);
    return key;
}

bool api_key_is_meant(struct text credential)
{
    return text_starts_with(credential, start);
}

static bool is_digit(char c)
{
    return memchr(digits, c, sizeof(digits)) != NULL;
}

static bool has_form(struct text credential)
{
    if (credential.len != API_KEY_LEN || !api_key_is_meant(credential))
        return false;
    for (size_t i = START_LEN; i < API_KEY_LEN; i++)
        if (i == SEPARATOR_AT ? credential.at[i] != '_'
                              : !is_digit(credential.at[i]))
            return false;
    return true;
}

bool api_key_parse(struct text credential, struct api_key *ret_key)
{
    char sum[API_KEY_CHECKSUM_LEN];

    if (!has_form(credential))
        return false;
    checksum_of(text_from(credential.at, CHECKSUM_AT), sum);
    if (memcmp(sum, credential.at + CHECKSUM_AT, sizeof(sum)) != 0)
        return false;
    *ret_key = (struct api_key){ 0 };
    memcpy(ret_key->text, credential.at, API_KEY_LEN);
    finish(ret_key);
    return true;
}

void api_key_wipe(struct api_key *key)
{
    OPENSSL_cleanse(key, sizeof(*key));
}
