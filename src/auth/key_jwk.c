/* SPDX-License-Identifier: MIT */
/* One JSON Web Key (RFC 7517; members by RFC 7518 § 6 and RFC 8037 § 2). */
#include "auth/base64url.h"
#include "auth/ed25519_point_impl.h"
#include "auth/key_impl.h"
#include "base/check.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

enum { JWK_ARENA_BYTES = 16384 };

/* A JWK while it is read. */
struct jwk {
    const struct node *node;
    enum jwks_origin origin;
    struct arena arena; /* decoded members */
    struct diag *diag;
};

static void jwk_end(struct jwk *jwk)
{
    arena_fini(&jwk->arena);
}

/* --- members --------------------------------------------------------------
 */

/* A member that is text, or TEXT_NULL when there is none. */
static int read_text(const struct jwk *jwk, const char *name,
                     struct text *ret_text)
{
    const struct node *member = node_member(jwk->node, name);

    *ret_text = TEXT_NULL;
    if (!member)
        return 0;
    if (node_type(member) != NODE_TEXT)
        return FAIL(jwk->diag, ERR_VALIDATION, "`%s` is no text", name);
    *ret_text = node_text(member);
    return 0;
}

static int read_bytes(struct jwk *jwk, const char *name, struct text *ret_bytes)
{
    struct text encoded;
    int r = read_text(jwk, name, &encoded);

    if (r < 0)
        return r;
    if (encoded.len == 0)
        return FAIL(jwk->diag, ERR_VALIDATION, "it has no `%s`", name);
    if (!base64url_decode(encoded, &jwk->arena, ret_bytes))
        return FAIL(jwk->diag, ERR_VALIDATION,
                    "`%s` is no base64url, or too long", name);
    return 0;
}

/* A coordinate, which has all its bytes, zeros too (RFC 7518 § 6.2.1.2). */
static int read_point(struct jwk *jwk, const char *name, size_t len,
                      struct text *ret_bytes)
{
    int r = read_bytes(jwk, name, ret_bytes);

    if (r == 0 && ret_bytes->len != len)
        return FAIL(jwk->diag, ERR_VALIDATION,
                    "`%s` has %zu bytes: must have %zu", name, ret_bytes->len,
                    len);
    return r;
}

static int read_curve(const struct jwk *jwk, const char *want)
{
    struct text curve;
    int r = read_text(jwk, "crv", &curve);

    if (r < 0 || text_is(curve, want))
        return r;
    return FAIL(jwk->diag, ERR_VALIDATION, "its curve is not %s", want);
}

/* --- kinds ----------------------------------------------------------------
 */

static EVP_PKEY *make(const char *type, OSSL_PARAM_BLD *builder)
{
    CLEANUP(params_end) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    CLEANUP(pkey_ctx_end)
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    CHECK(params && ctx && EVP_PKEY_fromdata_init(ctx) > 0);
    if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        pkey_end(&key);
    return key;
}

static BIGNUM *number_of(struct text bytes)
{
    BIGNUM *number =
        BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, NULL);

    CHECK(number != NULL);
    return number;
}

static int read_rsa(struct jwk *jwk, struct key **ret_key)
{
    CLEANUP(builder_end) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    CLEANUP(number_end) BIGNUM *modulus = NULL;
    CLEANUP(number_end) BIGNUM *exponent = NULL;
    struct text n, e;
    EVP_PKEY *key;
    int r = read_bytes(jwk, "n", &n);

    if (r == 0)
        r = read_bytes(jwk, "e", &e);
    if (r < 0)
        return r;
    modulus = number_of(n);
    exponent = number_of(e);
    CHECK(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus));
    CHECK(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent));
    key = make("RSA", builder);
    if (!key)
        return FAIL(jwk->diag, ERR_VALIDATION, "`n` and `e` are no RSA key");
    return key__from_public(key, jwk->diag, ret_key);
}

static int read_ec(struct jwk *jwk, struct key **ret_key)
{
    CLEANUP(builder_end) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    unsigned char point[1 + 2 * P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
    struct text x, y;
    EVP_PKEY *key;
    int r = read_curve(jwk, "P-256");

    if (r == 0)
        r = read_point(jwk, "x", P256_BYTES, &x);
    if (r == 0)
        r = read_point(jwk, "y", P256_BYTES, &y);
    if (r < 0)
        return r;
    memcpy(point + 1, x.at, P256_BYTES);
    memcpy(point + 1 + P256_BYTES, y.at, P256_BYTES);
    CHECK(OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
                                          "prime256v1", 0));
    CHECK(OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
                                           point, sizeof(point)));
    key = make("EC", builder);
    if (!key)
        return FAIL(jwk->diag, ERR_VALIDATION,
                    "`x` and `y` are no point of P-256");
    return key__from_public(key, jwk->diag, ret_key);
}

static int read_okp(struct jwk *jwk, struct key **ret_key)
{
    struct text x;
    EVP_PKEY *key;
    int r = read_curve(jwk, "Ed25519");

    if (r == 0)
        r = read_point(jwk, "x", ED25519_BYTES, &x);
    if (r < 0)
        return r;
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                      (const unsigned char *)x.at, x.len);
    CHECK(key != NULL);
    return key__from_public(key, jwk->diag, ret_key);
}

static int read_oct(struct jwk *jwk, struct key **ret_key)
{
    struct text secret;
    int r;

    if (jwk->origin == JWKS_PUBLISHED)
        return FAIL(jwk->diag, ERR_VALIDATION,
                    "a published secret is none, so `oct` is for files only");
    r = read_bytes(jwk, "k", &secret);
    return r < 0 ? r : key__from_secret(secret, jwk->diag, ret_key);
}

static int read_kind(struct jwk *jwk, struct key **ret_key)
{
    static const struct {
        const char *name;
        int (*read)(struct jwk *jwk, struct key **ret_key);
    } kinds[] = {
        { "RSA", read_rsa },
        { "EC", read_ec },
        { "OKP", read_okp },
        { "oct", read_oct },
    };
    struct text kty;
    int r = read_text(jwk, "kty", &kty);

    for (size_t i = 0; r == 0 && i < ARRAY_LEN(kinds); i++)
        if (text_is(kty, kinds[i].name))
            return kinds[i].read(jwk, ret_key);
    return FAIL(jwk->diag, ERR_VALIDATION,
                "`kty` is none of RSA, EC, OKP and oct");
}

/* --- what it may be used for ----------------------------------------------
 */

static int check_public(const struct jwk *jwk)
{
    static const char *const private[] = { "d",  "p",  "q",  "dp",
                                           "dq", "qi", "oth" };

    for (size_t i = 0; i < ARRAY_LEN(private); i++)
        if (node_member(jwk->node, private[i]))
            return FAIL(jwk->diag, ERR_VALIDATION,
                        "`%s` is of its private half, which does not belong "
                        "here",
                        private[i]);
    return 0;
}

static bool holds_verify(const struct node *operations)
{
    if (node_type(operations) != NODE_LIST)
        return false;
    for (size_t i = 0; i < node_count(operations); i++) {
        const struct node *operation = node_item(operations, i);

        if (node_type(operation) == NODE_TEXT &&
            text_is(node_text(operation), "verify"))
            return true;
    }
    return false;
}

static int check_use(const struct jwk *jwk)
{
    const struct node *operations = node_member(jwk->node, "key_ops");
    struct text use;
    int r = read_text(jwk, "use", &use);

    if (r < 0)
        return r;
    if (!text_is_null(use) && !text_is(use, "sig"))
        return FAIL(jwk->diag, ERR_VALIDATION, "`use` is not sig");
    if (operations && !holds_verify(operations))
        return FAIL(jwk->diag, ERR_VALIDATION, "`key_ops` has no verify");
    return 0;
}

static int narrow(const struct jwk *jwk, struct key *key)
{
    enum algorithm algorithm;
    struct text name;
    int r = read_text(jwk, "alg", &name);

    if (r < 0 || text_is_null(name))
        return r;
    if (!algorithm_find(name, &algorithm) || !key__may(key, algorithm))
        return FAIL(jwk->diag, ERR_VALIDATION,
                    "`alg` is none that we verify with such a key");
    key->algorithms = 1u << algorithm;
    return 0;
}

static int name(const struct jwk *jwk, struct key *key)
{
    struct text kid;
    int r = read_text(jwk, "kid", &kid);

    if (r < 0 || text_is_null(kid))
        return r;
    if (kid.len == 0 || kid.len > KEY_ID_MAX)
        return FAIL(jwk->diag, ERR_VALIDATION, "`kid` has %zu bytes: 1 to %d",
                    kid.len, KEY_ID_MAX);
    key__name(key, kid);
    return 0;
}

int key__from_jwk(const struct node *node, enum jwks_origin origin,
                  struct diag *diag, struct key **ret_key)
{
    CLEANUP(jwk_end) struct jwk jwk = { node, origin, { 0 }, diag };
    CLEANUP(key__free) struct key *key = NULL;
    int r;

    arena_init(&jwk.arena, JWK_ARENA_BYTES);
    if (node_type(node) != NODE_OBJECT)
        return FAIL(diag, ERR_VALIDATION, "it is no object");
    r = check_use(&jwk);
    if (r == 0)
        r = check_public(&jwk);
    if (r == 0)
        r = read_kind(&jwk, &key);
    ERR_clear_error();
    if (r == 0)
        r = narrow(&jwk, key);
    if (r == 0)
        r = name(&jwk, key);
    if (r < 0)
        return r;
    *ret_key = key;
    key = NULL;
    return 0;
}
