/* SPDX-License-Identifier: MIT */
/* `filter=`: the same questions, written as JSON. */
#include "store/fault.h"
#include "store/question.h"
#include "json/document.h"

/* A scalar as it would stand in a parameter; false when it is none. */
static bool scalar_text(struct asking *a, const struct node *node,
                        struct text *ret_text)
{
    char *number = NULL;

    switch (node_type(node)) {
    case NODE_TEXT:
        *ret_text = node_text(node);
        return true;
    case NODE_BOOLEAN:
        *ret_text = node_boolean(node) ? TEXT("true") : TEXT("false");
        return true;
    case NODE_INTEGER:
        number = arena_format(a->listing->arena, "%lld",
                              (long long)node_integer(node));
        a->full |= number == NULL;
        *ret_text = number ? text_of(number) : TEXT("0");
        return true;
    default:
        return false;
    }
}

static void fault_value(struct asking *a, struct text label)
{
    fault_note(a->diag, label, "wrong_type",
               "must be a text, a number, true, false or a list of these");
}

/* {"sponsor_id": null} */
static void ask_json_null(struct asking *a, struct question *q,
                          struct text name)
{
    if (!question_find(a->listing->resource->shape, name, q))
        question_fault(a, q->label, name);
    else if (q->op != OP_EQ && q->op != OP_NE)
        fault_value(a, q->label);
    else
        question_null(a, q->field, q->op == OP_EQ);
}

static void ask_json_list(struct asking *a, struct question *q,
                          struct text name, const struct node *list)
{
    size_t count = node_count(list);
    struct text *values =
        ARENA_ARRAY(a->listing->arena, struct text, count + 1);

    if (!values) {
        a->full = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!scalar_text(a, node_item(list, i), &values[i])) {
            fault_value(a, q->label);
            return;
        }
    }
    q->raw = values;
    q->raw_count = count;
    q->listed = true;
    question_ask(a, q, name);
}

static void ask_json(struct asking *a, struct text name,
                     const struct node *value)
{
    char *label =
        arena_format(a->listing->arena, "filter.%.*s", TEXT_ARG(name));
    struct question q = { .label = label ? text_of(label) : name };
    struct text scalar;

    if (node_type(value) == NODE_NULL) {
        ask_json_null(a, &q, name);
    } else if (node_type(value) == NODE_LIST) {
        ask_json_list(a, &q, name, value);
    } else if (scalar_text(a, value, &scalar)) {
        q.raw = &scalar;
        q.raw_count = 1;
        question_ask(a, &q, name);
    } else {
        fault_value(a, q.label);
    }
}

static void ask_json_search(struct asking *a, const struct node *value)
{
    char *words;

    if (node_type(value) != NODE_TEXT) {
        fault_note(a->diag, TEXT("filter.q"), "wrong_type", "must be text");
        return;
    }
    words = arena_copy(a->listing->arena, node_text(value));
    if (words)
        asking_search(a, text_of(words));
    a->full |= words == NULL;
}

static void ask_members(struct asking *a, const struct node *object)
{
    struct member m = { 0 };

    if (node_type(object) != NODE_OBJECT) {
        asking_fault(a, ASKED_FILTER, "wrong_type", "must be a JSON object");
        return;
    }
    while (member_next(object, &m))
        if (text_is(m.name, asked_names[ASKED_Q]))
            ask_json_search(a, m.value);
        else
            ask_json(a, m.name, m.value);
}

void asking_filter(struct asking *a)
{
    CLEANUP(document_free) struct document *document = NULL;
    struct diag inner;

    diag_init(&inner, NULL);
    if (document_parse(a->given[ASKED_FILTER], &inner, &document) < 0)
        asking_fault(a, ASKED_FILTER, "malformed_json", "%s", inner.detail);
    else
        ask_members(a, document_root(document));
}
