/* SPDX-License-Identifier: MIT */
#include "auth/ed25519_point_impl.h"

#include "auth/ends_impl.h"
#include "base/check.h"

#include <stdbool.h>
#include <string.h>

/* The curve is -x² + y² = 1 + d x² y² modulo p = 2^255 - 19. */
static const char p_hex[] =
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
static const char d_hex[] =
    "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";

/* The heights y of the eight points whose order divides 8. */
static const char *const small_hex[] = {
    "00",
    "01",
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
    "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
};

static BIGNUM *number_of(const char *hex)
{
    BIGNUM *number = NULL;

    CHECK(BN_hex2bn(&number, hex) > 0);
    return number;
}

/* Is there an x? Where (y² - 1) / (d y² + 1) is a square. */
static bool is_on_curve(const BIGNUM *y, const BIGNUM *p)
{
    CLEANUP(numbers_end) BN_CTX *work = BN_CTX_new();
    CLEANUP(number_end) BIGNUM *above = BN_new();
    CLEANUP(number_end) BIGNUM *below = number_of(d_hex);

    CHECK(work && above);
    CHECK(BN_mod_sqr(above, y, p, work));
    CHECK(BN_mod_mul(below, below, above, p, work));
    CHECK(BN_sub_word(above, 1) && BN_add_word(below, 1));
    /* a quotient is a square where the product is one: no need to divide */
    CHECK(BN_mod_mul(above, above, below, p, work));
    return BN_kronecker(above, p, work) >= 0;
}

static bool is_small(const BIGNUM *y)
{
    for (size_t i = 0; i < ARRAY_LEN(small_hex); i++) {
        CLEANUP(number_end) BIGNUM *small = number_of(small_hex[i]);

        if (BN_cmp(y, small) == 0)
            return true;
    }
    return false;
}

const char *ed25519_point__fault(const unsigned char at[static ED25519_BYTES])
{
    CLEANUP(number_end) BIGNUM *p = number_of(p_hex);
    CLEANUP(number_end) BIGNUM *y = NULL;
    unsigned char height[ED25519_BYTES];

    memcpy(height, at, sizeof(height));
    height[ED25519_BYTES - 1] &= 0x7f; /* the sign of x */
    y = BN_lebin2bn(height, sizeof(height), NULL);
    CHECK(y != NULL);
    if (BN_cmp(y, p) >= 0)
        return "is not in its one form";
    if (is_small(y))
        return "is a point of small order";
    return is_on_curve(y, p) ? NULL : "is no point of edwards25519";
}
