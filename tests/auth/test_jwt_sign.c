/* SPDX-License-Identifier: MIT */
#include "auth/jwt_sign.h"

#include "auth/minted.h"

TestSuite(jwt_sign, .init = mint_open, .fini = mint_close);

static const struct jwt_claims claims = {
    .subject = { "alice", 5 },
    .issuer = { ISSUER, sizeof(ISSUER) - 1 },
    .audience = { "portcullis", 10 },
    .scope = { "bills:read", 10 },
    .issued_at_s = NOW,
    .expires_at_s = NOW + 300,
};

static const char *signed_by(const struct signing_key *key,
                             const struct jwt_claims *what)
{
    CLEANUP(buffer_fini) struct buffer out = { .limit = 1 << 16 };

    cr_assert_eq(jwt_sign(key, what, &mint.diag, &out), 0, "%s",
                 mint.diag.detail);
    return arena_copy(&mint.arena, buffer_text(&out));
}

static struct key_set *set_of(const struct signing_key *key)
{
    CLEANUP(buffer_fini) struct buffer pem = { .limit = 1 << 16 };
    struct key_set *set = key_set_new();

    signing_key_public_pem(key, &pem);
    cr_assert_eq(key_set_add_pem(set, buffer_text(&pem), &mint.diag), 0);
    return set;
}

static void sign_and_verify(enum algorithm algorithm)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(algorithm);
    CLEANUP(key_set_unref) struct key_set *set = set_of(key);
    struct jwt jwt = mint_taken_by(set, signed_by(key, &claims));

    cr_expect(text_is(jwt.subject, "alice"));
    cr_expect(text_is(jwt.scope, "bills:read"));
    cr_expect_eq(jwt.expires_at_s, NOW + 300);
    cr_expect(text_is(jwt.key_id, signing_key_id(key)),
              "it names the key by its thumbprint");
    cr_expect_eq(strlen(signing_key_id(key)), 43);
}

Test(jwt_sign, tokens_of_new_ed25519_pairs_are_taken)
{
    sign_and_verify(ALGORITHM_EDDSA);
}

Test(jwt_sign, tokens_of_new_p_256_pairs_are_taken)
{
    sign_and_verify(ALGORITHM_ES256);
}

Test(jwt_sign, tokens_name_their_key)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(ALGORITHM_EDDSA);
    struct text header, token = text_of(signed_by(key, &claims));

    cr_assert(text_cut(&token, '.', &header));
    cr_assert(base64url_decode(header, &mint.arena, &header));
    cr_expect_str_eq(header.at,
                     arena_format(&mint.arena,
                                  "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\","
                                  "\"kid\":\"%s\"}",
                                  signing_key_id(key)));
}

/* r and s may be short: about one signature in 128 begins with a zero. */
Test(jwt_sign, signatures_on_p_256_keep_their_zeros)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(ALGORITHM_ES256);
    CLEANUP(key_set_unref) struct key_set *set = set_of(key);

    for (int i = 0; i < 500; i++)
        mint_taken_by(set, signed_by(key, &claims));
}

Test(jwt_sign, secrets_sign_too)
{
    CLEANUP(signing_key_free) struct signing_key *key = NULL;

    cr_assert_eq(signing_key_from_secret(TEXT(SECRET), &mint.diag, &key), 0);
    mint_taken(signed_by(key, &claims));
    cr_expect_str_eq(signing_key_id(key), "", "nothing of it is told");
}

Test(jwt_sign, rsa_keys_sign_rs256)
{
    CLEANUP(signing_key_free) struct signing_key *key = NULL;

    cr_assert_eq(
        signing_key_from_pem(text_of(rsa_2048_private), &mint.diag, &key), 0);
    cr_expect_eq(signing_key_algorithm(key), ALGORITHM_RS256);
    mint_taken(signed_by(key, &claims));
}

Test(jwt_sign, pairs_go_into_pem_and_come_back)
{
    static const enum algorithm algorithms[] = { ALGORITHM_EDDSA,
                                                 ALGORITHM_ES256 };

    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        CLEANUP(signing_key_wipe) struct buffer pem = { .limit = 1 << 16 };
        CLEANUP(signing_key_free)
        struct signing_key *key = signing_key_new(algorithms[i]);
        CLEANUP(signing_key_free) struct signing_key *again = NULL;

        signing_key_private_pem(key, &pem);
        cr_expect(text_starts_with(buffer_text(&pem),
                                   "-----BEGIN PRIVATE KEY-----\n"));
        cr_assert_eq(
            signing_key_from_pem(buffer_text(&pem), &mint.diag, &again), 0);
        cr_expect_eq(signing_key_algorithm(again), algorithms[i]);
        cr_expect_str_eq(signing_key_id(again), signing_key_id(key));
    }
}

static void refuse(const char *pem, const char *detail)
{
    struct signing_key *key = NULL;

    diag_clear(&mint.diag);
    cr_expect_eq(signing_key_from_pem(text_of(pem), &mint.diag, &key),
                 -ERR_VALIDATION);
    cr_expect_not_null(strstr(mint.diag.detail, detail), "%s",
                       mint.diag.detail);
    cr_expect_null(key);
}

static const char *private_pem(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *copy;
    char *at;
    long len;

    cr_assert(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, "secret",
                                            cipher ? 6 : 0, NULL, NULL));
    len = BIO_get_mem_data(bio, &at);
    copy = arena_copy(&mint.arena, text_from(at, (size_t)len));
    BIO_free(bio);
    return copy;
}

Test(jwt_sign, keys_that_cannot_sign_are_refused)
{
    EVP_PKEY *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");

    refuse("", "no private key in PEM");
    refuse(mint_public_pem(mint.ec).at, "no private key in PEM");
    refuse(private_pem(mint.ec, EVP_aes_256_cbc()), "with a passphrase");
    refuse(private_pem(p384, NULL), "on the curve secp384r1");
    EVP_PKEY_free(p384);
}

/* Its scalar is changed, its point is not. */
Test(jwt_sign, keys_whose_halves_do_not_belong_together_are_refused)
{
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(mint.ec, &der);
    char *at;

    cr_assert_gt(len, 7 + 32);
    der[7 + 31] ^= 1;
    cr_assert(PEM_write_bio(bio, "EC PRIVATE KEY", "", der, len));
    len = (int)BIO_get_mem_data(bio, &at);
    refuse(arena_copy(&mint.arena, text_from(at, (size_t)len)),
           "does not belong to its public half");
    OPENSSL_free(der);
    BIO_free(bio);
}

Test(jwt_sign, short_secrets_are_refused)
{
    struct signing_key *key = NULL;

    cr_expect_eq(signing_key_from_secret(TEXT("short"), &mint.diag, &key),
                 -ERR_VALIDATION);
    cr_expect_str_eq(mint.diag.detail,
                     "a secret of 5 bytes: must be 32 to 4096");
    cr_expect_null(key);
}

Test(jwt_sign, claims_with_quotes_and_newlines_stay_what_they_are)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(ALGORITHM_EDDSA);
    CLEANUP(key_set_unref) struct key_set *set = set_of(key);
    struct jwt_claims odd = claims;

    odd.subject = TEXT("a\"b\\c\nd,\"sub\":\"root");
    cr_expect(text_equal(mint_taken_by(set, signed_by(key, &odd)).subject,
                         odd.subject));
}

Test(jwt_sign, claims_that_are_not_given_are_left_out)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(ALGORITHM_EDDSA);
    CLEANUP(key_set_unref) struct key_set *set = set_of(key);
    struct jwt_rules rules = { set, TEXT_NULL, TEXT_NULL, 0 };
    struct jwt_claims few = { .subject = TEXT("alice"),
                              .issued_at_s = NOW,
                              .expires_at_s = NOW + 1 };
    struct jwt jwt;

    cr_expect_eq(jwt_verify(&rules, text_of(signed_by(key, &few)), NOW,
                            &mint.arena, &mint.diag, &jwt),
                 0, "%s", mint.diag.cause);
    cr_expect(text_is_null(jwt.issuer) && text_is_null(jwt.scope));
}

/* Whatever it is that does not fit any more, claims or signature. */
Test(jwt_sign, claims_too_long_for_a_token_are_refused)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(ALGORITHM_EDDSA);
    CLEANUP(key_set_unref) struct key_set *set = set_of(key);
    struct jwt_claims long_ones = claims;
    unsigned fit = 0, refused = 0;
    char scope[6200];

    memset(scope, 'x', sizeof(scope));
    for (size_t len = 5700; len <= sizeof(scope); len += 10) {
        CLEANUP(buffer_fini) struct buffer out = { .limit = 1 << 20 };
        struct jwt jwt;

        long_ones.scope = text_from(scope, len);
        diag_clear(&mint.diag);
        if (jwt_sign(key, &long_ones, &mint.diag, &out) == 0) {
            cr_expect_eq(mint_verify(set, buffer_text(&out), &jwt), 0);
            fit++;
        } else {
            cr_expect_eq(mint.diag.code, -ERR_TOO_LARGE);
            cr_expect_eq(out.len, 0);
            refused++;
        }
    }
    cr_expect(fit > 0 && refused > 0, "%u, %u", fit, refused);
}
