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
            return REQUEST_FAIL(request, ERR_TOO_LARGE,
                                "the request is too large");
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

static bool is_user_type(struct text type)
{
    return text_is(type, users.shape->singular) ||
           text_is(type, users.shape->name);
}

int decider_subject(struct decider *decider, const struct question *question,
                    const struct rights **ret_rights)
{
    struct request *request = decider->request;
    int r = 0;

    *ret_rights = NULL;
    if (is_user_type(question->subject_type))
        r = find_user(decider, question->subject_id, ret_rights);
    if (r < 0)
        return r;
    if (decider->may_ask_of_others ||
        (*ret_rights && text_is(request->caller->user_id,
                                (*ret_rights)->user_id)))
        return 0;
    return REQUEST_FAIL(request, ERR_FORBIDDEN,
                        "to ask about others takes the permission %s",
                        permission_key(PERMISSION_AUTHZ_CHECK).at);
}

/* --- whose it is ---------------------------------------------------------- */

enum ownership { NOT_KNOWN, SUBJECT_OWNS, ANOTHER_OWNS };

static int compare_user(struct decider *decider, const struct rights *subject,
                        struct text user, enum ownership *ret)
{
    const struct rights *owner;
    int r;

    *ret = SUBJECT_OWNS;
    if (text_is(user, subject->user_id))
        return 0;
    r = find_user(decider, user, &owner);
    if (r == 0 && (!owner || strcmp(owner->user_id, subject->user_id) != 0))
        *ret = ANOTHER_OWNS;
    return r;
}

static int compare_stored(struct decider *decider, const struct rights *subject,
                          const struct resource *resource, struct text asked,
                          enum ownership *ret)
{
    struct request *request = decider->request;
    char owner[UUID_TEXT_BYTES];
    struct uuid id;
    int r;

    *ret = NOT_KNOWN;
    if (!resource || !uuid_parse(asked, &id))
        return 0;
    r = authz_owner(&decider->store, resource, id, request->until, owner,
                    &request->diag);
    if (r == -ERR_NOT_FOUND) {
        diag_clear(&request->diag);
        return 0;
    }
    if (r == 0)
        *ret = strcmp(owner, subject->user_id) == 0 ? SUBJECT_OWNS
                                                    : ANOTHER_OWNS;
    return r;
}

/* What the question says of it goes before what is stored. */
static int find_ownership(struct decider *decider,
                          const struct question *question,
                          const struct resource *resource,
                          const struct rights *subject, enum ownership *ret)
{
    if (!text_is_null(question->owner))
        return compare_user(decider, subject, question->owner, ret);
    if (resource == &users)
        return compare_user(decider, subject, question->id, ret);
    return compare_stored(decider, subject, resource, question->id, ret);
}

int decide(struct decider *decider, const struct question *question,
           bool *ret_decision)
{
    const struct rights *subject;
    struct asked_keys asked;
    enum ownership ownership;
    enum may may;
    int r;

    *ret_decision = false;
    r = decider_subject(decider, question, &subject);
    if (r < 0 || !subject)
        return r;
    asked_keys_init(&asked, question->type, question->action);
    may = permission_set_may_either(subject->set, asked.keys, asked.count);
    *ret_decision = may == MAY_ANY;
    if (may == MAY_ANY || may == MAY_NOT)
        return 0;
    r = find_ownership(decider, question, asked.resource, subject, &ownership);
    if (r == 0 && ownership != NOT_KNOWN)
        *ret_decision = may_touch(may, ownership == SUBJECT_OWNS);
    return r;
}
