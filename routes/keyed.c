/* SPDX-License-Identifier: MIT */
#include "routes/keyed.h"

#include "auth/mac.h"
#include "routes/answer.h"
#include "store/outcome.h"

#define KEY "Idempotency-Key"

enum { KEY_BYTES_MAX = 255 };

/* --- the key ------------------------------------------------------------- */

static bool is_visible(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] < '!' || t.at[i] > '~')
            return false;
    return true;
}

/*
 * The inside of "…" (RFC 8941 § 3.3.3): a quote or backslash in it stands
 * behind a backslash. Unescaped in place.
 */
static bool unquote(char *at, struct text *ret_inside)
{
    size_t from = 1, to = 0;

    for (; at[from] && at[from] != '"'; from++) {
        if (at[from] == '\\' && at[++from] != '"' && at[from] != '\\')
            return false;
        at[to++] = at[from];
    }
    *ret_inside = text_from(at, to);
    return at[from] == '"' && at[from + 1] == '\0';
}

static int parse_key(struct request *request, struct text *ret_key)
{
    char *given = arena_copy(&request->arena, request_header(request, KEY));
    bool sound = request_header_count(request, KEY) == 1;

    if (!given)
        return request_no_room(request);
    *ret_key = text_of(given);
    sound = sound && is_visible(*ret_key);
    if (sound && given[0] == '"')
        sound = unquote(given, ret_key);
    if (sound && ret_key->len >= 1 && ret_key->len <= KEY_BYTES_MAX)
        return 0;
    return REQUEST_FAIL(request, ERR_INVALID_HEADER,
                        KEY " must be 1 to 255 visible characters, once");
}

/* Method, target, media type and body: what makes it the same request. */
static int hash_request(struct request *request,
                        unsigned char ret_hash[REQUEST_HASH_BYTES])
{
    struct mac mac = mac_digest(request->body);
    char body[2 * MAC_BYTES + 1];
    const char *all;

    _Static_assert((int)MAC_BYTES == (int)REQUEST_HASH_BYTES,
                   "what auth makes is what the store keeps");
    hex_format(mac.bytes, sizeof(mac.bytes), body);
    all = arena_format(&request->arena, "%s %.*s\n%.*s\n%s",
                       method_name(request->method), TEXT_ARG(request->target),
                       TEXT_ARG(request_header(request, "Content-Type")), body);
    if (!all)
        return request_no_room(request);
    mac = mac_digest(text_of(all));
    memcpy(ret_hash, mac.bytes, sizeof(mac.bytes));
    return 0;
}

/* --- inside the transaction ---------------------------------------------- */

struct keyed {
    struct request *request;
    struct reply *reply;
    handler_fn *handler;
    struct outcome_key key;
};

/* The header, if there was one; its value outlives the outcome. */
static bool repeat_header(const struct keyed *keyed, const char *name,
                          struct text value)
{
    const char *copy;

    if (text_is_null(value))
        return true;
    copy = arena_copy(&keyed->request->arena, value);
    if (copy)
        reply_header(keyed->reply, name, copy);
    return copy != NULL;
}

static int replay(const struct keyed *keyed, const struct outcome *outcome)
{
    struct preferences preferences;
    struct buffer body;
    int r;

    r = preferences_parse(keyed->request, PREFER_RETURN, &preferences);
    if (r < 0)
        return r;
    if (!repeat_header(keyed, "ETag", outcome->etag) ||
        !repeat_header(keyed, "Location", outcome->location))
        return request_no_room(keyed->request);
    reply_header(keyed->reply, "Idempotency-Replayed", "true");
    keyed->reply->status = outcome->status;
    if (preferences.minimal == text_is_null(outcome->body))
        preferences_applied(keyed->reply, &preferences);
    if (text_is_null(outcome->body))
        return 0;
    buffer_init(&body, outcome->body.len);
    buffer_add_text(&body, outcome->body);
    return reply_take(keyed->reply, CONTENT_JSON, &body);
}

static struct text header_of(struct reply *reply, const char *name)
{
    const char **value = reply_header_at(reply, name);

    return text_of(value ? *value : NULL);
}

static int keep(const struct keyed *keyed, struct store *inside)
{
    struct reply *reply = keyed->reply;
    struct outcome outcome = { .status = reply->status,
                               .etag = header_of(reply, "ETag"),
                               .location = header_of(reply, "Location"),
                               .body = reply_body(reply) };

    if (reply->status < 200 || reply->status > 299)
        return 0;
    return outcome_keep(inside, &keyed->key, &outcome, &keyed->request->diag);
}

static int handle(const struct keyed *keyed, struct store *inside)
{
    struct service *outside = service_of(keyed->request);
    struct service service = *outside;
    int r;

    service.store = inside;
    keyed->request->service = &service;
    r = keyed->handler(keyed->request, keyed->reply);
    keyed->request->service = outside;
    return r;
}

static int run_keyed(struct store *inside, void *arg)
{
    const struct keyed *keyed = arg;
    CLEANUP(outcome_end) struct outcome outcome = { 0 };
    int r;

    reply_fini(keyed->reply); /* of an attempt before this one */
    reply_init(keyed->reply);
    r = outcome_find(inside, &keyed->key, &outcome, &keyed->request->diag);
    if (r < 0)
        return r;
    if (outcome.status != 0)
        return replay(keyed, &outcome);
    r = handle(keyed, inside);
    return r < 0 ? r : keep(keyed, inside);
}

int answer_once(struct request *request, struct reply *reply,
                handler_fn *handler)
{
    struct keyed keyed = { request, reply, handler, { .caller = TEXT_NULL } };
    struct store store;
    int r;

    if (text_is_null(request_header(request, KEY)))
        return handler(request, reply);
    keyed.key.caller = caller_of(request);
    r = parse_key(request, &keyed.key.key);
    if (r < 0)
        return r;
    r = hash_request(request, keyed.key.request_hash);
    if (r < 0)
        return r;
    store = store_of(request);
    return store_together(&store, run_keyed, &keyed, request->until,
                          &request->diag);
}
