/* SPDX-License-Identifier: MIT */
/* Each attack of the known playbooks, by its name. */
#include "auth/minted.h"

TestSuite(jwt_attacks, .init = mint_open, .fini = mint_close);

/* Signed by the right key, but with this header. */
static const char *with_header(const char *members)
{
    return mint_token("EdDSA", mint_header("EdDSA", members),
                      mint_claims("", ""));
}

static const char *with_claims(const char *without, const char *more)
{
    return mint_token("EdDSA", mint_header("EdDSA", ""),
                      mint_claims(without, more));
}

static const char *sound(void)
{
    return with_header("");
}

static const char *formatted(const char *a, const char *b)
{
    return arena_format(&mint.arena, "%s%s", a, b);
}

/* --- no signature --- */

static void refuse_none(const char *name)
{
    const char *is_signed =
        mint_unsigned(mint_header(name, ""), mint_claims("", ""));

    mint_refused(formatted(is_signed, "."), JWT_FAULT_ALGORITHM,
                 "which we do not verify");
    mint_refused(
        mint_with(is_signed, mint_sign_as("EdDSA", text_of(is_signed))),
        JWT_FAULT_ALGORITHM, "which we do not verify");
    mint_refused(is_signed, JWT_FAULT_MALFORMED, "it has no signature");
}

Test(jwt_attacks, alg_none_is_refused)
{
    refuse_none("none");
}

Test(jwt_attacks, alg_None_is_refused)
{
    refuse_none("None");
}

Test(jwt_attacks, alg_nOnE_is_refused)
{
    refuse_none("nOnE");
}

Test(jwt_attacks, alg_NONE_is_refused)
{
    refuse_none("NONE");
}

Test(jwt_attacks, alg_in_another_spelling_is_refused)
{
    static const char *const names[] = { "eddsa",      "EDDSA",  "EdDSA ",
                                         " EdDSA",     "EdDSA ", "",
                                         "HS256,EdDSA" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        mint_refused(
            mint_token("EdDSA", mint_header(names[i], ""), mint_claims("", "")),
            JWT_FAULT_ALGORITHM, "which we do not verify");
}

Test(jwt_attacks, alg_that_is_missing_is_refused)
{
    mint_refused(mint_token("EdDSA", "{\"typ\":\"JWT\"}", mint_claims("", "")),
                 JWT_FAULT_ALGORITHM, "it has no `alg`");
}

Test(jwt_attacks, alg_that_is_no_text_is_refused)
{
    mint_refused(
        mint_token("EdDSA", "{\"alg\":[\"EdDSA\"]}", mint_claims("", "")),
        JWT_FAULT_ALGORITHM, "`alg` is no text");
    mint_refused(mint_token("EdDSA", "{\"alg\":null}", mint_claims("", "")),
                 JWT_FAULT_ALGORITHM, "`alg` is no text");
}

Test(jwt_attacks, empty_signature_is_refused)
{
    static const char *const names[] = { "RS256", "PS256", "ES256", "EdDSA",
                                         "HS256" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        mint_refused(formatted(mint_unsigned(mint_header(names[i], ""),
                                             mint_claims("", "")),
                               "."),
                     JWT_FAULT_SIGNATURE, "its signature");
}

Test(jwt_attacks, signature_of_another_token_is_refused)
{
    const char *other = with_claims("sub", "\"sub\":\"mallory\"");

    mint_refused(
        formatted(mint_unsigned(mint_header("EdDSA", ""), mint_claims("", "")),
                  strrchr(other, '.')),
        JWT_FAULT_SIGNATURE, "its signature");
}

/* --- confused keys --- */

/* A set that has nothing but the RSA key, as CVE-2015-9235 has it. */
Test(jwt_attacks, hs256_signed_with_the_rsa_public_pem_is_refused)
{
    struct key_set *set = key_set_new();
    struct text pem = mint_public_pem(mint.rsa);
    const char *is_signed =
        mint_unsigned(mint_header("HS256", ""), mint_claims("", ""));

    cr_assert_eq(key_set_add_pem(set, pem, &mint.diag), 0);
    mint_refused_by(set,
                    mint_with(is_signed, mint_hmac(pem, text_of(is_signed))),
                    JWT_FAULT_ALGORITHM, "no key is for HS256");
    pem.len--; /* without the last line's end */
    mint_refused_by(set,
                    mint_with(is_signed, mint_hmac(pem, text_of(is_signed))),
                    JWT_FAULT_ALGORITHM, "no key is for HS256");
    key_set_unref(&set);
}

Test(jwt_attacks, hs256_that_names_the_rsa_key_is_refused)
{
    struct key_set *set = mint_set(arena_format(
        &mint.arena, "%s,{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"%s\"}",
        mint_jwk(mint.rsa, ",\"kid\":\"r\""),
        mint_base64(SECRET, strlen(SECRET))));

    mint_taken_by(set,
                  mint_token("HS256", mint_header("HS256", ",\"kid\":\"s\""),
                             mint_claims("", "")));
    mint_refused_by(set,
                    mint_token("HS256", mint_header("HS256", ",\"kid\":\"r\""),
                               mint_claims("", "")),
                    JWT_FAULT_ALGORITHM, "the key r is not for HS256");
    key_set_unref(&set);
}

Test(jwt_attacks, hs256_with_an_empty_secret_is_refused)
{
    const char *is_signed =
        mint_unsigned(mint_header("HS256", ""), mint_claims("", ""));

    mint_refused(mint_with(is_signed, mint_hmac(TEXT(""), text_of(is_signed))),
                 JWT_FAULT_SIGNATURE, "its signature");
}

Test(jwt_attacks, key_of_the_wrong_kind_is_refused)
{
    static const char *const names[] = { "RS256", "PS256", "ES256", "HS256" };
    struct key_set *set = mint_set(mint_jwk(mint.ed25519, ",\"kid\":\"ed\""));

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        mint_refused_by(set,
                        mint_token(names[i],
                                   mint_header(names[i], ",\"kid\":\"ed\""),
                                   mint_claims("", "")),
                        JWT_FAULT_ALGORITHM, "the key ed is not for");
        mint_refused_by(set,
                        mint_token(names[i], mint_header(names[i], ""),
                                   mint_claims("", "")),
                        JWT_FAULT_ALGORITHM, "no key is for");
    }
    key_set_unref(&set);
}

Test(jwt_attacks, kid_of_another_key_is_refused)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct key_set *set = mint_set(arena_format(
        &mint.arena, "%s,%s", mint_jwk(mint.ed25519, ",\"kid\":\"a\""),
        mint_jwk(other, ",\"kid\":\"b\"")));

    mint_refused_by(set, with_header(",\"kid\":\"b\""), JWT_FAULT_SIGNATURE,
                    "its signature is not by the key b");
    key_set_unref(&set);
    EVP_PKEY_free(other);
}

Test(jwt_attacks, kid_that_nobody_has_is_refused)
{
    struct key_set *set = mint_set(mint_jwk(mint.ed25519, ",\"kid\":\"a\""));

    mint_refused_by(set, with_header(",\"kid\":\"b\""), JWT_FAULT_UNKNOWN_KEY,
                    "no key is called b");
    key_set_unref(&set);
}

Test(jwt_attacks, key_that_its_jwk_narrows_to_pss_takes_no_pkcs1)
{
    struct key_set *set =
        mint_set(mint_jwk(mint.rsa, ",\"kid\":\"r\",\"alg\":\"PS256\""));

    mint_taken_by(set,
                  mint_token("PS256", mint_header("PS256", ",\"kid\":\"r\""),
                             mint_claims("", "")));
    mint_refused_by(set,
                    mint_token("RS256", mint_header("RS256", ",\"kid\":\"r\""),
                               mint_claims("", "")),
                    JWT_FAULT_ALGORITHM, "the key r is not for RS256");
    key_set_unref(&set);
}

Test(jwt_attacks, pss_signature_under_rs256_is_refused)
{
    mint_refused(
        mint_token("PS256", mint_header("RS256", ""), mint_claims("", "")),
        JWT_FAULT_SIGNATURE, "its signature");
}

Test(jwt_attacks, pkcs1_signature_under_ps256_is_refused)
{
    mint_refused(
        mint_token("RS256", mint_header("PS256", ""), mint_claims("", "")),
        JWT_FAULT_SIGNATURE, "its signature");
}

Test(jwt_attacks, rsa_key_of_1024_bits_verifies_nothing)
{
    struct key_set *set = key_set_new();

    cr_expect_eq(key_set_add_pem(set, text_of(rsa_1024_public), &mint.diag),
                 -ERR_VALIDATION);
    cr_expect_str_eq(mint.diag.detail,
                     "an RSA key of 1024 bits: must be 2048 to 8192");
    cr_expect_eq(key_set_count(set), 0);
    mint_refused_by(
        set, mint_token("RS256", mint_header("RS256", ""), mint_claims("", "")),
        JWT_FAULT_ALGORITHM, "no key is for RS256");
    key_set_unref(&set);
}

/* --- a token that tells how to check it --- */

Test(jwt_attacks, embedded_jwk_is_refused)
{
    EVP_PKEY *mallory = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    const char *is_signed = mint_unsigned(
        mint_header("EdDSA", formatted(",\"jwk\":", mint_jwk(mallory, ""))),
        mint_claims("", ""));

    mint_refused(
        mint_with(is_signed, mint_sign(mallory, "EdDSA", text_of(is_signed))),
        JWT_FAULT_HEADER, "`jwk` brings a key along");
    EVP_PKEY_free(mallory);
}

/* Refused by a good key too; this room knows no network to fetch by. */
Test(jwt_attacks, jku_is_refused)
{
    mint_refused(with_header(",\"jku\":\"https://mallory.test/jwks\""),
                 JWT_FAULT_HEADER, "`jku` tells where to fetch a key");
}

Test(jwt_attacks, x5u_is_refused)
{
    mint_refused(with_header(",\"x5u\":\"https://mallory.test/x.pem\""),
                 JWT_FAULT_HEADER, "`x5u` tells where to fetch");
}

Test(jwt_attacks, x5c_is_refused)
{
    mint_refused(with_header(",\"x5c\":[\"MIIB\"]"), JWT_FAULT_HEADER,
                 "`x5c` brings a certificate along");
}

Test(jwt_attacks, kid_that_is_a_path_names_nothing)
{
    struct key_set *set = mint_set(mint_jwk(mint.ed25519, ",\"kid\":\"a\""));

    mint_refused_by(set, with_header(",\"kid\":\"../../../../dev/null\""),
                    JWT_FAULT_UNKNOWN_KEY, "no key is called ../");
    mint_refused_by(set, with_header(",\"kid\":\"file:///etc/passwd\""),
                    JWT_FAULT_UNKNOWN_KEY, "no key is called file:");
    key_set_unref(&set);
}

/* Signed by what the injected query was to make the key. */
Test(jwt_attacks, kid_that_is_sql_names_nothing)
{
    struct key_set *set = mint_set("{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\""
                                   "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"
                                   "\"}");
    const char *is_signed = mint_unsigned(
        mint_header("HS256", ",\"kid\":\"x' UNION SELECT 'key'--\""),
        mint_claims("", ""));

    mint_refused_by(
        set, mint_with(is_signed, mint_hmac(TEXT("key"), text_of(is_signed))),
        JWT_FAULT_UNKNOWN_KEY, "no key is called x'");
    key_set_unref(&set);
}

Test(jwt_attacks, kid_that_is_no_text_is_refused)
{
    mint_refused(with_header(",\"kid\":1"), JWT_FAULT_HEADER,
                 "`kid` is no text");
    mint_refused(with_header(",\"kid\":null"), JWT_FAULT_HEADER,
                 "`kid` is no text");
}

Test(jwt_attacks, kid_that_is_empty_or_huge_is_refused)
{
    mint_refused(with_header(",\"kid\":\"\""), JWT_FAULT_HEADER,
                 "`kid` has 0 bytes");
    mint_refused(
        with_header(arena_format(&mint.arena, ",\"kid\":\"%0256d\"", 1)),
        JWT_FAULT_HEADER, "`kid` has 256 bytes");
}

Test(jwt_attacks, crit_is_refused)
{
    mint_refused(with_header(",\"crit\":[\"exp\"],\"exp\":1"), JWT_FAULT_HEADER,
                 "`crit` asks for");
    mint_refused(with_header(",\"crit\":[]"), JWT_FAULT_HEADER,
                 "`crit` asks for");
}

/* RFC 7797: the payload as it is, and the same signature over it. */
Test(jwt_attacks, b64_false_is_refused)
{
    mint_refused(with_header(",\"b64\":false"), JWT_FAULT_HEADER, "`b64`");
    mint_refused(with_header(",\"b64\":false,\"crit\":[\"b64\"]"),
                 JWT_FAULT_HEADER, "`crit`");
}

Test(jwt_attacks, nested_token_is_refused)
{
    mint_refused(
        mint_token("EdDSA", mint_header("EdDSA", ",\"cty\":\"JWT\""), sound()),
        JWT_FAULT_HEADER, "`cty`");
    mint_refused(mint_token("EdDSA", mint_header("EdDSA", ""), sound()),
                 JWT_FAULT_MALFORMED, "its payload");
}

Test(jwt_attacks, wrong_typ_is_refused)
{
    static const char *const types[] = {
        "\"dpop+jwt\"", "\"logout+jwt\"",   "\"secevent+jwt\"", "\"JWE\"",
        "\"\"",         "\"application/\"", "\"text/jwt\"",     "\"JWT \""
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        mint_refused(with_header(formatted(",\"typ\":", types[i])),
                     JWT_FAULT_HEADER, "`typ` is neither");
    mint_refused(with_header(",\"typ\":[\"JWT\"]"), JWT_FAULT_HEADER,
                 "`typ` is no text");
}

Test(jwt_attacks, encrypted_token_is_refused)
{
    mint_refused(with_header(",\"enc\":\"A256GCM\""), JWT_FAULT_HEADER,
                 "`enc`");
    mint_refused("eyJhbGciOiJSU0EtT0FFUCJ9.a2V5a2V5.aXZpdml2.Y2lwaGVy.dGFn",
                 JWT_FAULT_MALFORMED, "more than three parts");
}

Test(jwt_attacks, compressed_token_is_refused)
{
    mint_refused(with_header(",\"zip\":\"DEF\""), JWT_FAULT_HEADER, "`zip`");
}

/* --- ECDSA ------------------------------------------------------------------
 */

static const char order_hex[] =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/* r and s, each from hexadecimal; "" is zeros. */
static struct raw pair_of(const char *r, const char *s)
{
    struct raw signature = { .len = 64 };
    const char *const parts[] = { r, s };

    for (int i = 0; i < 2; i++) {
        BIGNUM *number = NULL;

        cr_assert(BN_hex2bn(&number, *parts[i] ? parts[i] : "00"));
        cr_assert_eq(BN_bn2binpad(number, signature.at + 32 * i, 32), 32);
        BN_free(number);
    }
    return signature;
}

static void refuse_pair(struct raw signature)
{
    mint_refused(
        mint_with(mint_unsigned(mint_header("ES256", ""), mint_claims("", "")),
                  signature),
        JWT_FAULT_SIGNATURE, "its signature");
}

/* CVE-2022-21449: zeros verify anything where nobody looks. */
Test(jwt_attacks, ecdsa_zeros_are_refused)
{
    refuse_pair(pair_of("", ""));
    refuse_pair(pair_of("01", ""));
    refuse_pair(pair_of("", "01"));
}

Test(jwt_attacks, ecdsa_numbers_from_the_order_up_are_refused)
{
    refuse_pair(pair_of(order_hex, order_hex));
    refuse_pair(pair_of(order_hex, "01"));
    refuse_pair(pair_of("01", order_hex));
    refuse_pair(pair_of("ffffffffffffffffffffffffffffffff"
                        "ffffffffffffffffffffffffffffffff",
                        "01"));
}

static const char *es256(struct raw *ret_signature)
{
    const char *is_signed =
        mint_unsigned(mint_header("ES256", ""), mint_claims("", ""));

    *ret_signature = mint_sign_as("ES256", text_of(is_signed));
    return is_signed;
}

Test(jwt_attacks, ecdsa_signature_in_der_is_refused)
{
    const char *is_signed =
        mint_unsigned(mint_header("ES256", ""), mint_claims("", ""));
    /* what OpenSSL itself makes, in the place of r and s side by side */
    struct raw signature = mint_sign(mint.ec, "DER", text_of(is_signed));

    cr_assert_gt(signature.len, 64);
    mint_refused(mint_with(is_signed, signature), JWT_FAULT_SIGNATURE,
                 "its signature");
}

Test(jwt_attacks, ecdsa_signature_of_another_length_is_refused)
{
    struct raw signature;
    const char *is_signed = es256(&signature);

    mint_taken(mint_with(is_signed, signature));
    signature.len = 63;
    mint_refused(mint_with(is_signed, signature), JWT_FAULT_SIGNATURE, "");
    signature.len = 65;
    signature.at[64] = 0;
    mint_refused(mint_with(is_signed, signature), JWT_FAULT_SIGNATURE, "");
    signature.len = 128;
    mint_refused(mint_with(is_signed, signature), JWT_FAULT_SIGNATURE, "");
}

/* --- the compact form --- */

Test(jwt_attacks, padded_signature_is_refused)
{
    mint_refused(formatted(sound(), "="), JWT_FAULT_MALFORMED,
                 "its signature is no strict base64url");
    mint_refused(formatted(sound(), "=="), JWT_FAULT_MALFORMED,
                 "its signature is no strict base64url");
}

Test(jwt_attacks, padding_in_header_and_payload_is_refused)
{
    const char *is_signed = arena_format(
        &mint.arena, "eyJhbGciOiJFZERTQSJ9=.%s",
        mint_base64(mint_claims("", ""), strlen(mint_claims("", ""))));
    struct raw signature = mint_sign_as("EdDSA", text_of(is_signed));

    mint_refused(mint_with(is_signed, signature), JWT_FAULT_MALFORMED,
                 "its header is no strict base64url");
    is_signed = formatted(
        mint_unsigned(mint_header("EdDSA", ""), mint_claims("", "")), "=");
    mint_refused(mint_with(is_signed, signature), JWT_FAULT_MALFORMED,
                 "its payload is no strict base64url");
}

Test(jwt_attacks, truncated_signature_is_refused)
{
    const char *token = sound();
    size_t dot = (size_t)(strrchr(token, '.') - token);
    struct jwt jwt;

    for (size_t len = strlen(token) - 1; len > dot; len--)
        cr_expect_eq(mint_verify(mint.keys, text_from(token, len), &jwt),
                     -ERR_UNAUTHENTICATED, "%zu bytes", len);
    cr_expect_eq(jwt.fault, JWT_FAULT_SIGNATURE, "empty in the end");
}

Test(jwt_attacks, trailing_bytes_are_refused)
{
    static const char *const tails[] = { "A", "AAAA", "\n", " ", "%00", "?" };
    const char *token = sound();

    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        struct jwt jwt;

        cr_expect_eq(
            mint_verify(mint.keys, text_of(formatted(token, tails[i])), &jwt),
            -ERR_UNAUTHENTICATED, "%zu", i);
    }
    mint_text_refused_by(
        mint.keys,
        text_from(arena_copy(&mint.arena, text_of(token)), strlen(token) + 1),
        JWT_FAULT_MALFORMED, "its signature");
}

Test(jwt_attacks, extra_dots_are_refused)
{
    mint_refused(formatted(sound(), "."), JWT_FAULT_MALFORMED,
                 "more than three parts");
    mint_refused(formatted(sound(), ".e30"), JWT_FAULT_MALFORMED,
                 "more than three parts");
    mint_refused(formatted(".", sound()), JWT_FAULT_MALFORMED, "");
    mint_refused("....", JWT_FAULT_MALFORMED, "more than three parts");
    mint_refused("..", JWT_FAULT_MALFORMED, "its header");
}

Test(jwt_attacks, missing_parts_are_refused)
{
    mint_refused("", JWT_FAULT_MALFORMED, "it has no payload");
    mint_refused("e30", JWT_FAULT_MALFORMED, "it has no payload");
    mint_refused("e30.e30", JWT_FAULT_MALFORMED, "it has no signature");
    mint_text_refused_by(mint.keys, TEXT_NULL, JWT_FAULT_MALFORMED,
                         "it has no header");
}

Test(jwt_attacks, white_space_in_base64_is_refused)
{
    static const char spaces[] = " \t\r\n\v\f";
    const char *token = sound();

    for (size_t i = 0; spaces[i]; i++) {
        char *spaced = arena_format(&mint.arena, "%.10s%c%s", token, spaces[i],
                                    token + 10);

        mint_refused(spaced, JWT_FAULT_MALFORMED, "its header is no strict");
        mint_refused(arena_format(&mint.arena, "%c%s", spaces[i], token),
                     JWT_FAULT_MALFORMED, "its header is no strict");
    }
}

Test(jwt_attacks, other_base64_alphabet_is_refused)
{
    mint_refused(formatted(sound(), "+/+/"), JWT_FAULT_MALFORMED,
                 "its signature is no strict base64url");
}

/* 64 bytes are 86 digits, of which the last has four bits that mean nothing. */
Test(jwt_attacks, stray_bits_at_the_end_are_refused)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *token = arena_copy(&mint.arena, text_of(sound()));
    char *last = token + strlen(token) - 1;
    size_t value = (size_t)(strchr(digits, *last) - digits);

    cr_assert_eq(value % 16, 0);
    for (size_t bits = 1; bits < 16; bits++) {
        *last = digits[value + bits];
        mint_refused(token, JWT_FAULT_MALFORMED,
                     "its signature is no strict base64url");
    }
}

/* Sound claims, with a member of so many characters. */
static const char *filled(size_t len)
{
    char *filler = arena_zero(&mint.arena, len + 1);

    memset(filler, 'x', len);
    return with_claims("", arena_format(&mint.arena, "\"x\":\"%s\"", filler));
}

/* Of any three payloads that follow each other, one has no token of 4n + 1. */
Test(jwt_attacks, token_of_8_kib_is_taken_and_what_is_longer_refused)
{
    size_t rest = JWT_BYTES_MAX - strlen(filled(0));
    size_t len = rest * 3 / 4 - 4;
    const char *token = filled(len);

    while (strlen(filled(len + 1)) <= JWT_BYTES_MAX)
        token = filled(++len);
    cr_expect_geq(strlen(token), JWT_BYTES_MAX - 1);
    mint_taken(token);
    mint_refused(filled(len + 1), JWT_FAULT_TOO_LONG, "more than 8192");
}

Test(jwt_attacks, token_of_8193_bytes_is_refused)
{
    char at[JWT_BYTES_MAX + 1];

    memset(at, 'A', sizeof(at));
    mint_text_refused_by(mint.keys, text_from(at, sizeof(at)),
                         JWT_FAULT_TOO_LONG,
                         "it has 8193 bytes, more than 8192");
    mint_text_refused_by(mint.keys, text_from(at, sizeof(at) - 1),
                         JWT_FAULT_MALFORMED, "it has no payload");
}

Test(jwt_attacks, token_of_a_megabyte_is_refused_unread)
{
    char *huge = arena_zero(&mint.arena, 1 << 20);

    memset(huge, 'A', 1 << 20);
    mint_text_refused_by(mint.keys, text_from(huge, 1 << 20),
                         JWT_FAULT_TOO_LONG, "1048576 bytes");
}

/* --- JSON -------------------------------------------------------------------
 */

Test(jwt_attacks, duplicate_header_members_are_refused)
{
    mint_refused(with_header(",\"alg\":\"none\""), JWT_FAULT_MALFORMED,
                 "given twice");
    mint_refused(with_header(",\"kid\":\"a\",\"kid\":\"b\""),
                 JWT_FAULT_MALFORMED, "given twice");
}

Test(jwt_attacks, duplicate_claims_are_refused)
{
    mint_refused(with_claims("", "\"sub\":\"root\""), JWT_FAULT_MALFORMED,
                 "given twice");
    mint_refused(with_claims("", "\"exp\":9999999999"), JWT_FAULT_MALFORMED,
                 "given twice");
}

/* The same name, written with an escape. */
Test(jwt_attacks, duplicate_claims_in_disguise_are_refused)
{
    mint_refused(with_claims("", "\"\\u0073ub\":\"root\""), JWT_FAULT_MALFORMED,
                 "given twice");
}

Test(jwt_attacks, claims_that_are_no_object_are_refused)
{
    static const char *const payloads[] = { "[]", "\"alice\"", "1", "null" };

    for (size_t i = 0; i < ARRAY_LEN(payloads); i++)
        mint_refused(mint_token("EdDSA", mint_header("EdDSA", ""), payloads[i]),
                     JWT_FAULT_MALFORMED, "its payload is no object");
    mint_refused(mint_token("EdDSA", "[]", mint_claims("", "")),
                 JWT_FAULT_MALFORMED, "its header is no object");
}

Test(jwt_attacks, claims_with_something_behind_them_are_refused)
{
    mint_refused(mint_token("EdDSA", mint_header("EdDSA", ""),
                            formatted(mint_claims("", ""), "{}")),
                 JWT_FAULT_MALFORMED, "its payload");
}

Test(jwt_attacks, claims_nested_too_deep_are_refused)
{
    char deep[2 * 200 + 8] = "\"x\":";

    memset(deep + 4, '[', 200);
    memset(deep + 204, ']', 200);
    mint_refused(with_claims("", deep), JWT_FAULT_MALFORMED, "nested deeper");
}

Test(jwt_attacks, claims_that_are_not_utf_8_are_refused)
{
    mint_refused(with_claims("sub", "\"sub\":\"al\xff\xfe\""),
                 JWT_FAULT_MALFORMED, "its payload");
    mint_refused(with_claims("sub", "\"sub\":\"\xc0\xaf\""),
                 JWT_FAULT_MALFORMED, "its payload");
    mint_refused(with_claims("sub", "\"sub\":\"\\ud800\""), JWT_FAULT_MALFORMED,
                 "its payload");
}

Test(jwt_attacks, nul_in_sub_is_refused)
{
    mint_refused(with_claims("sub", "\"sub\":\"alice\\u0000.evil\""),
                 JWT_FAULT_MALFORMED, "its payload");
}

/* --- times --- */

static void refuse_time(const char *name, const char *value, const char *cause)
{
    mint_refused(
        with_claims(name, arena_format(&mint.arena, "\"%s\":%s", name, value)),
        JWT_FAULT_CLAIM, cause);
}

Test(jwt_attacks, missing_exp_is_refused)
{
    mint_refused(with_claims("exp", ""), JWT_FAULT_CLAIM, "it has no `exp`");
}

Test(jwt_attacks, exp_in_the_past_is_refused)
{
    mint_refused(mint_token("EdDSA", mint_header("EdDSA", ""),
                            "{\"iss\":\"" ISSUER "\",\"aud\":\"portcullis\","
                            "\"sub\":\"alice\",\"exp\":1799999970}"),
                 JWT_FAULT_EXPIRED, "it expired 30 s ago");
}

Test(jwt_attacks, huge_times_are_refused)
{
    static const char *const names[] = { "exp", "nbf", "iat" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        refuse_time(names[i], "253402300800", "not between the years");
        refuse_time(names[i], "9223372036854775807", "not between the years");
        mint_refused(
            with_claims(names[i],
                        arena_format(&mint.arena, "\"%s\":9223372036854775808",
                                     names[i])),
            JWT_FAULT_MALFORMED, "");
    }
}

Test(jwt_attacks, negative_times_are_refused)
{
    static const char *const names[] = { "exp", "nbf", "iat" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        refuse_time(names[i], "-1", "not between the years");
        refuse_time(names[i], "-9223372036854775808", "not between the years");
    }
}

Test(jwt_attacks, fractional_times_are_refused)
{
    refuse_time("exp", "1800000300.5", "`exp` is not a whole number");
    refuse_time("exp", "1.8000003e9", "`exp` is not a whole number");
    refuse_time("exp", "1e308", "`exp` is not a whole number");
    refuse_time("nbf", "0.1", "`nbf` is not a whole number");
}

Test(jwt_attacks, times_that_are_no_numbers_are_refused)
{
    static const char *const values[] = { "\"1800000300\"", "null", "true",
                                          "[1800000300]", "{}" };

    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        refuse_time("exp", values[i], "`exp` is no number");
        refuse_time("nbf", values[i], "`nbf` is no number");
        refuse_time("iat", values[i], "`iat` is no number");
    }
}

Test(jwt_attacks, nbf_in_the_future_is_refused)
{
    mint_refused(with_claims("", "\"nbf\":1800000031"), JWT_FAULT_NOT_YET,
                 "`nbf` is 31 s in the future");
}

Test(jwt_attacks, iat_in_the_future_is_refused)
{
    mint_refused(with_claims("iat", "\"iat\":1800000200"), JWT_FAULT_NOT_YET,
                 "`iat` is 200 s in the future");
}

Test(jwt_attacks, iat_after_exp_is_refused)
{
    mint_refused(with_claims("exp", "\"exp\":1799999989"), JWT_FAULT_CLAIM,
                 "`iat` is after `exp`");
}

/* --- whose, for whom, by whom --- */

Test(jwt_attacks, iss_of_somebody_else_is_refused)
{
    mint_refused(with_claims("iss", "\"iss\":\"https://mallory.test\""),
                 JWT_FAULT_ISSUER, "`iss` is not the issuer we trust");
    mint_refused(with_claims("iss", "\"iss\":\"" ISSUER "/\""),
                 JWT_FAULT_ISSUER, "`iss` is not the issuer we trust");
    mint_refused(with_claims("iss", "\"iss\":\"HTTPS://issuer.test\""),
                 JWT_FAULT_ISSUER, "`iss` is not the issuer we trust");
    mint_refused(with_claims("iss", ""), JWT_FAULT_ISSUER, "it has no `iss`");
}

Test(jwt_attacks, iss_of_the_wrong_type_is_refused)
{
    mint_refused(with_claims("iss", "\"iss\":[\"" ISSUER "\"]"),
                 JWT_FAULT_ISSUER, "`iss` is no text");
    mint_refused(with_claims("iss", "\"iss\":null"), JWT_FAULT_ISSUER,
                 "`iss` is no text");
}

Test(jwt_attacks, aud_of_somebody_else_is_refused)
{
    mint_refused(with_claims("aud", "\"aud\":\"other\""), JWT_FAULT_AUDIENCE,
                 "`aud` does not name us");
    mint_refused(with_claims("aud", "\"aud\":[\"other\",\"third\"]"),
                 JWT_FAULT_AUDIENCE, "`aud` does not name us");
    mint_refused(with_claims("aud", "\"aud\":[]"), JWT_FAULT_AUDIENCE,
                 "`aud` does not name us");
    mint_refused(with_claims("aud", "\"aud\":\"portcullis other\""),
                 JWT_FAULT_AUDIENCE, "`aud` does not name us");
    mint_refused(with_claims("aud", ""), JWT_FAULT_AUDIENCE, "it has no `aud`");
}

Test(jwt_attacks, aud_of_the_wrong_type_is_refused)
{
    static const char *const values[] = { "{\"portcullis\":1}", "null", "1",
                                          "[\"portcullis\",1]",
                                          "[[\"portcullis\"]]" };

    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        mint_refused(with_claims("aud", formatted("\"aud\":", values[i])),
                     JWT_FAULT_AUDIENCE, "neither text nor a list");
}

Test(jwt_attacks, sub_that_is_missing_empty_or_no_text_is_refused)
{
    mint_refused(with_claims("sub", ""), JWT_FAULT_CLAIM, "it has no `sub`");
    mint_refused(with_claims("sub", "\"sub\":\"\""), JWT_FAULT_CLAIM,
                 "`sub` has 0 characters");
    mint_refused(with_claims("sub", "\"sub\":1"), JWT_FAULT_CLAIM,
                 "`sub` is no text");
    mint_refused(with_claims("sub", "\"sub\":[\"alice\"]"), JWT_FAULT_CLAIM,
                 "`sub` is no text");
}

Test(jwt_attacks, scope_that_is_no_text_is_refused)
{
    mint_refused(with_claims("", "\"scope\":[\"bills:read\"]"), JWT_FAULT_CLAIM,
                 "`scope` is no text");
}

/* --- what is told --- */

/* Expired, but not signed by us: who cannot sign learns nothing of it. */
Test(jwt_attacks, expiry_of_a_forged_token_is_not_told)
{
    EVP_PKEY *mallory = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    const char *is_signed = mint_unsigned(
        mint_header("EdDSA", ""), mint_claims("exp", "\"exp\":1799999995"));

    mint_refused(
        mint_with(is_signed, mint_sign(mallory, "EdDSA", text_of(is_signed))),
        JWT_FAULT_SIGNATURE, "its signature");
    EVP_PKEY_free(mallory);
}

Test(jwt_attacks, cause_holds_no_claim_and_no_signature)
{
    const char *token = with_claims("sub", "\"sub\":\"\\u0000confidential\"");
    struct jwt jwt;

    cr_expect_lt(mint_verify(mint.keys, text_of(token), &jwt), 0);
    cr_expect_null(strstr(mint.diag.cause, "confidential"));
    cr_expect_null(strstr(mint.diag.cause, strrchr(token, '.') + 1));
}
