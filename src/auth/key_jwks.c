/* SPDX-License-Identifier: MIT */
/* A JWK Set, read key by key; what cannot be used is noted and left out. */
#include "auth/key_set_impl.h"

#include "base/memory.h"

static struct text kid_of(const struct node *jwk)
{
    const struct node *kid = node_member(jwk, "kid");

    return kid && node_type(kid) == NODE_TEXT ? node_text(kid) : TEXT_NULL;
}

static int read_document(struct text bytes, struct diag *diag,
                         struct document **ret_document)
{
    struct diag cause;
    int r;

    diag_init(&cause, NULL);
    r = document_parse(bytes, &cause, ret_document);
    if (r < 0)
        return FAIL(diag, ERR_VALIDATION, "a JWK Set that cannot be read: %s",
                    cause.detail);
    return 0;
}

static int add_key(struct key_set *set, const struct node *jwk, size_t place,
                   enum jwks_origin origin, struct diag *diag)
{
    struct text kid = kid_of(jwk);
    struct key *key = NULL;
    struct diag reason;

    diag_init(&reason, NULL);
    if (key__from_jwk(jwk, origin, &reason, &key) == 0)
        return key_set__add(set, key, diag);
    key_set__note(set, "key %zu%s%.*s%s of a JWK Set is left out: %s",
                  place + 1, kid.at ? " (kid " : "",
                  kid.len < 80 ? (int)kid.len : 80, kid.at ? kid.at : "",
                  kid.at ? ")" : "", reason.detail);
    return 0;
}

static int add_all(struct key_set *set, const struct node *keys,
                   enum jwks_origin origin, struct diag *diag)
{
    size_t before = key_set_count(set), notes = key_set_note_count(set);

    for (size_t i = 0; i < node_count(keys); i++) {
        int r = add_key(set, node_item(keys, i), i, origin, diag);

        if (r < 0)
            return r;
    }
    if (key_set_count(set) > before)
        return 0;
    if (key_set_note_count(set) == notes)
        return FAIL(diag, ERR_VALIDATION, "a JWK Set without keys");
    return FAIL(diag, ERR_VALIDATION, "a JWK Set without a fit key: %s",
                key_set_note(set, notes));
}

int key_set_add_jwks(struct key_set *set, struct text document,
                     enum jwks_origin origin, struct diag *diag)
{
    CLEANUP(document_free) struct document *owned = NULL;
    size_t before = key_set__count_to_change(set);
    const struct node *keys;
    int r = read_document(document, diag, &owned);

    if (r < 0)
        return r;
    keys = node_member(document_root(owned), "keys");
    if (!keys || node_type(keys) != NODE_LIST)
        return FAIL(diag, ERR_VALIDATION,
                    "no JWK Set: it has no list of `keys`");
    r = add_all(set, keys, origin, diag);
    if (r < 0)
        key_set__cut(set, before);
    return r;
}
