/* SPDX-License-Identifier: MIT */
/*
 * The first byte chooses: any bytes as a token (only the one that we signed
 * may pass, in its one form), as header and payload behind a good signature,
 * as a JWK Set, or as PEM.
 */
#include "auth/jwt.h"

#include "auth/base64url.h"
#include "auth/jwt_sign.h"
#include "auth/mac.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW    INT64_C(1800000000)
#define SECRET "0123456789abcdef0123456789abcdef"

enum { LIMIT_BYTES = 1 << 16, LEEWAY_S = 30 };

/* The keys of RFC 7515 and RFC 8037, and ours. */
static const char jwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"rsa\",\"e\":\"AQAB\",\"n\":\"ofgWCu"
    "LjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2m"
    "JPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGz"
    "jb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg66"
    "5xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9"
    "iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"},{\"kty\":\"EC\",\"kid\":\""
    "ec\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE"
    "U\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},{\"kty\":\"OKP"
    "\",\"kid\":\"ed\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvP"
    "apiMlrwIaaPcHURo\"}]}";

struct house {
    struct jwt_rules rules;
    struct buffer token; /* the one that may pass */
};

static void open_house(struct house *house)
{
    const struct jwt_claims claims = { .subject = TEXT("alice"),
                                       .issuer = TEXT("issuer"),
                                       .audience = TEXT("us"),
                                       .issued_at_s = NOW,
                                       .expires_at_s = NOW + 300 };
    CLEANUP(signing_key_free) struct signing_key *key = NULL;
    struct key_set *keys = key_set_new();
    int r = key_set_add_jwks(keys, text_of(jwks), JWKS_PUBLISHED, NULL);

    if (r == 0)
        r = key_set_add_secret(keys, TEXT(SECRET), NULL);
    if (r == 0)
        r = signing_key_from_secret(TEXT(SECRET), NULL, &key);
    buffer_init(&house->token, LIMIT_BYTES);
    if (r == 0)
        r = jwt_sign(key, &claims, NULL, &house->token);
    CHECK(r == 0);
    house->rules =
        (struct jwt_rules){ keys, TEXT("issuer"), TEXT("us"), LEEWAY_S };
}

static const struct house *house(void)
{
    static struct house only;

    if (!only.rules.keys)
        open_house(&only);
    return &only;
}

/* --- tokens ----------------------------------------------------------------
 */

static void check_taken(const struct jwt *jwt)
{
    size_t len = text_code_points(jwt->subject);

    CHECK(jwt->fault == JWT_FAULT_NONE);
    CHECK(len >= 1 && len <= JWT_SUBJECT_MAX && text_is_utf8(jwt->subject));
    CHECK(strlen(jwt->subject.at) == jwt->subject.len);
    CHECK(text_is(jwt->issuer, "issuer"));
    CHECK(jwt->expires_at_s + LEEWAY_S > NOW);
}

static void check_refused(const struct jwt *jwt, const struct diag *diag)
{
    CHECK(jwt->fault != JWT_FAULT_NONE && text_is_null(jwt->subject));
    CHECK(diag->cause[0] != '\0');
    CHECK(text_starts_with(text_of(diag->detail), "the bearer token "));
}

static bool verify(struct text token)
{
    struct arena arena;
    struct diag diag;
    struct jwt jwt;
    int r;

    arena_init(&arena, LIMIT_BYTES);
    diag_init(&diag, NULL);
    r = jwt_verify(&house()->rules, token, NOW, &arena, &diag, &jwt);
    CHECK(r == 0 || r == -ERR_UNAUTHENTICATED);
    if (r == 0)
        check_taken(&jwt);
    else
        check_refused(&jwt, &diag);
    arena_fini(&arena);
    return r == 0;
}

static void try_token(struct text token)
{
    if (verify(token))
        CHECK(text_equal(token, buffer_text(&house()->token)));
}

/* Header and payload, a line each; then nothing but they can be at fault. */
static void try_signed(struct text bytes)
{
    CLEANUP(buffer_fini) struct buffer token = { .limit = LIMIT_BYTES };
    struct text header;
    struct mac mac;

    if (!text_cut(&bytes, '\n', &header) || text_is_null(bytes))
        return;
    base64url_encode(header, &token);
    buffer_add_byte(&token, '.');
    base64url_encode(bytes, &token);
    mac = mac_of(TEXT(SECRET), buffer_text(&token));
    buffer_add_byte(&token, '.');
    base64url_encode(text_from((const char *)mac.bytes, MAC_BYTES), &token);
    if (!buffer_overflown(&token))
        (void)verify(buffer_text(&token));
}

/* --- keys ------------------------------------------------------------------
 */

static void check_set(const struct key_set *keys, int r,
                      const struct diag *diag)
{
    CHECK(r == 0 || r == -ERR_VALIDATION);
    CHECK((r == 0) == (key_set_count(keys) > 0));
    CHECK((r == 0) == (diag->detail[0] == '\0'));
}

static void try_jwks(struct text document)
{
    CLEANUP(key_set_unref) struct key_set *keys = key_set_new();
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = key_set_add_jwks(keys, document, JWKS_PRIVATE, &diag);
    check_set(keys, r, &diag);
}

static void try_pem(struct text pem)
{
    CLEANUP(key_set_unref) struct key_set *keys = key_set_new();
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = key_set_add_pem(keys, pem, &diag);
    check_set(keys, r, &diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct text bytes) = { try_token, try_signed,
                                                        try_jwks, try_pem };

    if (size > 0)
        tries[data[0] % ARRAY_LEN(tries)](
            text_from((const char *)data + 1, size - 1));
    return 0;
}
