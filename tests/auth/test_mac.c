/* SPDX-License-Identifier: MIT */
#include "auth/mac.h"

#include "base/id.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct buffer buffer;

static void setup(void)
{
    arena_init(&arena, 1 << 16);
    buffer_init(&buffer, 1 << 16);
}

static void teardown(void)
{
    buffer_fini(&buffer);
    arena_fini(&arena);
}

TestSuite(mac, .init = setup, .fini = teardown);

static void expect_hex(struct mac mac, const char *hex)
{
    char text[2 * MAC_BYTES + 1];

    hex_format(mac.bytes, sizeof(mac.bytes), text);
    cr_expect_str_eq(text, hex);
}

Test(mac, makes_sha_256_digests)
{
    expect_hex(mac_digest(TEXT("abc")), "ba7816bf8f01cfea414140de5dae2223"
                                        "b00361a396177a9cb410ff61f20015ad");
    expect_hex(mac_digest(TEXT("")), "e3b0c44298fc1c149afbf4c8996fb924"
                                     "27ae41e4649b934ca495991b7852b855");
}

Test(mac, signs_as_rfc_4231_does)
{
    struct mac_key key = { { 0 } };

    /* HMAC pads a key with zeros: 20 bytes and 12 zeros are the same key. */
    memset(key.bytes, 0x0b, 20);
    expect_hex(mac_sign(&key, TEXT("Hi There")),
               "b0344c61d8db38535ca8afceaf0bf12b"
               "881dc200c9833da726e9376c2e32cff7");
}

Test(mac, hashes_a_key_longer_than_a_block_as_rfc_4231_does)
{
    struct mac_key key;
    struct mac mac;
    char secret[131];

    memset(secret, 0xaa, sizeof(secret));
    key = mac_key_derive(
        text_from(secret, sizeof(secret)),
        "Test Using Larger Than Block-Size Key - Hash Key First");
    memcpy(mac.bytes, key.bytes, sizeof(mac.bytes));
    expect_hex(mac, "60e431591ee0b67f0d8a26aacbf5b77f"
                    "8e0bc6213728c5140546040f0ee37f54");
}

Test(mac, verifies_only_the_same_text_under_the_same_key)
{
    struct mac_key key = mac_key_derive(TEXT("secret"), "cursor");
    struct mac_key other = mac_key_derive(TEXT("secret"), "token");
    struct mac mac = mac_sign(&key, TEXT("text"));

    cr_expect(mac_verify(&key, TEXT("text"), mac));
    cr_expect_not(mac_verify(&key, TEXT("texts"), mac));
    cr_expect_not(mac_verify(&other, TEXT("text"), mac));
    mac.bytes[MAC_BYTES - 1] ^= 1;
    cr_expect_not(mac_verify(&key, TEXT("text"), mac));
}

Test(mac, compares_secrets)
{
    cr_expect(mac_equal(TEXT("abc"), TEXT("abc")));
    cr_expect_not(mac_equal(TEXT("abc"), TEXT("abd")));
    cr_expect_not(mac_equal(TEXT("abc"), TEXT("ab")));
    cr_expect_not(mac_equal(TEXT(""), TEXT("a")));
    cr_expect(mac_equal(TEXT(""), TEXT_NULL));
}

Test(mac, opens_what_it_sealed)
{
    static const struct text payloads[] = { { "", 0 },
                                            { "a\0b", 3 },
                                            { "introduced_on,id", 16 } };
    struct mac_key key = mac_key_derive(TEXT("secret"), "cursor");

    for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
        struct text payload;

        buffer_clear(&buffer);
        mac_seal(&key, payloads[i], &buffer);
        cr_assert(mac_open(&key, buffer_text(&buffer), &arena, &payload));
        cr_expect(text_equal(payload, payloads[i]));
        cr_expect_eq(payload.at[payload.len], '\0');
    }
}

Test(mac, opens_nothing_that_was_touched)
{
    struct mac_key key = mac_key_derive(TEXT("secret"), "cursor");
    struct mac_key other = mac_key_derive(TEXT("secret"), "token");
    struct text payload, sealed;

    mac_seal(&key, TEXT("payload"), &buffer);
    sealed = buffer_text(&buffer);
    cr_expect_not(mac_open(&other, sealed, &arena, &payload));
    for (size_t i = 0; i < buffer.len; i++) {
        char was = buffer.at[i];

        buffer.at[i] = was == 'A' ? 'B' : 'A';
        cr_expect_not(mac_open(&key, sealed, &arena, &payload), "byte %zu", i);
        buffer.at[i] = was;
        cr_expect_not(mac_open(&key, text_from(sealed.at, i), &arena, &payload),
                      "cut at %zu", i);
    }
    cr_expect(mac_open(&key, sealed, &arena, &payload), "and whole again");
}
