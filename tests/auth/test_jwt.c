/* SPDX-License-Identifier: MIT */
/* What is taken, and which claims decide. Attacks: test_jwt_attacks.c. */
#include "auth/minted.h"

TestSuite(jwt, .init = mint_open, .fini = mint_close);

static const char *const algorithms[] = { "RS256", "PS256", "ES256", "EdDSA",
                                          "HS256" };

/* Claims that are sound but for what is asked for, signed by a good key. */
static const char *with_claims(const char *without, const char *more)
{
    return mint_token("EdDSA", mint_header("EdDSA", ""),
                      mint_claims(without, more));
}

/* --- the five algorithms --- */

Test(jwt, of_each_algorithm_is_taken)
{
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        struct jwt jwt =
            mint_taken(mint_token(algorithms[i], mint_header(algorithms[i], ""),
                                  mint_claims("", "")));

        cr_expect(text_is(jwt.subject, "alice"), "%s", algorithms[i]);
        cr_expect(text_is(jwt.issuer, ISSUER));
        cr_expect(text_is_null(jwt.scope));
        cr_expect_eq(jwt.expires_at_s, 1800000300);
    }
}

Test(jwt, of_each_algorithm_is_refused_when_one_bit_of_it_changes)
{
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        const char *is_signed =
            mint_unsigned(mint_header(algorithms[i], ""), mint_claims("", ""));
        struct raw signature = mint_sign_as(algorithms[i], text_of(is_signed));

        signature.at[signature.len / 2] ^= 1;
        mint_refused(mint_with(is_signed, signature), JWT_FAULT_SIGNATURE,
                     "its signature is not by the key");
    }
}

/* The keys of RFC 7515 A.1 to A.3: its payload has everything but a subject. */
#define JOES                                                                 \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm" \
    "NvbS9pc19yb290Ijp0cnVlfQ"

static void read_joes(const char *jwk, const char *token)
{
    struct key_set *set = mint_set(jwk);
    struct jwt_rules rules = { set, TEXT("joe"), TEXT_NULL, 0 };
    struct jwt jwt;

    diag_clear(&mint.diag);
    cr_expect_eq(jwt_verify(&rules, text_of(token), 1300819379, &mint.arena,
                            &mint.diag, &jwt),
                 -ERR_UNAUTHENTICATED);
    cr_expect_str_eq(mint.diag.cause, "it has no `sub`");
    key_set_unref(&set);
}

Test(jwt, signature_of_rfc_7515_a_1_is_good)
{
    read_joes("{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
              "EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}",
              "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." JOES
              ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

Test(jwt, signature_of_rfc_7515_a_2_is_good)
{
    read_joes(
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p"
        "4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
        "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
        "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
        "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
        "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"}",
        "eyJhbGciOiJSUzI1NiJ9." JOES
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAu"
        "HIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFd"
        "iuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eS"
        "N9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI"
        "2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe7"
        "7Rw");
}

Test(jwt, signature_of_rfc_7515_a_3_is_good)
{
    read_joes("{\"kty\":\"EC\",\"crv\":\"P-256\","
              "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
              "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
              "eyJhbGciOiJFUzI1NiJ9." JOES
              ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISl"
              "SApmWQxfKTUJqPP3-Kg6NU1Q");
}

/* Its payload is no JSON, which is seen only behind a good signature. */
Test(jwt, signature_of_rfc_8037_a_4_is_good)
{
    struct key_set *set =
        mint_set("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                 "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");

    mint_refused_by(set,
                    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4i"
                    "ylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
                    JWT_FAULT_MALFORMED, "its payload");
    key_set_unref(&set);
}

/* --- the header --- */

Test(jwt, may_say_that_it_is_one)
{
    static const char *const types[] = {
        "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt",
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        mint_taken(mint_token("EdDSA",
                              arena_format(&mint.arena,
                                           "{\"alg\":\"EdDSA\",\"typ\":\"%s\"}",
                                           types[i]),
                              mint_claims("", "")));
}

Test(jwt, may_have_members_that_mean_nothing_to_us)
{
    mint_taken(mint_token("EdDSA",
                          mint_header("EdDSA", ",\"x5t\":\"abc\",\"nonce\":1"),
                          mint_claims("", "\"name\":{\"given\":\"Al\"}")));
}

/* --- which key --- */

Test(jwt, is_verified_by_the_key_that_it_names)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct key_set *set = mint_set(
        arena_format(&mint.arena, "%s,%s", mint_jwk(other, ",\"kid\":\"old\""),
                     mint_jwk(mint.ed25519, ",\"kid\":\"new\"")));
    struct jwt jwt = mint_taken_by(
        set, mint_token("EdDSA", mint_header("EdDSA", ",\"kid\":\"new\""),
                        mint_claims("", "")));

    cr_expect(text_is(jwt.key_id, "new"));
    key_set_unref(&set);
    EVP_PKEY_free(other);
}

Test(jwt, that_names_no_key_is_tried_with_those_that_fit)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct key_set *set = mint_set(
        arena_format(&mint.arena, "%s,%s", mint_jwk(other, ",\"kid\":\"old\""),
                     mint_jwk(mint.ed25519, ",\"kid\":\"new\"")));
    struct jwt jwt =
        mint_taken_by(set, mint_token("EdDSA", mint_header("EdDSA", ""),
                                      mint_claims("", "")));

    cr_expect(text_is(jwt.key_id, "new"), "and the result tells which it was");
    key_set_unref(&set);
    EVP_PKEY_free(other);
}

Test(jwt, may_name_a_key_of_a_pem_file_as_its_issuer_does)
{
    mint_taken(mint_token("EdDSA",
                          mint_header("EdDSA", ",\"kid\":\"of the issuer\""),
                          mint_claims("", "")));
}

/* Not just a bad signature: whoever can fetch keys has to learn of it. */
Test(jwt, that_names_an_unknown_key_says_so_though_nameless_ones_were_tried)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    const char *is_signed = mint_unsigned(
        mint_header("EdDSA", ",\"kid\":\"newest\""), mint_claims("", ""));

    mint_refused(
        mint_with(is_signed, mint_sign(other, "EdDSA", text_of(is_signed))),
        JWT_FAULT_UNKNOWN_KEY,
        "no key is called newest, and none without a name signed it");
    EVP_PKEY_free(other);
}

Test(jwt, that_none_of_several_keys_signed_is_refused)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct key_set *set = mint_set(
        arena_format(&mint.arena, "%s,%s", mint_jwk(other, ",\"kid\":\"a\""),
                     mint_jwk(other, ",\"kid\":\"b\"")));

    mint_refused_by(set, with_claims("", ""), JWT_FAULT_SIGNATURE,
                    "its signature is by none of the 2 keys for EdDSA");
    key_set_unref(&set);
    EVP_PKEY_free(other);
}

Test(jwt, is_refused_when_too_many_keys_would_have_to_be_tried)
{
    struct key_set *set = key_set_new();

    for (int i = 0; i < 9; i++) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

        cr_assert_eq(key_set_add_pem(set, mint_public_pem(key), &mint.diag), 0);
        EVP_PKEY_free(key);
    }
    mint_refused_by(
        set, mint_token("EdDSA", mint_header("EdDSA", ""), mint_claims("", "")),
        JWT_FAULT_HEADER, "which of 9 keys");
    key_set_unref(&set);
}

/* --- claims --- */

Test(jwt, may_be_for_several_audiences)
{
    mint_taken(
        with_claims("aud", "\"aud\":[\"other\",\"portcullis\",\"third\"]"));
}

Test(jwt, is_for_no_audience_where_we_have_no_name)
{
    struct jwt_rules rules = { mint.keys, TEXT_NULL, TEXT_NULL, 0 };
    struct jwt jwt;

    diag_clear(&mint.diag);
    cr_expect_eq(jwt_verify(&rules, text_of(with_claims("aud", "")), NOW,
                            &mint.arena, &mint.diag, &jwt),
                 0);
    cr_expect_eq(jwt_verify(&rules, text_of(with_claims("", "")), NOW,
                            &mint.arena, &mint.diag, &jwt),
                 -ERR_UNAUTHENTICATED);
    cr_expect_eq(jwt.fault, JWT_FAULT_AUDIENCE);
    cr_expect_str_eq(mint.diag.cause,
                     "it is for an audience, and we have no name");
    cr_expect_eq(jwt_verify(&rules, text_of(with_claims("aud", "\"aud\":\"\"")),
                            NOW, &mint.arena, &mint.diag, &jwt),
                 -ERR_UNAUTHENTICATED);
}

Test(jwt, may_be_of_any_issuer_where_we_ask_for_none)
{
    struct jwt_rules rules = { mint.keys, TEXT_NULL, TEXT("portcullis"), 0 };
    struct jwt jwt;

    cr_expect_eq(jwt_verify(&rules, text_of(with_claims("iss", "")), NOW,
                            &mint.arena, &mint.diag, &jwt),
                 0);
    cr_expect_eq(jwt_verify(&rules, text_of(with_claims("iss", "\"iss\":1")),
                            NOW, &mint.arena, &mint.diag, &jwt),
                 -ERR_UNAUTHENTICATED, "but it has to be text");
}

Test(jwt, may_have_a_scope)
{
    struct jwt jwt =
        mint_taken(with_claims("", "\"scope\":\"bills:read bills:update\""));

    cr_expect(text_is(jwt.scope, "bills:read bills:update"));
}

Test(jwt, subject_counts_characters_not_bytes)
{
    char name[2 * 256 + 1] = "";

    for (int i = 0; i < 255; i++)
        memcpy(name + 2 * i, "é", 3);
    mint_taken(
        with_claims("sub", arena_format(&mint.arena, "\"sub\":\"%s\"", name)));
    mint_refused(
        with_claims("sub", arena_format(&mint.arena, "\"sub\":\"%sx\"", name)),
        JWT_FAULT_CLAIM, "`sub` has 256 characters");
}

static int verify_at(const char *token, int64_t now_s)
{
    struct jwt_rules rules = mint_rules(mint.keys);
    struct jwt jwt;

    diag_clear(&mint.diag);
    return jwt_verify(&rules, text_of(token), now_s, &mint.arena, &mint.diag,
                      &jwt);
}

Test(jwt, lives_until_exp_and_the_leeway)
{
    const char *token = with_claims("", "");

    cr_expect_eq(verify_at(token, 1800000300), 0);
    cr_expect_eq(verify_at(token, 1800000329), 0, "30 s of leeway");
    cr_expect_eq(verify_at(token, 1800000330), -ERR_UNAUTHENTICATED);
    cr_expect_str_eq(mint.diag.detail, "the bearer token has expired");
    cr_expect_str_eq(mint.diag.cause, "it expired 30 s ago");
}

Test(jwt, lives_from_nbf_less_the_leeway)
{
    const char *token = with_claims("iat", "\"nbf\":1800000100");

    cr_expect_eq(verify_at(token, 1800000070), 0, "30 s of leeway");
    cr_expect_eq(verify_at(token, 1800000069), -ERR_UNAUTHENTICATED);
    cr_expect_str_eq(mint.diag.cause, "`nbf` is 31 s in the future");
}

Test(jwt, claims_outlive_the_token_and_the_document)
{
    char *token = strdup(with_claims("", "\"scope\":\"a b\""));
    struct jwt jwt = mint_taken(token);

    memset(token, 'x', strlen(token));
    free(token);
    cr_expect(text_is(jwt.subject, "alice"));
    cr_expect(text_is(jwt.scope, "a b"));
}

Test(jwt, without_room_for_its_claims_is_no_bad_token)
{
    struct jwt_rules rules = mint_rules(mint.keys);
    struct arena tiny;
    struct jwt jwt;

    arena_init(&tiny, 8);
    diag_clear(&mint.diag);
    cr_expect_eq(jwt_verify(&rules, text_of(with_claims("", "")), NOW, &tiny,
                            &mint.diag, &jwt),
                 -ERR_TOO_LARGE);
    arena_fini(&tiny);
}

Test(jwt, is_refused_without_a_diag_too)
{
    struct jwt_rules rules = mint_rules(mint.keys);
    struct jwt jwt;

    cr_expect_eq(jwt_verify(&rules, TEXT("a.b"), NOW, &mint.arena, NULL, &jwt),
                 -ERR_UNAUTHENTICATED);
    cr_expect_eq(jwt.fault, JWT_FAULT_MALFORMED);
}

Test(jwt, faults_have_names)
{
    for (unsigned i = 0; i < JWT_FAULT_COUNT; i++)
        cr_expect_gt(strlen(jwt_fault_name((enum jwt_fault)i)), 3);
    cr_expect_str_eq(jwt_fault_name(JWT_FAULT_UNKNOWN_KEY), "unknown_key");
}
