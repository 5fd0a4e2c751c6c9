/* SPDX-License-Identifier: MIT */
#include "auth/api_key.h"

#include <criterion/criterion.h>
#include <ctype.h>

static bool is_taken(const char *text)
{
    struct api_key key;

    return api_key_parse(text_of(text), &key);
}

Test(api_key, is_read_as_it_was_made)
{
    struct api_key key = api_key_make(), read;

    cr_assert(api_key_parse(text_of(key.text), &read));
    cr_expect_str_eq(read.text, key.text);
    cr_expect_str_eq(read.prefix, key.prefix);
    cr_expect_eq(memcmp(&read.hash, &key.hash, sizeof(key.hash)), 0);
}

Test(api_key, says_what_it_is)
{
    struct api_key key = api_key_make();

    cr_expect_eq(strlen(key.text), API_KEY_LEN);
    cr_expect(api_key_is_meant(text_of(key.text)));
    cr_expect_eq(strncmp(key.text + 4, key.prefix, API_KEY_PREFIX_LEN), 0);
    cr_expect_eq(key.text[12], '_');
    cr_expect_not(api_key_is_meant(TEXT("eyJhbGciOiJFZERTQSJ9.e30.")));
    cr_expect_not(api_key_is_meant(TEXT("pck")));
}

Test(api_key, is_letters_and_digits_but_for_its_two_joints)
{
    for (int i = 0; i < 100; i++) {
        struct api_key key = api_key_make();

        for (size_t at = 0; at < API_KEY_LEN; at++)
            cr_assert(at == 3 || at == 12
                          ? key.text[at] == '_'
                          : isalnum((unsigned char)key.text[at]),
                      "%s", key.text);
    }
}

Test(api_key, is_never_made_twice)
{
    struct api_key a = api_key_make(), b = api_key_make();

    cr_expect_neq(strcmp(a.prefix, b.prefix), 0);
    cr_expect_neq(strcmp(a.text, b.text), 0);
    cr_expect_neq(memcmp(&a.hash, &b.hash, sizeof(a.hash)), 0);
}

/* 62 digits, each expected 800 times with a deviation of 28. */
Test(api_key, favours_no_digit)
{
    unsigned seen[256] = { 0 };

    for (int i = 0; i < 62 * 800 / API_KEY_SECRET_LEN; i++) {
        struct api_key key = api_key_make();

        for (size_t at = 13; at < 13 + API_KEY_SECRET_LEN; at++)
            seen[(unsigned char)key.text[at]]++;
    }
    for (int c = 0; c < 256; c++)
        if (isalnum(c))
            cr_expect(seen[c] > 600 && seen[c] < 1000, "%c: %u", c, seen[c]);
}

Test(api_key, is_hashed_whole)
{
    struct api_key key = api_key_make();
    struct mac digest = mac_digest(text_of(key.text));

    cr_expect_eq(memcmp(&key.hash, &digest, sizeof(digest)), 0);
}

Test(api_key, with_one_wrong_character_is_refused)
{
    struct api_key key = api_key_make();

    for (size_t at = 0; at < API_KEY_LEN; at++) {
        char was = key.text[at];

        key.text[at] = was == 'x' ? 'y' : 'x';
        cr_expect_not(is_taken(key.text), "character %zu", at);
        key.text[at] = was;
    }
    cr_expect(is_taken(key.text));
}

Test(api_key, with_two_swapped_characters_is_refused)
{
    struct api_key key = api_key_make();

    for (size_t at = 13; at + 1 < API_KEY_LEN; at++) {
        char was = key.text[at];

        if (was == key.text[at + 1])
            continue;
        key.text[at] = key.text[at + 1];
        key.text[at + 1] = was;
        cr_expect_not(is_taken(key.text), "character %zu", at);
        key.text[at + 1] = key.text[at];
        key.text[at] = was;
    }
}

Test(api_key, that_is_cut_or_longer_is_refused)
{
    struct api_key key = api_key_make(), read;
    char longer[API_KEY_LEN + 2] = "";

    for (size_t len = 0; len < API_KEY_LEN; len++)
        cr_expect_not(api_key_parse(text_from(key.text, len), &read));
    memcpy(longer, key.text, API_KEY_LEN);
    longer[API_KEY_LEN] = 'x';
    cr_expect_not(is_taken(longer));
    cr_expect_not(api_key_parse(text_from(key.text, API_KEY_LEN + 1), &read),
                  "not with a NUL either");
    cr_expect_not(api_key_parse(TEXT_NULL, &read));
}

/* The first 32 bits of a digest of all before it, in base 62. */
static void set_checksum(char *text)
{
    static const char digits[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const size_t at = API_KEY_LEN - API_KEY_CHECKSUM_LEN;
    struct mac digest = mac_digest(text_from(text, at));
    unsigned long sum = 0;

    for (size_t i = 0; i < 4; i++)
        sum = sum * 256 + digest.bytes[i];
    for (size_t i = API_KEY_LEN; i-- > at; sum /= 62)
        text[i] = digits[sum % 62];
}

Test(api_key, ends_in_its_checksum)
{
    struct api_key key = api_key_make(), same = key;

    set_checksum(same.text);
    cr_expect_str_eq(key.text, same.text);
}

Test(api_key, of_other_characters_is_refused_with_the_right_checksum_too)
{
    static const char others[] = { '-', '_', ' ', '\0', '\x7f', '\xc3' };
    struct api_key key = api_key_make(), read;

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        key.text[20] = others[i];
        set_checksum(key.text);
        cr_expect_not(api_key_parse(text_from(key.text, API_KEY_LEN), &read));
    }
    key.text[20] = 'x';
    key.text[12] = 'x';
    set_checksum(key.text);
    cr_expect_not(is_taken(key.text), "its joint is no digit");
}

Test(api_key, is_gone_when_it_was_wiped)
{
    struct api_key key = api_key_make(), zeros = { 0 };

    api_key_wipe(&key);
    cr_expect_eq(memcmp(&key, &zeros, sizeof(key)), 0);
}
