/* SPDX-License-Identifier: MIT */
/* What hangs on one object: the row's subject says which relation it is. */
#include "routes/answer.h"
#include "routes/window.h"
#include "store/relation.h"

static const struct relation *relation_of(const struct request *request)
{
    return request->match.route->subject;
}

/* GET /v1/{resource}/{id}/{relation} */
int link_list(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    const struct relation *relation = relation_of(request);
    struct store store = store_of(request);
    struct relation_page page;
    struct window window;
    struct uuid id;
    int r;

    r = request_uuid(request, "id", &id);
    if (r < 0)
        return r;
    r = window_parse(&request->parameters, page_limit_max(request),
                     &request->diag, &window);
    if (r < 0)
        return r;
    buffer_init(&body, OBJECT_BYTES_MAX);
    r = relation_list(&store, relation, id, &window, request->until, &body,
                      &page, &request->diag);
    if (r < 0)
        return r;
    r = add_window_headers(request, reply, relation_shape(relation)->name,
                           &window, &page);
    return r < 0 ? r : reply_take(reply, CONTENT_JSON, &body);
}

/* A link to be put or dropped, as the request asks for it. */
struct link_wish {
    struct uuid id, other; /* whatever the second is called in the path */
    struct preferences preferences;
};

static int parse_wish(struct request *request, struct link_wish *ret_wish)
{
    const struct relation *relation = relation_of(request);
    int r = request_uuid(request, "id", &ret_wish->id);

    if (r < 0)
        return r;
    if (!uuid_parse(request->match.params[1].value, &ret_wish->other))
        return REQUEST_FAIL(request, ERR_NOT_FOUND, "no %s has this id",
                            relation_shape(relation)->singular);
    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    return preferences_parse(request, PREFER_RETURN, &ret_wish->preferences);
}

/* No body says as much as an empty object. */
static int read_extra(struct request *request, struct values **ret_extra)
{
    struct text given = TEXT("{}");
    int r = 0;

    if (request->body.len > 0)
        r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    return shape_read(relation_extra(relation_of(request)), given, SHAPE_CREATE,
                      &request->arena, &request->diag, ret_extra);
}

/* The route's path with both ids; the one asked for may refer to results. */
static int add_place(struct request *request, struct reply *reply,
                     const struct link_wish *wish)
{
    struct text rest = text_of(request->match.route->path), head, name;
    char id[UUID_TEXT_BYTES];
    const char *collection;

    uuid_format(wish->id, id);
    text_cut(&rest, '{', &head);
    text_cut(&rest, '/', &name);
    text_cut(&rest, '/', &name);
    collection = arena_format(&request->arena, "%.*s%s/%.*s", TEXT_ARG(head),
                              id, TEXT_ARG(name));
    if (!collection)
        return request_no_room(request);
    return add_location(request, reply, collection, wish->other);
}

static int answer_put(struct request *request, struct reply *reply,
                      const struct link_wish *wish, bool made,
                      struct buffer *body)
{
    int r = made ? add_place(request, reply, wish) : 0;

    if (r < 0)
        return r;
    return answer_preferred(reply, made ? 201 : 200, &wish->preferences, body);
}

/* PUT /v1/{resource}/{id}/{relation}/{other}: the same again changes nothing */
int link_put(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct link_wish wish;
    bool made;
    struct values *extra;
    int r;

    r = parse_wish(request, &wish);
    if (r < 0)
        return r;
    r = read_extra(request, &extra);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = relation_put(&store, relation_of(request), wish.id, wish.other, extra,
                     request->until, &body, &made, &request->diag);
    if (r < 0)
        return r;
    return answer_put(request, reply, &wish, made, &body);
}

/* DELETE /v1/{resource}/{id}/{relation}/{other} */
int link_delete(struct request *request, struct reply *reply)
{
    struct store store = store_of(request);
    struct link_wish wish;
    int r;

    r = parse_wish(request, &wish);
    if (r < 0)
        return r;
    r = relation_drop(&store, relation_of(request), wish.id, wish.other,
                      request->until, &request->diag);
    if (r < 0)
        return r;
    return answer_deleted(reply, &wish.preferences, wish.other);
}
