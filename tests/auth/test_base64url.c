/* SPDX-License-Identifier: MIT */
#include "auth/base64url.h"

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

TestSuite(base64url, .init = setup, .fini = teardown);

static void expect(struct text bytes, const char *encoded)
{
    struct text decoded;

    buffer_clear(&buffer);
    base64url_encode(bytes, &buffer);
    cr_expect(text_is(buffer_text(&buffer), encoded), "%.*s is not %s",
              TEXT_ARG(buffer_text(&buffer)), encoded);
    cr_assert(base64url_decode(text_of(encoded), &arena, &decoded));
    cr_expect(text_equal(decoded, bytes), "%s", encoded);
}

Test(base64url, matches_the_vectors_of_rfc_4648_without_their_padding)
{
    expect(TEXT(""), "");
    expect(TEXT("f"), "Zg");
    expect(TEXT("fo"), "Zm8");
    expect(TEXT("foo"), "Zm9v");
    expect(TEXT("foob"), "Zm9vYg");
    expect(TEXT("fooba"), "Zm9vYmE");
    expect(TEXT("foobar"), "Zm9vYmFy");
    expect(TEXT("\xFF\xEF\xBE\x00"), "_---AA");
}

Test(base64url, brings_back_all_bytes_at_all_lengths)
{
    char bytes[256];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 167);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct text decoded;

        buffer_clear(&buffer);
        base64url_encode(text_from(bytes, len), &buffer);
        cr_assert(base64url_decode(buffer_text(&buffer), &arena, &decoded));
        cr_expect(text_equal(decoded, text_from(bytes, len)), "%zu", len);
    }
}

Test(base64url, knows_one_form_of_each_text_only)
{
    static const char *const bad[] = {
        "Z",   "Zg==",   "Zh",    "Zm9=",  "Zm9",
        "+/8", "Zm9v\n", " Zm9v", "Zm9vY", "Zm 9v",
    };
    struct text decoded;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        cr_expect_not(base64url_decode(text_of(bad[i]), &arena, &decoded), "%s",
                      bad[i]);
    cr_expect_not(base64url_decode(TEXT("Zm\0v"), &arena, &decoded));
}

Test(base64url, gives_up_when_the_arena_is_full)
{
    struct arena tiny;
    struct text decoded;

    arena_init(&tiny, 4);
    cr_expect_not(base64url_decode(TEXT("Zm9vYmFy"), &tiny, &decoded));
    arena_fini(&tiny);
}
