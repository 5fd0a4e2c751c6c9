/* SPDX-License-Identifier: MIT */
/*
 * What the handlers of AuthZEN (OpenID Authorization API 1.0) have in common:
 * questions, and what decides them. docs/authzen.md tells what they mean.
 */
#pragma once

#include "routes/answer.h"
#include "store/authz.h"
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

/* --- what decides --------------------------------------------------------- */

/* What one request has found out; its members are the .c's own. */
struct decider {
    struct request *request;
    struct store store;    /* bound to authz:check */
    struct found *found;   /* users that were asked for: each once */
    bool may_ask_of_others;
};

/* -ERR_UNAUTHENTICATED for who is nobody. */
int decider_init(struct decider *decider, struct request *request) MUST_CHECK;
void decider_end(struct decider *decider); /* fits CLEANUP */

/*
 * The subject's rights, borrowed; NULL: there is no such user.
 * -ERR_FORBIDDEN when the caller may not ask about them.
 */
YIELDS int decider_subject(struct decider *decider,
                           const struct question *question,
                           const struct rights **ret_rights) MUST_CHECK;

/* May the subject do it? Errors are those of the database. */
YIELDS int decide(struct decider *decider, const struct question *question,
                  bool *ret_decision) MUST_CHECK;
