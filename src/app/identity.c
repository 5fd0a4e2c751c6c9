/* SPDX-License-Identifier: MIT */
#include "app/identity.h"

#include "app/key_keeper.h"
#include "auth/api_key.h"
#include "auth/token_memory.h"
#include "base/check.h"
#include "routes/consistency.h"
#include "routes/service.h"
#include "store/key_memory.h"

#include <stdio.h>

/* As jwt_verify() says it. */
static int refuse(struct request *request)
{
    return REQUEST_FAIL(request, ERR_UNAUTHENTICATED,
                        "the bearer token is not valid");
}

/* Why is for the log alone. */
static int refuse_user(struct request *request, const char *why)
{
    diag_clear(&request->diag);
    (void)refuse(request);
    snprintf(request->diag.cause, sizeof(request->diag.cause), "%s", why);
    return -ERR_UNAUTHENTICATED;
}

static int no_room(struct request *request)
{
    return REQUEST_FAIL(request, ERR_TOO_LARGE, "the request is too large");
}

/* --- the field Authorization --------------------------------------------- */

/* *ret_credential is TEXT_NULL where there is no such field. */
static int read_bearer(struct request *request, struct text *ret_credential)
{
    static const char scheme[] = "bearer ";
    const size_t len = sizeof(scheme) - 1;
    unsigned count = 0;

    *ret_credential = TEXT_NULL;
    for (size_t i = 0; i < request->header_count; i++)
        if (text_equal_nocase(request->headers[i].name,
                              TEXT("Authorization"))) {
            *ret_credential = request->headers[i].value;
            count++;
        }
    if (count == 0)
        return 0;
    if (count > 1 || ret_credential->len <= len ||
        !text_equal_nocase(text_from(ret_credential->at, len),
                           text_from(scheme, len)))
        return refuse(request);
    *ret_credential = text_trim(text_skip(*ret_credential, len));
    return 0;
}

/* --- tokens -------------------------------------------------------------- */

static int verify(struct request *request, struct text token,
                  struct jwt *ret_jwt)
{
    struct service *service = service_of(request);
    CLEANUP(key_rules_put)
    struct key_rules *in_force = keyring_get(service->process->keyring);
    const struct jwt_rules rules = key_rules_jwt(in_force);
    int64_t now_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    int r;

    r = jwt_verify(&rules, token, now_s, &request->arena, &request->diag,
                   ret_jwt);
    if (r < 0)
        return r;
    token_memory_keep(service->tokens, token, key_set_generation(rules.keys),
                      ret_jwt);
    return 0;
}

/* A key that nobody has yet may have been published since we last looked. */
static int verify_with_newest(struct request *request, struct text token,
                              struct jwt *ret_jwt)
{
    int r = verify(request, token, ret_jwt);

    if (r == 0 || ret_jwt->fault != JWT_FAULT_UNKNOWN_KEY ||
        !key_waiter_ask(service_of(request)->key_waiter, request->until))
        return r;
    diag_clear(&request->diag);
    return verify(request, token, ret_jwt);
}

/* The subject of a good token, in the request's arena or remembered. */
static int read_token(struct request *request, struct text token,
                      struct text *ret_subject)
{
    struct service *service = service_of(request);
    const struct jwt *known = token_memory_find(
        service->tokens, token, keyring_generation(service->process->keyring),
        (int64_t)(clock_wall_ns() / NS_PER_S));
    struct jwt verified;
    int r;

    if (known) {
        const char *subject = arena_copy(&request->arena, known->subject);

        if (!subject)
            return no_room(request);
        *ret_subject = text_of(subject);
        return 0;
    }
    r = verify_with_newest(request, token, &verified);
    if (r == 0)
        *ret_subject = verified.subject;
    return r;
}

/* --- callers ------------------------------------------------------------- */

static int make_caller(struct request *request, enum caller_kind kind,
                       struct rights **rights)
{
    struct caller *caller = ARENA_NEW(&request->arena, struct caller);
    const char *user_id = (*rights)->user_id, *name = "anonymous";
    bool is_anonymous = kind == CALLER_ANONYMOUS;

    if (!is_anonymous)
        name = arena_format(&request->arena, "user:%s", user_id);
    if (!caller || !name)
        return no_room(request);
    *caller = (struct caller){
        .kind = kind,
        .user_id = is_anonymous ? TEXT_NULL : text_of(user_id),
        .name = text_of(name),
        .rights = *rights,
        .set = permission_set_ref((*rights)->set),
    };
    *rights = NULL;
    request->caller = caller;
    return 0;
}

/* Without a primary replicas are asked, by who takes what may be old. */
static bool asks_replicas(const struct request *request)
{
    const struct notes *notes = request->notes;
    bool reads =
        request->method == METHOD_GET || request->method == METHOD_HEAD;

    return reads && notes && notes->consistency.level > CONSISTENCY_FRESH &&
           nodes_are_degraded(service_of(request)->nodes);
}

/*
 * The store as this request may see it. What is found so is its own: a write,
 * or a read that asks for more, must not come by rights as old as these.
 */
static struct store store_as_wanted(const struct request *request)
{
    struct store store = *service_of(request)->store;
    const struct notes *notes = request->notes;

    store.consistency = notes->consistency;
    return store;
}

static int find_rights(struct request *request, unsigned by,
                       struct text subject, struct rights **ret_rights)
{
    struct service *service = service_of(request);
    struct store store;

    if (!asks_replicas(request))
        return rights_get(service->rights, by, subject, request->until,
                          ret_rights, &request->diag);
    store = store_as_wanted(request);
    return rights_load(&store, &service->process->freshness, by, subject,
                       request->until, ret_rights, &request->diag);
}

static int be_anonymous(struct request *request)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    int r = find_rights(request, RIGHTS_BY_ID, TEXT_NULL, &rights);

    return r < 0 ? r : make_caller(request, CALLER_ANONYMOUS, &rights);
}

static int be_user(struct request *request, struct text subject)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    int r = find_rights(request, RIGHTS_BY_ID | RIGHTS_BY_EXTERNAL_ID, subject,
                        &rights);

    if (r == -ERR_NOT_FOUND)
        return refuse_user(request, "there is no such user");
    if (r < 0)
        return r;
    if (rights->status != RIGHTS_ACTIVE)
        return refuse_user(request, "the user is not active");
    return make_caller(request, CALLER_USER, &rights);
}

/* --- API keys ------------------------------------------------------------- */

static int be_holder(struct request *request, struct key_holder *holder)
{
    struct caller *caller;
    struct permission_set *all;
    const char *name;
    int r = be_user(request, text_of(holder->user_id));

    if (r < 0)
        return r;
    caller = (struct caller *)request->caller;
    all = caller->set;
    caller->kind = CALLER_KEY;
    caller->set = key_holder_may(holder, all);
    permission_set_unref(&all);
    name = arena_format(&request->arena, "key:%s", holder->key_id);
    if (!name)
        return no_room(request);
    caller->name = text_of(name);
    return 0;
}

static int find_holder(struct request *request, const struct mac *hash,
                       struct key_holder **ret_holder)
{
    struct service *service = service_of(request);
    struct store store;

    if (!asks_replicas(request))
        return key_memory_get(service->keys, hash, request->until, ret_holder,
                              &request->diag);
    store = store_as_wanted(request);
    return key_holder_load(&store, &service->process->freshness, hash,
                           request->until, ret_holder, &request->diag);
}

static int be_key(struct request *request, struct text credential)
{
    CLEANUP(key_holder_unref) struct key_holder *holder = NULL;
    CLEANUP(api_key_wipe) struct api_key key;
    int r;

    if (!api_key_parse(credential, &key))
        return refuse(request);
    r = find_holder(request, &key.hash, &holder);
    if (r == -ERR_NOT_FOUND)
        return refuse_user(request, "there is no such key");
    return r < 0 ? r : be_holder(request, holder);
}

int identify(struct request *request)
{
    struct text credential, subject;
    int r = read_bearer(request, &credential);

    if (r < 0)
        return r;
    if (text_is_null(credential))
        return be_anonymous(request);
    if (api_key_is_meant(credential))
        return be_key(request, credential);
    r = read_token(request, credential, &subject);
    return r < 0 ? r : be_user(request, subject);
}

void identity_dismiss(struct request *request)
{
    struct permission_set *set;
    struct rights *rights;

    if (!request->caller)
        return;
    set = request->caller->set;
    rights = request->caller->rights;
    request->caller = NULL;
    permission_set_unref(&set);
    rights_unref(&rights);
}
