/* SPDX-License-Identifier: MIT */
/* Who the subject is, what they may, and whose the resource is. */
#include "routes/authzen.h"

#include "base/check.h"

struct found {
    struct found *next;
    struct text asked;
    struct rights *rights; /* NULL: nobody */
};

int decider_init(struct decider *decider, struct request *request)
{
    static const struct actor checker = { .rights = TEXT("authz:check") };

    *decider = (struct decider){
        .request = request,
        .store = store_as(service_of(request)->store, &checker),
        .may_ask_of_others =
            caller_may(request, PERMISSION_AUTHZ_CHECK) == MAY_ANY,
    };
    if (!caller_is_signed_in(request->caller))
        return REQUEST_FAIL(request, ERR_UNAUTHENTICATED,
                            "this asks for Authorization: Bearer and a token");
    return 0;
}

void decider_end(struct decider *decider)
{
    for (struct found *f = decider->found; f; f = f->next)
        rights_unref(&f->rights);
    decider->found = NULL;
}

/* --- users ---------------------------------------------------------------- */

/* By id, external_id or email; each is asked for once in a request. */
static int find_user(struct decider *decider, struct text asked,
                     const struct rights **ret_rights)
{
    struct request *request = decider->request;
    struct found *found = decider->found;
    int r = 0;

    while (found && !text_equal(found->asked, asked))
        found = found->next;
    if (!found) {
        found = ARENA_NEW(&request->arena, struct found);
        if (!found)
            return request_no_room(request);
        r = rights_get(service_of(request)->rights, RIGHTS_BY_ANY, asked,
                       request->until, &found->rights, &request->diag);
        if (r == -ERR_NOT_FOUND) {
            diag_clear(&request->diag);
            r = 0;
        }
        if (r < 0)
            return r;
        found->asked = asked;
        found->next = decider->found;
        decider->found = found;
    }
    *ret_rights = found->rights;
    return 0;
}

bool question_is_about_users(const struct question *question)
{
    return text_is(question->subject_type, users.shape->singular) ||
           text_is(question->subject_type, users.shape->name);
}

static int forbid(struct decider *decider)
{
    return REQUEST_FAIL(decider->request, ERR_FORBIDDEN,
                        "to ask about others takes the permission %s",
                        permission_key(PERMISSION_AUTHZ_CHECK).at);
}

int decider_may_ask_of_others(struct decider *decider)
{
    return decider->may_ask_of_others ? 0 : forbid(decider);
}

int decider_subject(struct decider *decider, const struct question *question,
                    const struct rights **ret_rights)
{
    struct request *request = decider->request;
    int r = 0;

    *ret_rights = NULL;
    if (question_is_about_users(question))
        r = find_user(decider, question->subject_id, ret_rights);
    if (r < 0)
        return r;
    if (decider->may_ask_of_others ||
        (*ret_rights &&
         text_is(request->caller->user_id, (*ret_rights)->user_id)))
        return 0;
    return forbid(decider);
}

const struct permission_set *decider_set(const struct decider *decider,
                                         const struct rights *subject)
{
    const struct caller *caller = decider->request->caller;

    return caller->kind == CALLER_KEY &&
                   text_is(caller->user_id, subject->user_id)
               ? caller->set
               : subject->set;
}

/* --- whose it is ---------------------------------------------------------- */

/* As the question says; that goes before what is stored. Or TEXT_NULL. */
static struct text named_owner(const struct question *question,
                               const struct resource *resource)
{
    if (text_is_null(question->owner) && resource == &users)
        return question->id;
    return question->owner;
}

static int find_stored(struct decider *decider, const struct resource *resource,
                       struct text asked, struct search_owner *ret_owner)
{
    struct request *request = decider->request;
    char owner[UUID_TEXT_BYTES];
    const char *copy;
    struct uuid id;
    int r;

    if (!resource || !uuid_parse(asked, &id))
        return 0;
    r = authz_owner(&decider->store, resource, id, request->until, owner,
                    &request->diag);
    if (r == -ERR_NOT_FOUND) {
        diag_clear(&request->diag);
        return 0;
    }
    if (r < 0)
        return r;
    copy = arena_copy(&request->arena, text_of(owner));
    if (!copy)
        return request_no_room(request);
    *ret_owner = (struct search_owner){ true, text_of(copy) };
    return 0;
}

int decider_owner(struct decider *decider, const struct question *question,
                  const struct resource *resource,
                  struct search_owner *ret_owner)
{
    struct text named = named_owner(question, resource);
    const struct rights *user = NULL;
    int r;

    *ret_owner = (struct search_owner){ 0 };
    if (text_is_null(named))
        return find_stored(decider, resource, question->id, ret_owner);
    r = find_user(decider, named, &user);
    if (r < 0)
        return r;
    ret_owner->is_known = true;
    ret_owner->user_id = user ? text_of(user->user_id) : TEXT_NULL;
    return 0;
}

/* With a right to one's own only, or to all but one's own. */
static int decide_by_owner(struct decider *decider,
                           const struct question *question,
                           const struct resource *resource,
                           const struct rights *subject, enum may may,
                           bool *ret_decision)
{
    struct search_owner owner;
    int r;

    if (text_is(named_owner(question, resource), subject->user_id)) {
        *ret_decision = may_touch(may, true);
        return 0;
    }
    r = decider_owner(decider, question, resource, &owner);
    if (r == 0 && owner.is_known)
        *ret_decision =
            may_touch(may, text_is(owner.user_id, subject->user_id));
    return r;
}

int decide(struct decider *decider, const struct question *question,
           bool *ret_decision)
{
    const struct rights *subject;
    struct asked_keys asked;
    enum may may;
    int r;

    *ret_decision = false;
    r = decider_subject(decider, question, &subject);
    if (r < 0 || !subject)
        return r;
    asked_keys_init(&asked, question->type, question->action);
    may = permission_set_may_either(decider_set(decider, subject), asked.keys,
                                    asked.count);
    *ret_decision = may == MAY_ANY;
    if (may == MAY_ANY || may == MAY_NOT)
        return 0;
    return decide_by_owner(decider, question, asked.resource, subject, may,
                           ret_decision);
}
