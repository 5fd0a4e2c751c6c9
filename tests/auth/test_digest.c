/* SPDX-License-Identifier: MIT */
#include "auth/digest.h"

#include <criterion/criterion.h>

static void expect(const char *first, const char *second, const char *want)
{
    CLEANUP(digest_free) struct digest *digest = digest_new();
    char got[DIGEST_TEXT_BYTES];

    digest_add(digest, text_of(first));
    digest_add(digest, text_of(second));
    digest_end(digest, got);
    cr_expect_str_eq(got, want);
}

/* The examples of FIPS 180-2, appendix B. */
Test(digest, is_that_of_the_standards_examples)
{
    expect("", "",
           "e3b0c44298fc1c149afbf4c8996fb924"
           "27ae41e4649b934ca495991b7852b855");
    expect("abc", "",
           "ba7816bf8f01cfea414140de5dae2223"
           "b00361a396177a9cb410ff61f20015ad");
}

Test(digest, does_not_depend_on_where_the_pieces_end)
{
    expect("abcdbcdecdefdefgefghfghighijhijk", "ijkljklmklmnlmnomnopnopq",
           "248d6a61d20638b8e5c026930c3e6039"
           "a33ce45964ff2167f6ecedd419db06c1");
}
