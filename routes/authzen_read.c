/* SPDX-License-Identifier: MIT */
/* AuthZEN § 5, 6: from a body to a question. */
#include "routes/authzen.h"

int authzen_read_body(struct request *request, struct document **ret_document)
{
    struct text body;
    int r = request_body(request, CONTENT_JSON, &body);

    if (r == 0)
        r = document_parse(body, &request->diag, ret_document);
    if (r == -ERR_UNSUPPORTED_MEDIA_TYPE || r == -ERR_VALIDATION)
        r = -ERR_BAD_REQUEST; /* § 10.1: there is nothing else */
    if (r < 0)
        return r;
    if (node_type(document_root(*ret_document)) != NODE_OBJECT)
        return REQUEST_FAIL(request, ERR_BAD_REQUEST,
                            "the body must be an object");
    return 0;
}

/* --- questions ------------------------------------------------------------ */

struct reading {
    const struct node *item, *defaults;
    struct arena *arena;
    const char *fault; /* the first one */
};

static void complain(struct reading *reading, const char *name,
                     const char *member, const char *what)
{
    const char *dot = member ? "." : "";

    if (reading->fault)
        return;
    reading->fault = arena_format(reading->arena, "%s%s%s %s", name, dot,
                                  member ? member : "", what);
    if (!reading->fault)
        reading->fault = "the question is too large";
}

/* NULL when it is nowhere. */
static const struct node *find(struct reading *reading, const char *name,
                               bool is_needed)
{
    const struct node *node = node_member(reading->item, name);

    if (!node && reading->defaults)
        node = node_member(reading->defaults, name);
    if (!node && is_needed)
        complain(reading, name, NULL, "is missing");
    if (node && node_type(node) != NODE_OBJECT) {
        complain(reading, name, NULL, "must be an object");
        return NULL;
    }
    return node;
}

static struct text read_text(struct reading *reading, const struct node *of,
                             const char *name, const char *member,
                             bool is_needed)
{
    const struct node *node = of ? node_member(of, member) : NULL;

    if (!of || !(node || is_needed))
        return TEXT_NULL;
    if (!node)
        complain(reading, name, member, "is missing");
    else if (node_type(node) != NODE_TEXT)
        complain(reading, name, member, "must be a string");
    else if (node_text(node).len == 0)
        complain(reading, name, member, "must not be empty");
    else
        return node_text(node);
    return TEXT_NULL;
}

/* Members of another type than text tell us nothing. */
static struct text read_owner(struct reading *reading,
                              const struct node *resource)
{
    static const char *const names[] = { "owner_id", "ownerID" };
    const struct node *properties =
        resource ? node_member(resource, "properties") : NULL;

    if (properties && node_type(properties) != NODE_OBJECT)
        complain(reading, "resource", "properties", "must be an object");
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        const struct node *node =
            properties ? node_member(properties, names[i]) : NULL;

        if (node && node_type(node) == NODE_TEXT)
            return node_text(node);
    }
    return TEXT_NULL;
}

static bool read_wish(struct reading *reading)
{
    const struct node *context = find(reading, "context", false);
    const struct node *reason = context ? node_member(context, "reason") : NULL;

    return reason && node_type(reason) == NODE_BOOLEAN && node_boolean(reason);
}

const char *question_read(const struct node *item, const struct node *defaults,
                          unsigned asks, struct arena *arena,
                          struct question *q)
{
    struct reading reading = { item, defaults, arena, NULL };
    const struct node *subject, *action, *resource;

    *q = (struct question){ 0 };
    if (node_type(item) != NODE_OBJECT)
        return "an evaluation must be an object";
    subject = find(&reading, "subject", true);
    action = find(&reading, "action", asks & ASKS_ACTION);
    resource = find(&reading, "resource", true);
    q->subject_type = read_text(&reading, subject, "subject", "type", true);
    if (asks & ASKS_SUBJECT)
        q->subject_id = read_text(&reading, subject, "subject", "id", true);
    if (asks & ASKS_ACTION)
        q->action = read_text(&reading, action, "action", "name", true);
    q->type = read_text(&reading, resource, "resource", "type", true);
    if (asks & ASKS_RESOURCE)
        q->id = read_text(&reading, resource, "resource", "id", true);
    q->owner = read_owner(&reading, resource);
    q->wants_reason = read_wish(&reading);
    return reading.fault;
}
