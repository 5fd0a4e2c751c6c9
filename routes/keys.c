/* SPDX-License-Identifier: MIT */
/*
 * API keys. They are listed, read and deleted as every object is, one's own
 * and others' by the database's policies; only making one is another matter.
 */
#include "auth/api_key.h"
#include "base/check.h"
#include "routes/answer.h"
#include "json/document.h"
#include "json/pointer.h"

#include <string.h>

/* What is asked for, and for whom. */
struct wanted {
    struct document *document;
    struct values *values;
    struct rights *owner;
};

static void wanted_end(struct wanted *wanted)
{
    document_free(&wanted->document);
    rights_unref(&wanted->owner);
}

/* --- whose ---------------------------------------------------------------- */

static struct value *user_of(struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->values->count; i++)
        if (strcmp(wanted->values->items[i].field->name, "user_id") == 0)
            return &wanted->values->items[i];
    CHECK(false);
}

/* One's own without a word; another's with the right to. */
static int find_owner(struct request *request, struct wanted *wanted)
{
    const struct caller *caller = request->caller;
    struct value *user = user_of(wanted);
    int r;

    if (text_is_null(user->text))
        user->text = caller->user_id;
    if (!text_equal(user->text, caller->user_id) &&
        caller_may(request, PERMISSION_API_KEYS_CREATE) != MAY_ANY)
        return REQUEST_FAIL(request, ERR_FORBIDDEN,
                            "a key for another asks for the permission "
                            "api-keys:create");
    r = rights_get(service_of(request)->rights, RIGHTS_BY_ID, user->text,
                   request->until, &wanted->owner, &request->diag);
    if (r != -ERR_NOT_FOUND)
        return r;
    diag_violation(&request->diag, "/user_id", "unknown_reference",
                   "names no user");
    return diag_invalid(&request->diag, ERR_VALIDATION);
}

/* --- what for ------------------------------------------------------------- */

/* Who made it with a key may not hand on more than that key can do. */
static bool may_hand_on(const struct request *request,
                        const struct wanted *wanted, struct text scope)
{
    if (!permission_set_holds(wanted->owner->set, scope))
        return false;
    return request->caller->kind != CALLER_KEY ||
           permission_set_holds(request->caller->set, scope);
}

static void check_scopes(struct request *request, const struct wanted *wanted)
{
    const struct node *scopes =
        node_member(document_root(wanted->document), "scopes");

    if (!scopes || node_type(scopes) == NODE_NULL) {
        if (request->caller->kind == CALLER_KEY)
            diag_violation(&request->diag, "/scopes", "required",
                           "is required of who signed in by a key");
        return;
    }
    for (size_t i = 0; i < node_count(scopes); i++) {
        struct pointer pointer = { 0 };

        if (may_hand_on(request, wanted, node_text(node_item(scopes, i))))
            continue;
        pointer_add_name(&pointer, TEXT("scopes"));
        pointer_add_place(&pointer, i);
        diag_violation(&request->diag, pointer.at, "not_permitted",
                       "is more than the key's owner may");
    }
}

enum { SECONDS_LEN = 19 }; /* "2026-11-21T08:30:00" */

static void check_expiry(struct request *request, const struct wanted *wanted)
{
    const struct value *at = values_find(wanted->values, "expires_at");
    char now[CLOCK_TEXT_BYTES];

    clock_format(clock_wall_ns(), now);
    if (at && !text_is_null(at->text) &&
        memcmp(at->text.at, now, SECONDS_LEN) <= 0)
        diag_violation(&request->diag, "/expires_at", "out_of_range",
                       "must be in the future");
}

static int read_wanted(struct request *request, struct wanted *wanted)
{
    struct text given;
    int r;

    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    r = document_parse(given, &request->diag, &wanted->document);
    if (r < 0)
        return r;
    r = shape_validate(api_keys.shape, document_root(wanted->document),
                       SHAPE_CREATE, &request->arena, &request->diag,
                       &wanted->values);
    if (r < 0)
        return r;
    r = find_owner(request, wanted);
    if (r < 0)
        return r;
    check_scopes(request, wanted);
    check_expiry(request, wanted);
    return diag_invalid(&request->diag, ERR_VALIDATION);
}

/* --- made ----------------------------------------------------------------- */

static void add_secret(struct buffer *body, const struct api_key *key)
{
    body->len--; /* the object goes on */
    buffer_add_format(body, ",\"secret\":\"%s\"}", key->text);
}

static int make(struct request *request, const struct wanted *wanted,
                const struct api_key *key, struct buffer *body,
                struct stored *ret_stored)
{
    struct store store = store_of(request);
    char hash[2 + 2 * MAC_BYTES + 1] = "\\x";
    const struct text sealed[] = { text_of(key->prefix),
                                   text_from(hash, sizeof(hash) - 1) };
    int r;

    hex_format(key->hash.bytes, MAC_BYTES, hash + 2);
    r = store_create_sealed(&store, &api_keys, wanted->values, sealed,
                            request->until, body, ret_stored, &request->diag);
    if (r == 0)
        add_secret(body, key);
    return r;
}

static int answer_made(struct request *request, struct reply *reply,
                       const struct stored *stored, struct buffer *body)
{
    int r = add_location(request, reply, "/v1/api-keys", stored->id);

    if (r < 0)
        return r;
    reply_header(reply, "Cache-Control", "no-store");
    reply->status = 201;
    return reply_take(reply, CONTENT_JSON, body);
}

/* A repeated answer would need the secret, which is kept nowhere. */
static int check_not_keyed(struct request *request)
{
    if (text_is_null(request_header(request, "Idempotency-Key")))
        return 0;
    return REQUEST_FAIL(request, ERR_INVALID_HEADER,
                        "Idempotency-Key cannot be used here: the answer is "
                        "told once");
}

/* POST /v1/api-keys */
int key_create(struct request *request, struct reply *reply)
{
    CLEANUP(wanted_end) struct wanted wanted = { 0 };
    CLEANUP(api_key_wipe) struct api_key key = api_key_make();
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct stored stored;
    int r;

    r = request_parameters(request, NULL);
    if (r == 0)
        r = check_not_keyed(request);
    if (r == 0)
        r = read_wanted(request, &wanted);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = make(request, &wanted, &key, &body, &stored);
    return r < 0 ? r : answer_made(request, reply, &stored, &body);
}
