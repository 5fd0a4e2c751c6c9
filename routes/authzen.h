/* SPDX-License-Identifier: MIT */
/*
 * What the handlers of AuthZEN (OpenID Authorization API 1.0) have in common:
 * questions, and what decides them. docs/authzen.md tells what they mean.
 */
#pragma once

#include "routes/answer.h"
#include "store/authz_search.h"
#include "json/document.h"

/* --- what is asked -------------------------------------------------------- */

enum {
    ASKS_SUBJECT = 1, /* subject.id, resource.id and the action must be there */
    ASKS_RESOURCE = 2,
    ASKS_ACTION = 4,
    ASKS_ALL = ASKS_SUBJECT | ASKS_RESOURCE | ASKS_ACTION,
};

/* The texts are the document's, TEXT_NULL where they were not sent. */
struct question {
    struct text subject_type, subject_id, action, type, id;
    struct text owner; /* resource.properties.owner_id or ownerID */
    bool wants_reason; /* context.reason is true */
};

/*
 * The body as an object, when it is JSON of the right type; the document must
 * be freed. Whatever is wrong with it is -ERR_BAD_REQUEST or another 400.
 */
int authzen_read_body(struct request *request, struct document **ret_document)
    MUST_CHECK;

/*
 * Members that `item` lacks are taken from `defaults` (may be NULL). NULL, or
 * what is wrong with it, in the arena.
 */
const char *question_read(const struct node *item, const struct node *defaults,
                          unsigned asks, struct arena *arena,
                          struct question *ret_question) MUST_CHECK;

/* Is its subject of the only type that we know? */
bool question_is_about_users(const struct question *question);

/* --- what decides --------------------------------------------------------- */

/* What one request has found out; its members are the .c's own. */
struct decider {
    struct request *request;
    struct store store;  /* bound to authz:check */
    struct found *found; /* users that were asked for: each once */
    bool may_ask_of_others;
};

/* -ERR_UNAUTHENTICATED for who is nobody. */
int decider_init(struct decider *decider, struct request *request) MUST_CHECK;
void decider_end(struct decider *decider); /* fits CLEANUP */

/* -ERR_FORBIDDEN */
int decider_may_ask_of_others(struct decider *decider) MUST_CHECK;

/*
 * The subject's rights, borrowed; NULL: there is no such user.
 * -ERR_FORBIDDEN when the caller may not ask about them.
 */
YIELDS int decider_subject(struct decider *decider,
                           const struct question *question,
                           const struct rights **ret_rights) MUST_CHECK;

/*
 * What the subject may: all of it, but of an API key's own user no more than
 * the key is for. Borrowed.
 */
const struct permission_set *decider_set(const struct decider *decider,
                                         const struct rights *subject);

/*
 * Whose the resource is, as the question says or as it is stored; `resource`
 * is what its type means, or NULL. The texts live as long as the decider.
 */
YIELDS int decider_owner(struct decider *decider,
                         const struct question *question,
                         const struct resource *resource,
                         struct search_owner *ret_owner) MUST_CHECK;

/* May the subject do it? Errors are those of the database. */
YIELDS int decide(struct decider *decider, const struct question *question,
                  bool *ret_decision) MUST_CHECK;

/* --- answers -------------------------------------------------------------- */

/* Appends the answer to a body, which is an object. */
typedef int answer_fn(struct decider *decider, const struct node *root,
                      struct buffer *out);

/* What all handlers do around that. */
YIELDS int authzen_answer(struct request *request, struct reply *reply,
                          answer_fn *answer) MUST_CHECK;
