/* SPDX-License-Identifier: MIT */
#include "auth/key_set.h"

#include "auth/key_impl.h"
#include "auth/minted.h"

static struct key_set *set;

static void set_up(void)
{
    mint_open();
    set = key_set_new();
}

static void tear_down(void)
{
    key_set_unref(&set);
    mint_close();
}

TestSuite(key_set, .init = set_up, .fini = tear_down);

static void expect_refused(int r, const char *detail)
{
    cr_expect_eq(r, -ERR_VALIDATION);
    cr_expect_not_null(strstr(mint.diag.detail, detail), "%s",
                       mint.diag.detail);
    cr_expect_eq(key_set_count(set), 0, "nothing is added");
    diag_clear(&mint.diag);
}

static void refuse_pem(const char *pem, const char *detail)
{
    expect_refused(key_set_add_pem(set, text_of(pem), &mint.diag), detail);
}

static int add_jwks(const char *document, enum jwks_origin origin)
{
    return key_set_add_jwks(set, text_of(document), origin, &mint.diag);
}

/* The one key of a set is left out, and the error tells why. */
static void refuse_jwk(const char *jwk, const char *detail)
{
    expect_refused(add_jwks(arena_format(&mint.arena, "{\"keys\":[%s]}", jwk),
                            JWKS_PRIVATE),
                   detail);
}

/* --- PEM --- */

static const char *pem_of(const char *label, const unsigned char *der, int len)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *copy;
    char *at;

    cr_assert(PEM_write_bio(bio, label, "", der, len));
    len = (int)BIO_get_mem_data(bio, &at);
    copy = arena_copy(&mint.arena, text_from(at, (size_t)len));
    BIO_free(bio);
    return copy;
}

Test(key_set, reads_several_keys_of_one_pem_file)
{
    const char *pem =
        arena_format(&mint.arena, "the old key\n%sthe new ones\n%s\n%s",
                     mint_public_pem(mint.rsa).at, mint_public_pem(mint.ec).at,
                     mint_public_pem(mint.ed25519).at);

    cr_expect_eq(key_set_add_pem(set, text_of(pem), &mint.diag), 0);
    cr_expect_eq(key_set_count(set), 3);
}

Test(key_set, reads_rsa_public_key_blocks)
{
    unsigned char *der = NULL;
    int len = i2d_PublicKey(mint.rsa, &der);

    cr_expect_eq(key_set_add_pem(set,
                                 text_of(pem_of("RSA PUBLIC KEY", der, len)),
                                 &mint.diag),
                 0);
    cr_expect_eq(key_set_count(set), 1);
    OPENSSL_free(der);
}

Test(key_set, refuses_pem_without_a_key)
{
    expect_refused(key_set_add_pem(set, TEXT_NULL, &mint.diag), "no PEM block");
    refuse_pem("", "no PEM block");
    refuse_pem("nothing here\n", "no PEM block");
    refuse_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n", "cut off or damaged");
    refuse_pem("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
               "cut off or damaged");
    refuse_pem("-----BEGIN PUBLIC KEY-----\nMAAA\n-----END PUBLIC KEY-----\n",
               "holds no public key");
}

Test(key_set, refuses_private_keys_and_certificates)
{
    refuse_pem(rsa_2048_private, "a PEM block of PRIVATE KEY");
    refuse_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
               "a PEM block of CERTIFICATE");
}

Test(key_set, adds_all_of_a_pem_file_or_nothing)
{
    refuse_pem(arena_format(&mint.arena, "%s%s", mint_public_pem(mint.rsa).at,
                            rsa_1024_public),
               "1024 bits");
}

Test(key_set, refuses_weak_rsa_keys)
{
    refuse_pem(rsa_1024_public, "an RSA key of 1024 bits: must be 2048");
    refuse_pem(rsa_exponent_3_public, "an RSA key with a weak exponent");
}

Test(key_set, refuses_other_curves)
{
    refuse_pem(p384_public, "on the curve secp384r1: must be P-256");
    refuse_pem(secp256k1_public, "on the curve secp256k1: must be P-256");
    refuse_pem(ed448_public, "of the type ED448");
}

/* The last byte of its point is changed: no such y. */
Test(key_set, refuses_a_pem_point_off_the_curve)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(mint.ec, &der);

    cr_assert_gt(len, 0);
    der[len - 1] ^= 1;
    refuse_pem(pem_of("PUBLIC KEY", der, len),
               "holds no public key (damaged, or a point off its curve)");
    OPENSSL_free(der);
}

Test(key_set, refuses_a_pem_key_with_something_behind_it)
{
    unsigned char *der = NULL, longer[200] = { 0 };
    int len = i2d_PUBKEY(mint.ec, &der);

    memcpy(longer, der, (size_t)len);
    refuse_pem(pem_of("PUBLIC KEY", longer, len + 1), "holds no public key");
    OPENSSL_free(der);
}

/* --- secrets --- */

Test(key_set, refuses_short_secrets)
{
    expect_refused(key_set_add_secret(set,
                                      TEXT("0123456789abcdef0123456789abcde"),
                                      &mint.diag),
                   "a secret of 31 bytes: must be 32 to 4096");
    expect_refused(key_set_add_secret(set, TEXT(""), &mint.diag), "0 bytes");
    refuse_jwk("{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}", "a secret of 5 bytes");
}

Test(key_set, refuses_a_pem_as_a_secret)
{
    expect_refused(
        key_set_add_secret(set, mint_public_pem(mint.rsa), &mint.diag),
        "a secret that is a PEM");
}

/* --- JWK Sets --- */

Test(key_set, reads_each_kind_of_jwk)
{
    const char *document = arena_format(
        &mint.arena,
        "{\"keys\":[%s,%s,%s,{\"kty\":\"oct\",\"k\":\"%s\"}],\"more\":1}",
        mint_jwk(mint.rsa, ",\"use\":\"sig\",\"x5c\":[\"MIIB\"]"),
        mint_jwk(mint.ec, ",\"key_ops\":[\"verify\"]"),
        mint_jwk(mint.ed25519, ",\"alg\":\"EdDSA\""),
        mint_base64(SECRET, strlen(SECRET)));

    cr_expect_eq(add_jwks(document, JWKS_PRIVATE), 0);
    cr_expect_eq(key_set_count(set), 4);
    cr_expect_eq(key_set_note_count(set), 0);
}

Test(key_set, leaves_out_what_it_cannot_use_and_tells)
{
    const char *document = arena_format(
        &mint.arena, "{\"keys\":[{\"kty\":\"AKP\",\"kid\":\"pq\"},%s]}",
        mint_jwk(mint.ed25519, ""));

    cr_expect_eq(add_jwks(document, JWKS_PUBLISHED), 0);
    cr_expect_eq(key_set_count(set), 1);
    cr_assert_eq(key_set_note_count(set), 1);
    cr_expect_str_eq(key_set_note(set, 0),
                     "key 1 (kid pq) of a JWK Set is left out: `kty` is none "
                     "of RSA, EC, OKP and oct");
}

Test(key_set, takes_no_published_secret)
{
    const char *document =
        arena_format(&mint.arena, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"%s\"}]}",
                     mint_base64(SECRET, strlen(SECRET)));

    expect_refused(add_jwks(document, JWKS_PUBLISHED),
                   "a published secret is none");
    cr_expect_eq(add_jwks(document, JWKS_PRIVATE), 0);
}

Test(key_set, takes_no_private_half)
{
    refuse_jwk(mint_jwk(mint.rsa, ",\"d\":\"AQAB\""), "`d` is of its private");
    refuse_jwk(mint_jwk(mint.rsa, ",\"p\":\"AQAB\""), "`p` is of its private");
    refuse_jwk(mint_jwk(mint.ec, ",\"d\":\"AQAB\""), "`d` is of its private");
    refuse_jwk(mint_jwk(mint.ed25519, ",\"d\":\"AQAB\""), "`d` is of its");
}

Test(key_set, leaves_out_keys_for_other_purposes)
{
    refuse_jwk(mint_jwk(mint.rsa, ",\"use\":\"enc\""), "`use` is not sig");
    refuse_jwk(mint_jwk(mint.rsa, ",\"use\":1"), "`use` is no text");
    refuse_jwk(mint_jwk(mint.rsa, ",\"key_ops\":[\"sign\"]"),
               "`key_ops` has no verify");
    refuse_jwk(mint_jwk(mint.rsa, ",\"key_ops\":\"verify\""),
               "`key_ops` has no verify");
    refuse_jwk(mint_jwk(mint.rsa, ",\"key_ops\":{\"verify\":1}"),
               "`key_ops` has no verify");
    refuse_jwk(mint_jwk(mint.rsa, ",\"alg\":\"RSA-OAEP\""), "`alg` is none");
    refuse_jwk(mint_jwk(mint.rsa, ",\"alg\":\"ES256\""), "`alg` is none");
    refuse_jwk(mint_jwk(mint.rsa, ",\"alg\":\"none\""), "`alg` is none");
}

Test(key_set, refuses_names_that_are_none)
{
    refuse_jwk(mint_jwk(mint.rsa, ",\"kid\":\"\""), "`kid` has 0 bytes");
    refuse_jwk(mint_jwk(mint.rsa, ",\"kid\":7"), "`kid` is no text");
}

Test(key_set, refuses_broken_rsa_jwks)
{
    refuse_jwk("{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "it has no `n`");
    refuse_jwk("{\"kty\":\"RSA\",\"n\":\"AQAB\"}", "it has no `e`");
    refuse_jwk("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "17 bits");
    refuse_jwk("{\"kty\":\"RSA\",\"n\":\"AQ==\",\"e\":\"AQAB\"}",
               "`n` is no base64url");
    refuse_jwk("{\"kty\":\"RSA\",\"n\":1,\"e\":\"AQAB\"}", "`n` is no text");
}

static const char *rsa_jwk(const char *n, const char *e)
{
    return arena_format(&mint.arena,
                        "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", n, e);
}

Test(key_set, refuses_weak_rsa_jwks)
{
    const char *n = mint_number(mint.rsa, OSSL_PKEY_PARAM_RSA_N, 0);
    unsigned char even[256], huge[1025];

    refuse_jwk(rsa_jwk(n, "Aw"), "weak exponent");           /* 3 */
    refuse_jwk(rsa_jwk(n, "AQ"), "weak exponent");           /* 1 */
    refuse_jwk(rsa_jwk(n, "AQAA"), "weak exponent");         /* 65536 */
    refuse_jwk(rsa_jwk(n, "AQAAAAAAAAAB"), "weak exponent"); /* 2^64 + 1 */
    memset(even, 0xfe, sizeof(even));
    refuse_jwk(rsa_jwk(mint_base64(even, sizeof(even)), "AQAB"),
               "an even modulus");
    memset(huge, 0xff, sizeof(huge));
    refuse_jwk(rsa_jwk(mint_base64(huge, sizeof(huge)), "AQAB"), "8200 bits");
}

static const char *ec_jwk(const char *x, const char *y)
{
    return arena_format(
        &mint.arena,
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
}

Test(key_set, refuses_ec_jwks_that_are_no_points)
{
    const char *x = mint_number(mint.ec, OSSL_PKEY_PARAM_EC_PUB_X, 32);
    const char *y = mint_number(mint.ec, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    const char *zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    refuse_jwk(ec_jwk(y, x), "no point of P-256");
    refuse_jwk(ec_jwk(zeros, zeros), "no point of P-256");
    refuse_jwk(ec_jwk(x, "AQAB"), "`y` has 3 bytes: must have 32");
    refuse_jwk(ec_jwk("AQAB", y), "`x` has 3 bytes: must have 32");
    refuse_jwk(ec_jwk(x, ""), "it has no `y`");
    refuse_jwk("{\"kty\":\"EC\",\"crv\":\"P-384\"}", "its curve is not P-256");
    refuse_jwk("{\"kty\":\"EC\"}", "its curve is not P-256");
}

/* Good coordinates do not make up for a wrong name of their curve. */
Test(key_set, refuses_points_that_are_said_to_be_on_another_curve)
{
    const char *x = mint_number(mint.ec, OSSL_PKEY_PARAM_EC_PUB_X, 32);
    const char *y = mint_number(mint.ec, OSSL_PKEY_PARAM_EC_PUB_Y, 32);

    refuse_jwk(arena_format(&mint.arena,
                            "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"%s\","
                            "\"y\":\"%s\"}",
                            x, y),
               "its curve is not P-256");
    refuse_jwk("{\"kty\":\"OKP\",\"crv\":\"X25519\","
               "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
               "its curve is not Ed25519");
}

static const char *okp_jwk(const char *hex)
{
    unsigned char at[32];

    for (size_t i = 0; i < sizeof(at); i++)
        cr_assert_eq(sscanf(hex + 2 * i, "%2hhx", &at[i]), 1);
    return arena_format(&mint.arena,
                        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
                        mint_base64(at, sizeof(at)));
}

/* The eight of RFC 7748's kind, each with and without the sign of x. */
Test(key_set, refuses_ed25519_points_of_small_order)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    };

    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        refuse_jwk(okp_jwk(points[i]), "is a point of small order");
}

Test(key_set, refuses_ed25519_points_in_another_form)
{
    /* p and p + 1, which are 0 and 1 again; and all ones */
    refuse_jwk(okp_jwk("edffffffffffffffffffffffffffffff"
                       "ffffffffffffffffffffffffffffff7f"),
               "is not in its one form");
    refuse_jwk(okp_jwk("eeffffffffffffffffffffffffffffff"
                       "ffffffffffffffffffffffffffffff7f"),
               "is not in its one form");
    refuse_jwk(okp_jwk("ffffffffffffffffffffffffffffffff"
                       "ffffffffffffffffffffffffffffffff"),
               "is not in its one form");
}

/* RFC 8032's arithmetic in Python says that 2 is no height of a point. */
Test(key_set, refuses_ed25519_points_off_the_curve)
{
    refuse_jwk(okp_jwk("02000000000000000000000000000000"
                       "00000000000000000000000000000000"),
               "is no point of edwards25519");
    refuse_jwk("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}",
               "`x` has 3 bytes: must have 32");
    refuse_jwk("{\"kty\":\"OKP\",\"crv\":\"X25519\"}",
               "its curve is not Ed25519");
}

Test(key_set, takes_every_ed25519_key_that_openssl_makes)
{
    for (int i = 0; i < 20; i++) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

        cr_expect_eq(key_set_add_pem(set, mint_public_pem(key), &mint.diag), 0,
                     "%s", mint.diag.detail);
        EVP_PKEY_free(key);
    }
}

Test(key_set, refuses_documents_that_are_no_jwk_set)
{
    static const struct {
        const char *document, *detail;
    } cases[] = {
        { "", "cannot be read" },
        { "<html>", "cannot be read" },
        { "[]", "no list of `keys`" },
        { "{}", "no list of `keys`" },
        { "{\"keys\":{}}", "no list of `keys`" },
        { "{\"keys\":[]}", "a JWK Set without keys" },
        { "{\"keys\":[1]}", "it is no object" },
        { "{\"keys\":[],\"keys\":[]}", "given twice" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_refused(add_jwks(cases[i].document, JWKS_PRIVATE),
                       cases[i].detail);
}

Test(key_set, holds_64_keys_and_no_more)
{
    CLEANUP(buffer_fini) struct buffer document = { .limit = 1 << 20 };
    const char *jwk = mint_jwk(mint.ed25519, "");

    buffer_add_string(&document, "{\"keys\":[");
    for (int i = 0; i < KEY_SET_MAX; i++)
        buffer_add_format(&document, "%s,", jwk);
    document.len--;
    buffer_add_string(&document, "]}");
    cr_expect_eq(
        key_set_add_jwks(set, buffer_text(&document), JWKS_PRIVATE, &mint.diag),
        0);
    cr_expect_eq(key_set_count(set), KEY_SET_MAX);
    cr_expect_eq(key_set_add_secret(set, TEXT(SECRET), &mint.diag),
                 -ERR_VALIDATION);
    cr_expect_str_eq(mint.diag.detail, "more than 64 keys");
    cr_expect_eq(key_set_add_pem(set, mint_public_pem(mint.rsa), &mint.diag),
                 -ERR_VALIDATION);
    cr_expect_eq(key_set_count(set), KEY_SET_MAX);
}

Test(key_set, takes_no_jwk_set_of_65_keys)
{
    CLEANUP(buffer_fini) struct buffer document = { .limit = 1 << 20 };
    const char *jwk = mint_jwk(mint.ed25519, "");

    buffer_add_string(&document, "{\"keys\":[");
    for (int i = 0; i < KEY_SET_MAX; i++)
        buffer_add_format(&document, "%s,", jwk);
    buffer_add_format(&document, "%s]}", jwk);
    expect_refused(
        key_set_add_jwks(set, buffer_text(&document), JWKS_PRIVATE, &mint.diag),
        "more than 64 keys");
}

Test(key_set, notes_64_keys_that_it_left_out_and_no_more)
{
    CLEANUP(buffer_fini) struct buffer document = { .limit = 1 << 20 };

    buffer_add_string(&document, "{\"keys\":[");
    for (int i = 0; i < KEY_SET_MAX + 10; i++)
        buffer_add_string(&document, "{\"kty\":\"AKP\"},");
    buffer_add_format(&document, "%s]}", mint_jwk(mint.ed25519, ""));
    cr_expect_eq(
        key_set_add_jwks(set, buffer_text(&document), JWKS_PRIVATE, &mint.diag),
        0);
    cr_expect_eq(key_set_count(set), 1);
    cr_expect_eq(key_set_note_count(set), KEY_SET_MAX);
}

/* --- identity --- */

/* RFC 8037 A.3, and RFC 7638 § 3.1. */
Test(key_set, knows_keys_by_their_thumbprints)
{
    static const struct {
        const char *jwk, *thumbprint;
    } cases[] = {
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
          "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
          "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" },
        { "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9n"
          "ndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
          "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0"
          "h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
          "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XP"
          "ksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}",
          "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct key_set *one = mint_set(cases[i].jwk);
        struct key_choice choice =
            key_set__choose(one, text_of(cases[i].thumbprint),
                            i == 0 ? ALGORITHM_EDDSA : ALGORITHM_RS256);

        cr_expect(choice.is_known);
        cr_expect_eq(choice.count, 1);
        key_set_unref(&one);
    }
}

Test(key_set, generations_differ)
{
    struct key_set *other = key_set_new();

    cr_expect_neq(key_set_generation(set), 0);
    cr_expect_neq(key_set_generation(set), key_set_generation(other));
    key_set_unref(&other);
}

Test(key_set, lives_as_long_as_somebody_holds_it)
{
    struct key_set *mine = key_set_ref(mint.keys);

    key_set_unref(&mint.keys);
    cr_expect_null(mint.keys);
    cr_expect_eq(key_set_count(mine), 4);
    key_set_unref(&mine);
    key_set_unref(&mine);
}
