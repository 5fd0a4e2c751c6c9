/* SPDX-License-Identifier: MIT */
#include "auth/jwt.h"

#include "auth/base64url.h"
#include "auth/jwt_impl.h"
#include "auth/key_impl.h"
#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>

enum { READING_BYTES = 16 * JWT_BYTES_MAX };

#define JWT_FAULT(id, name) [JWT_FAULT_##id] = name,
static const char *const fault_names[JWT_FAULT_COUNT] = {
    [JWT_FAULT_NONE] = "none",
#include "auth/jwt_faults.def"
};
#undef JWT_FAULT

const char *jwt_fault_name(enum jwt_fault fault)
{
    CHECK(fault < JWT_FAULT_COUNT);
    return fault_names[fault];
}

int jwt__refuse(struct jwt_reading *reading, enum jwt_fault fault,
                const char *fmt, ...)
{
    struct diag *diag = reading->diag;
    va_list args;

    *reading->jwt = (struct jwt){ .fault = fault };
    if (diag && diag->code == 0) {
        va_start(args, fmt);
        vsnprintf(diag->cause, sizeof(diag->cause), fmt, args);
        va_end(args);
    }
    return FAIL(diag, ERR_UNAUTHENTICATED,
                fault == JWT_FAULT_EXPIRED ? "the bearer token has expired"
                                           : "the bearer token is not valid");
}

static struct text copy(struct arena *arena, struct text t)
{
    return text_from(text_is_null(t) ? NULL : arena_copy(arena, t), t.len);
}

int jwt__parse(struct jwt_reading *reading, const char *what, struct text bytes,
               struct document **ret_document)
{
    CLEANUP(document_free) struct document *document = NULL;
    struct diag cause;

    diag_init(&cause, &reading->arena);
    if (document_parse(bytes, &cause, &document) < 0)
        return jwt__refuse(reading, JWT_FAULT_MALFORMED, "its %s: %s", what,
                           cause.detail);
    if (node_type(document_root(document)) != NODE_OBJECT)
        return jwt__refuse(reading, JWT_FAULT_MALFORMED, "its %s is no object",
                           what);
    *ret_document = document;
    document = NULL;
    return 0;
}

int jwt__read_text(struct jwt_reading *reading, enum jwt_fault fault,
                   const struct node *object, const char *name,
                   struct text *ret_text)
{
    const struct node *member = node_member(object, name);

    *ret_text = TEXT_NULL;
    if (!member)
        return 0;
    if (node_type(member) != NODE_TEXT)
        return jwt__refuse(reading, fault, "`%s` is no text", name);
    *ret_text = copy(&reading->arena, node_text(member));
    CHECK(ret_text->at != NULL);
    return 0;
}

static void reading_end(struct jwt_reading *reading)
{
    arena_fini(&reading->arena);
}

/* --- the compact form ---------------------------------------------------- */

struct parts {
    struct text header, payload, signature; /* decoded */
    struct text is_signed;                  /* the first two, as they came */
};

/* The part up to the next dot, or to the end for the last one. */
static int cut(struct jwt_reading *reading, struct text *rest, const char *what,
               struct text *ret_bytes)
{
    struct text encoded;

    if (!text_cut(rest, '.', &encoded))
        return jwt__refuse(reading, JWT_FAULT_MALFORMED, "it has no %s", what);
    if (base64url_decode(encoded, &reading->arena, ret_bytes))
        return 0;
    return jwt__refuse(reading, JWT_FAULT_MALFORMED,
                       "its %s is no strict base64url", what);
}

static int cut_all(struct jwt_reading *reading, struct text token,
                   struct parts *ret_parts)
{
    struct text rest = token;
    int r;

    if (token.len > JWT_BYTES_MAX)
        return jwt__refuse(reading, JWT_FAULT_TOO_LONG,
                           "it has %zu bytes, more than %d", token.len,
                           JWT_BYTES_MAX);
    r = cut(reading, &rest, "header", &ret_parts->header);
    if (r == 0)
        r = cut(reading, &rest, "payload", &ret_parts->payload);
    if (r < 0)
        return r;
    ret_parts->is_signed =
        text_from(token.at, rest.at ? (size_t)(rest.at - token.at) - 1 : 0);
    r = cut(reading, &rest, "signature", &ret_parts->signature);
    if (r == 0 && !text_is_null(rest))
        return jwt__refuse(reading, JWT_FAULT_MALFORMED,
                           "it has more than three parts");
    return r;
}

/* --- the key -------------------------------------------------------------- */

static int no_key(struct jwt_reading *reading, bool is_known)
{
    const char *algorithm = algorithm_name(reading->algorithm);

    if (is_known)
        return jwt__refuse(reading, JWT_FAULT_ALGORITHM,
                           "the key %.80s is not for %s", reading->kid.at,
                           algorithm);
    if (reading->kid.at)
        return jwt__refuse(reading, JWT_FAULT_UNKNOWN_KEY,
                           "no key is called %.80s, and none without a name is "
                           "for %s",
                           reading->kid.at, algorithm);
    return jwt__refuse(reading, JWT_FAULT_ALGORITHM, "no key is for %s",
                       algorithm);
}

static int not_signed(struct jwt_reading *reading,
                      const struct key_choice *choice)
{
    const char *id = choice->keys[0]->id;

    if (reading->kid.at && !choice->is_known)
        return jwt__refuse(reading, JWT_FAULT_UNKNOWN_KEY,
                           "no key is called %.80s, and none without a name "
                           "signed it",
                           reading->kid.at);
    if (choice->count > 1)
        return jwt__refuse(reading, JWT_FAULT_SIGNATURE,
                           "its signature is by none of the %zu keys for %s",
                           choice->count, algorithm_name(reading->algorithm));
    return jwt__refuse(reading, JWT_FAULT_SIGNATURE,
                       "its signature is not by the key %.80s",
                       *id ? id : "that is a secret");
}

static int check_signature(struct jwt_reading *reading,
                           const struct parts *parts)
{
    struct key_choice choice =
        key_set__choose(reading->rules->keys, reading->kid, reading->algorithm);

    if (choice.count == 0)
        return no_key(reading, choice.is_known);
    if (choice.count > KEY_TRIES_MAX)
        return jwt__refuse(reading, JWT_FAULT_HEADER,
                           "it does not tell which of %zu keys signed it",
                           choice.count);
    for (size_t i = 0; i < choice.count; i++) {
        const struct key *key = choice.keys[i];

        if (!key__verify(key, reading->algorithm, parts->is_signed,
                         parts->signature))
            continue;
        reading->jwt->key_id = text_of(key->id);
        return 0;
    }
    return not_signed(reading, &choice);
}

static int read_all(struct jwt_reading *reading, struct text token)
{
    struct parts parts;
    int r = cut_all(reading, token, &parts);

    if (r == 0)
        r = jwt__read_header(reading, parts.header);
    if (r == 0)
        r = check_signature(reading, &parts);
    /* what nobody signed is not even parsed */
    if (r == 0)
        r = jwt__read_claims(reading, parts.payload);
    return r;
}

/* The result's texts move out of what dies with the reading. */
static int keep(struct jwt *jwt, struct arena *arena, struct diag *diag)
{
    struct text *const texts[] = { &jwt->subject, &jwt->issuer, &jwt->key_id,
                                   &jwt->scope };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        bool was_null = text_is_null(*texts[i]);

        *texts[i] = copy(arena, *texts[i]);
        if (!text_is_null(*texts[i]) || was_null)
            continue;
        *jwt = (struct jwt){ .fault = JWT_FAULT_NONE };
        return FAIL(diag, ERR_TOO_LARGE, "no room for a token's claims");
    }
    return 0;
}

int jwt_verify(const struct jwt_rules *rules, struct text token, int64_t now_s,
               struct arena *arena, struct diag *diag, struct jwt *ret_jwt)
{
    CLEANUP(reading_end)
    struct jwt_reading reading = {
        .rules = rules,
        .now_s = now_s,
        .diag = diag,
        .jwt = ret_jwt,
    };
    int r;

    *ret_jwt = (struct jwt){ .fault = JWT_FAULT_NONE };
    arena_init(&reading.arena, READING_BYTES);
    r = read_all(&reading, token);
    return r < 0 ? r : keep(ret_jwt, arena, diag);
}
