/* SPDX-License-Identifier: MIT */
#include "routes/batch.h"

#include "json/encode.h"
#include "json/pointer.h"

#include <stdio.h>

enum { NAME_BYTES = 64 };

/* "$0.id": the member "id" of the result of operation 0 */
struct reference {
    int64_t place;
    char name[NAME_BYTES];
};

static bool is_name(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] != '_' && (t.at[i] < 'a' || t.at[i] > 'z'))
            return false;
    return t.len > 0 && t.len < NAME_BYTES;
}

static bool is_number(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
    return t.len > 0;
}

/* Any other text stands for itself. */
static bool reference_parse(struct text t, struct reference *ret_reference)
{
    struct text name = text_skip(t, 1), place;

    if (t.len == 0 || t.at[0] != '$')
        return false;
    text_cut(&name, '.', &place);
    if (!is_number(place) || text_is_null(name) || !is_name(name) ||
        !text_to_int64(place, &ret_reference->place))
        return false;
    memcpy(ret_reference->name, name.at, name.len);
    ret_reference->name[name.len] = '\0';
    return true;
}

/* NULL when no operation before this one has such a member in its result. */
static const struct node *find(struct batch *batch,
                               const struct reference *reference)
{
    struct operation *to;
    struct text body;
    struct diag why;

    if (reference->place >= batch->at)
        return NULL;
    to = &batch->operations[reference->place];
    body = text_skip(buffer_text(&batch->results), to->result_at);
    body.len = to->result_len;
    diag_init(&why, NULL);
    if (!to->result && document_parse(body, &why, &to->result) < 0)
        return NULL;
    return node_member(document_root(to->result), reference->name);
}

static void fault(struct operation *operation, const char *pointer,
                  struct text given)
{
    diag_violation(&operation->request.diag, pointer, "unknown_reference",
                   "%.*s is no member of the result of an operation before",
                   TEXT_ARG(given));
}

/* --- in the path --------------------------------------------------------- */

static struct text as_segment(const struct node *node, struct arena *arena)
{
    if (node && node_type(node) == NODE_TEXT)
        return node_text(node);
    if (node && node_type(node) == NODE_INTEGER)
        return text_of(
            arena_format(arena, "%lld", (long long)node_integer(node)));
    return TEXT_NULL;
}

int batch_refer_path(struct batch *batch, struct operation *operation)
{
    struct request *request = &operation->request;
    struct reference reference;
    char pointer[32];

    snprintf(pointer, sizeof(pointer), "/%u/path", batch->at);
    for (size_t i = 0; i < request->match.param_count; i++) {
        struct text *value = &request->match.params[i].value, given = *value;

        if (!reference_parse(given, &reference))
            continue;
        *value = as_segment(find(batch, &reference), &request->arena);
        if (text_is_null(*value))
            fault(operation, pointer, given);
    }
    return diag_invalid(&request->diag, ERR_VALIDATION);
}

/* --- in the body --------------------------------------------------------- */

struct rewriting {
    struct batch *batch;
    struct operation *operation;
    struct pointer pointer;
    struct buffer *out;
};

static void rewrite(struct rewriting *w, const struct node *node);

static void rewrite_list(struct rewriting *w, const struct node *list)
{
    size_t len = w->pointer.len;

    buffer_add_byte(w->out, '[');
    for (size_t i = 0; i < node_count(list); i++) {
        if (i > 0)
            buffer_add_byte(w->out, ',');
        pointer_add_place(&w->pointer, i);
        rewrite(w, node_item(list, i));
        pointer_cut(&w->pointer, len);
    }
    buffer_add_byte(w->out, ']');
}

static void rewrite_object(struct rewriting *w, const struct node *object)
{
    size_t len = w->pointer.len;
    struct member member = { 0 };
    bool first = true;

    buffer_add_byte(w->out, '{');
    while (member_next(object, &member)) {
        if (!first)
            buffer_add_byte(w->out, ',');
        first = false;
        encode_text(w->out, member.name);
        buffer_add_byte(w->out, ':');
        pointer_add_name(&w->pointer, member.name);
        rewrite(w, member.value);
        pointer_cut(&w->pointer, len);
    }
    buffer_add_byte(w->out, '}');
}

static void rewrite_text(struct rewriting *w, const struct node *node)
{
    struct reference reference;

    if (reference_parse(node_text(node), &reference)) {
        const struct node *found = find(w->batch, &reference);

        if (found)
            node = found;
        else
            fault(w->operation, w->pointer.at, node_text(node));
    }
    node_encode(node, w->out);
}

/* Documents are no deeper than DOCUMENT_DEPTH_MAX. */
static void rewrite(struct rewriting *w, const struct node *node)
{
    enum node_type type = node_type(node);

    if (type == NODE_LIST)
        rewrite_list(w, node);
    else if (type == NODE_OBJECT)
        rewrite_object(w, node);
    else if (type == NODE_TEXT)
        rewrite_text(w, node);
    else
        node_encode(node, w->out);
}

int batch_refer_body(struct batch *batch, struct operation *operation,
                     struct buffer *body)
{
    struct rewriting w = { batch, operation, { 0 }, body };
    struct diag *diag = &operation->request.diag;

    rewrite(&w, operation->body);
    if (buffer_overflown(body))
        return FAIL(diag, ERR_CONTENT_TOO_LARGE, "the body is too large");
    return diag_invalid(diag, ERR_VALIDATION);
}
