/* SPDX-License-Identifier: MIT */
/* AuthZEN § 6 and 7: one question, or several. */
#include "routes/authzen.h"

#include "json/encode.h"

enum { ANSWER_BYTES = 256 };

/* --- answers -------------------------------------------------------------- */

static void add_decision(struct buffer *out, bool decision)
{
    buffer_add_string(out,
                      decision ? "{\"decision\":true" : "{\"decision\":false");
}

/* A user who is not there, or no such permission: nothing bears on it. */
static int add_reason(struct decider *decider, const struct question *question,
                      struct buffer *out)
{
    struct request *request = decider->request;
    const struct rights *subject;
    struct asked_keys asked;
    struct uuid id;
    int r = decider_subject(decider, question, &subject);

    if (r < 0)
        return r;
    buffer_add_string(out, ",\"context\":{\"reason\":");
    asked_keys_init(&asked, question->type, question->action);
    if (subject && uuid_parse(text_of(subject->user_id), &id))
        r = authz_reason(&decider->store, id, &asked, request->until, out,
                         &request->diag);
    else
        buffer_add_string(out, "[]");
    buffer_add_byte(out, '}');
    return r;
}

static int answer_question(struct decider *decider,
                           const struct question *question, struct buffer *out,
                           bool *ret_decision)
{
    int r = decide(decider, question, ret_decision);

    if (r < 0)
        return r;
    add_decision(out, *ret_decision);
    if (question->wants_reason)
        r = add_reason(decider, question, out);
    buffer_add_byte(out, '}');
    return r;
}

static int answer_single(struct decider *decider, const struct node *root,
                         struct buffer *out)
{
    struct request *request = decider->request;
    struct question question;
    bool decision;
    const char *fault =
        question_read(root, NULL, ASKS_ALL, &request->arena, &question);

    if (fault)
        return REQUEST_FAIL(request, ERR_BAD_REQUEST, "%s", fault);
    return answer_question(decider, &question, out, &decision);
}

/* --- several -------------------------------------------------------------- */

/* When to stop: at the first decision that is … */
enum semantic { EXECUTE_ALL, DENY_ON_FIRST_DENY, PERMIT_ON_FIRST_PERMIT };

static const char *const semantic_names[] = {
    [EXECUTE_ALL] = "execute_all",
    [DENY_ON_FIRST_DENY] = "deny_on_first_deny",
    [PERMIT_ON_FIRST_PERMIT] = "permit_on_first_permit",
};

static int read_semantic(struct request *request, const struct node *root,
                         enum semantic *ret_semantic)
{
    const struct node *options = node_member(root, "options");
    const struct node *name =
        options ? node_member(options, "evaluations_semantic") : NULL;

    *ret_semantic = EXECUTE_ALL;
    if (options && node_type(options) != NODE_OBJECT)
        return REQUEST_FAIL(request, ERR_BAD_REQUEST,
                            "options must be an object");
    if (!name)
        return 0;
    for (unsigned i = 0; i < ARRAY_LEN(semantic_names); i++)
        if (node_type(name) == NODE_TEXT &&
            text_is(node_text(name), semantic_names[i])) {
            *ret_semantic = (enum semantic)i;
            return 0;
        }
    return REQUEST_FAIL(request, ERR_BAD_REQUEST,
                        "options.evaluations_semantic must be execute_all, "
                        "deny_on_first_deny or permit_on_first_permit");
}

static bool is_last(enum semantic semantic, bool decision)
{
    return (semantic == DENY_ON_FIRST_DENY && !decision) ||
           (semantic == PERMIT_ON_FIRST_PERMIT && decision);
}

/* § 7.2.1: what is wrong with one of them denies that one only. */
static void add_fault(const char *fault, struct buffer *out)
{
    add_decision(out, false);
    buffer_add_string(out, ",\"context\":{\"error\":{\"status\":400,"
                           "\"message\":");
    encode_text(out, text_of(fault));
    buffer_add_string(out, "}}}");
}

static int answer_item(struct decider *decider, const struct node *item,
                       const struct node *root, struct buffer *out,
                       bool *ret_decision)
{
    struct question question;
    const char *fault = question_read(item, root, ASKS_ALL,
                                      &decider->request->arena, &question);

    *ret_decision = false;
    if (!fault)
        return answer_question(decider, &question, out, ret_decision);
    add_fault(fault, out);
    return 0;
}

static int answer_several(struct decider *decider, const struct node *root,
                          const struct node *items, struct buffer *out)
{
    enum semantic semantic;
    bool decision = false;
    int r = read_semantic(decider->request, root, &semantic);

    buffer_add_string(out, "{\"evaluations\":[");
    for (size_t i = 0; r == 0 && i < node_count(items); i++) {
        if (i > 0 && is_last(semantic, decision))
            break;
        if (i > 0)
            buffer_add_byte(out, ',');
        r = answer_item(decider, node_item(items, i), root, out, &decision);
    }
    buffer_add_string(out, "]}");
    return r;
}

/* Without questions of its own the body is one (§ 7.1). */
static int answer_body(struct decider *decider, const struct node *root,
                       struct buffer *out)
{
    const struct node *items = node_member(root, "evaluations");

    if (items && node_type(items) != NODE_LIST)
        return REQUEST_FAIL(decider->request, ERR_BAD_REQUEST,
                            "evaluations must be a list");
    if (!items || node_count(items) == 0)
        return answer_single(decider, root, out);
    return answer_several(decider, root, items, out);
}

/* --- handlers ------------------------------------------------------------- */

int authzen_answer(struct request *request, struct reply *reply,
                   answer_fn *answer)
{
    CLEANUP(document_free) struct document *document = NULL;
    CLEANUP(decider_end) struct decider decider = { 0 };
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    int r = decider_init(&decider, request);

    if (r == 0)
        r = request_parameters(request, NULL);
    if (r == 0)
        r = authzen_read_body(request, &document);
    if (r < 0)
        return r;
    buffer_init_with(&out, REPLY_BODY_MAX_BYTES, ANSWER_BYTES);
    r = answer(&decider, document_root(document), &out);
    return r < 0 ? r : reply_take(reply, CONTENT_JSON, &out);
}

/* POST /access/v1/evaluation */
int authzen_evaluation(struct request *request, struct reply *reply)
{
    return authzen_answer(request, reply, answer_single);
}

/* POST /access/v1/evaluations */
int authzen_evaluations(struct request *request, struct reply *reply)
{
    return authzen_answer(request, reply, answer_body);
}
