/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "routes/answer.h"
#include "routes/batch.h"
#include "json/pointer.h"

/* --- what may be part of a batch ----------------------------------------- */

/* All they do they do by store_of(request), which is inside. */
static const struct kind {
    handler_fn *handler;
    bool has_body;
} kinds[] = {
    { object_create, true },   { object_replace, true }, { object_patch, true },
    { object_delete, false },  { action_create, true },  { link_put, false },
    { object_restore, false }, { link_delete, false },
};

static const struct kind *find_kind(const struct route *route)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].handler == route->handler)
            return &kinds[i];
    return NULL;
}

/* --- members ------------------------------------------------------------- */

/* An operation as it is written. */
struct written {
    const struct node *method, *path, *body, *if_match;
};

static const struct node **place_of(struct written *written, struct text name)
{
    const struct {
        const char *name;
        const struct node **at;
    } members[] = {
        { "method", &written->method },
        { "path", &written->path },
        { "body", &written->body },
        { "if_match", &written->if_match },
    };

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (text_is(name, members[i].name))
            return members[i].at;
    return NULL;
}

/* Of an operation of the batch; the name as it is, or "". */
static void fault(struct batch *batch, struct text name, const char *code,
                  const char *detail)
{
    struct pointer pointer = { 0 };

    pointer_add_place(&pointer, batch->at);
    if (name.len > 0)
        pointer_add_name(&pointer, name);
    diag_violation(&batch->request->diag, pointer.at, code, "%s", detail);
}

static void take_members(struct batch *batch, const struct node *node,
                         struct written *written)
{
    struct member member = { 0 };

    while (member_next(node, &member)) {
        const struct node **at = place_of(written, member.name);

        if (at)
            *at = member.value;
        else
            fault(batch, member.name, "unknown_field",
                  "is not known: method, path, body, if_match are");
    }
}

/* The text of a member that must be there. */
static bool take_text(struct batch *batch, const char *name,
                      const struct node *node, struct text *ret_text)
{
    if (!node)
        fault(batch, text_of(name), "required", "is required");
    else if (node_type(node) != NODE_TEXT)
        fault(batch, text_of(name), "wrong_type", "must be a text");
    else
        *ret_text = node_text(node);
    return node && node_type(node) == NODE_TEXT;
}

static bool take_method(struct batch *batch, const struct node *node,
                        enum method *ret_method)
{
    static const bool taken[METHOD_COUNT + 1] = {
        [METHOD_POST] = true,
        [METHOD_PUT] = true,
        [METHOD_PATCH] = true,
        [METHOD_DELETE] = true,
    };
    struct text name;

    if (!take_text(batch, "method", node, &name))
        return false;
    *ret_method = method_parse(name);
    if (!taken[*ret_method])
        fault(batch, TEXT("method"), "not_allowed",
              "must be one of POST, PUT, PATCH, DELETE");
    return taken[*ret_method];
}

/* --- the path ------------------------------------------------------------ */

/* Why there is no route for a path, in the words of a violation. */
static void fault_of_path(struct batch *batch, const struct request *request,
                          int r)
{
    const char *detail = "is no path";

    if (r == -ERR_METHOD_NOT_ALLOWED)
        detail = arena_format(
            &batch->request->arena, "is not taken by this path, which takes %s",
            route_allow(request->match.allowed, &batch->request->arena));
    if (r == -ERR_NOT_FOUND)
        detail = "names nothing";
    fault(batch, r == -ERR_METHOD_NOT_ALLOWED ? TEXT("method") : TEXT("path"),
          "not_allowed", detail ? detail : "is not allowed");
}

static const struct kind *find_route(struct batch *batch,
                                     struct operation *operation)
{
    const struct process *process = service_of(batch->request)->process;
    struct request *request = &operation->request;
    const struct kind *kind;
    int r;

    r = router_match(process->router, request->method, request->path,
                     &batch->request->arena, NULL, &request->match);
    if (r == 0)
        r = parameters_parse(request->query, &batch->request->arena, NULL,
                             &request->parameters);
    if (r < 0) {
        fault_of_path(batch, request, r);
        return NULL;
    }
    operation->match = request->match;
    kind = find_kind(request->match.route);
    if (!kind)
        fault(batch, TEXT("path"), "not_allowed", "cannot be part of a batch");
    return kind;
}

static bool take_path(struct batch *batch, struct operation *operation,
                      const struct node *node)
{
    struct request *request = &operation->request;

    if (!take_text(batch, "path", node, &request->target))
        return false;
    request->query = request->target;
    text_cut(&request->query, '?', &request->path);
    if (text_is_null(request->query))
        request->query = TEXT("");
    return true;
}

/* --- the rest ------------------------------------------------------------ */

static void add_header(struct operation *operation, const char *name,
                       struct text value)
{
    struct request *request = &operation->request;

    if (text_is_null(value))
        return;
    CHECK(request->header_count < ARRAY_LEN(operation->headers));
    operation->headers[request->header_count++] =
        (struct header){ text_of(name), value };
}

/* A list is no object to be merged: as a patch it is a JSON Patch. */
static struct text type_of_body(const struct operation *operation)
{
    if (!operation->body)
        return TEXT_NULL;
    if (operation->request.method == METHOD_PATCH &&
        node_type(operation->body) == NODE_LIST)
        return TEXT("application/json-patch+json");
    return TEXT("application/json");
}

/* An entity tag as in the header, or a version. */
static struct text take_if_match(struct batch *batch, const struct node *node)
{
    struct text tag = TEXT_NULL;

    if (!node)
        return tag;
    if (node_type(node) == NODE_INTEGER)
        tag = text_of(arena_format(&batch->request->arena, "\"%lld\"",
                                   (long long)node_integer(node)));
    else if (node_type(node) == NODE_TEXT)
        tag = node_text(node);
    else
        fault(batch, TEXT("if_match"), "wrong_type",
              "must be an entity tag or a version");
    return tag;
}

static void take_operation(struct batch *batch, struct operation *operation,
                           const struct written *written)
{
    struct request *request = &operation->request;
    const struct kind *kind = NULL;
    bool sound;

    sound = take_method(batch, written->method, &request->method);
    sound &= take_path(batch, operation, written->path);
    if (sound)
        kind = find_route(batch, operation);
    if (kind && kind->has_body && !written->body)
        fault(batch, TEXT("body"), "required", "is required");
    operation->body = written->body;
    add_header(operation, "If-Match", take_if_match(batch, written->if_match));
    add_header(operation, "Content-Type", type_of_body(operation));
}

/* --- the whole ----------------------------------------------------------- */

static void begin_operation(struct batch *batch, struct operation *operation)
{
    const struct request *whole = batch->request;
    struct request *request = &operation->request;

    request->headers = operation->headers;
    request->until = whole->until;
    request->began_ns = whole->began_ns;
    request->trace = whole->trace;
    request->service = whole->service;
    request->caller = whole->caller;
    memcpy(request->id, whole->id, sizeof(request->id));
    diag_init(&request->diag, &batch->request->arena);
}

void batch_read_operation(struct batch *batch, const struct node *node)
{
    struct operation *operation = &batch->operations[batch->at];
    struct written written = { 0 };

    begin_operation(batch, operation);
    if (node_type(node) != NODE_OBJECT) {
        fault(batch, TEXT(""), "wrong_type", "must be an operation");
        return;
    }
    take_members(batch, node, &written);
    take_operation(batch, operation, &written);
}
