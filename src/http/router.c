/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"
#include "http/percent.h"

struct node {
    struct text segment; /* of the row's path; "{name}" for a parameter */
    struct node *first_child, *next_sibling;
    const struct route *routes[METHOD_COUNT];
    unsigned allowed;
};

struct router {
    struct node root;
    const struct route *routes;
    size_t count;
};

static bool is_param(struct text segment)
{
    return segment.len > 2 && segment.at[0] == '{';
}

static struct text param_name(struct text segment)
{
    return text_from(segment.at + 1, segment.len - 2);
}

static struct node *child_for(struct node *parent, struct text segment)
{
    struct node **at = &parent->first_child;

    for (; *at; at = &(*at)->next_sibling)
        if (text_equal((*at)->segment, segment) ||
            (is_param((*at)->segment) && is_param(segment)))
            return *at;
    *at = NEW(struct node);
    (*at)->segment = segment;
    return *at;
}

static void add(struct router *router, const struct route *route)
{
    struct text rest = text_skip(text_of(route->path), 1), segment;
    struct node *node = &router->root;

    CHECK(route->path[0] == '/');
    while (text_cut(&rest, '/', &segment))
        node = child_for(node, segment);
    CHECK(node->routes[route->method] == NULL);
    node->routes[route->method] = route;
    node->allowed |= 1u << route->method | 1u << METHOD_OPTIONS;
    if (route->method == METHOD_GET) {
        node->routes[METHOD_HEAD] = route;
        node->allowed |= 1u << METHOD_HEAD;
    }
}

struct router *router_new(const struct route *routes, size_t count)
{
    struct router *router = NEW(struct router);

    router->routes = routes;
    router->count = count;
    for (size_t i = 0; i < count; i++)
        add(router, &routes[i]);
    return router;
}

const struct route *router_routes(const struct router *router,
                                  size_t *ret_count)
{
    *ret_count = router->count;
    return router->routes;
}

static void free_children(struct node *node)
{
    struct node *child = node->first_child;

    while (child) {
        struct node *next = child->next_sibling;

        free_children(child);
        memory_free(&child);
        child = next;
    }
}

void router_free(struct router **router)
{
    if (!*router)
        return;
    free_children(&(*router)->root);
    memory_free(router);
}

/* The child a segment leads to: a literal one, or else the parameter. */
static const struct node *step(const struct node *node, struct text segment)
{
    const struct node *param = NULL;

    for (const struct node *c = node->first_child; c; c = c->next_sibling) {
        if (is_param(c->segment))
            param = c;
        else if (text_equal(c->segment, segment))
            return c;
    }
    return segment.len > 0 ? param : NULL;
}

static int walk(const struct node **node, struct text path, struct arena *arena,
                struct diag *diag, struct route_match *match)
{
    struct text rest = text_skip(path, 1), raw, segment;

    while (text_cut(&rest, '/', &raw)) {
        int r = percent_decode(raw, false, arena, &segment);

        if (r < 0)
            return FAIL(diag, -r, "the path is not valid percent-encoded text");
        *node = step(*node, segment);
        if (!*node)
            return FAIL(diag, ERR_NOT_FOUND, "there is nothing at this path");
        if (is_param((*node)->segment)) {
            CHECK(match->param_count < ROUTE_PARAMS_MAX);
            match->params[match->param_count].name =
                param_name((*node)->segment);
            match->params[match->param_count++].value = segment;
        }
    }
    return 0;
}

int router_match(const struct router *router, enum method method,
                 struct text path, struct arena *arena, struct diag *diag,
                 struct route_match *ret_match)
{
    const struct node *node = &router->root;
    int r;

    *ret_match = (struct route_match){ 0 };
    if (path.len == 0 || path.at[0] != '/')
        return FAIL(diag, ERR_NOT_FOUND, "there is nothing at this path");
    r = walk(&node, path, arena, diag, ret_match);
    if (r < 0)
        return r;
    if (node->allowed == 0)
        return FAIL(diag, ERR_NOT_FOUND, "there is nothing at this path");
    ret_match->allowed = node->allowed;
    ret_match->route = node->routes[method];
    if (!ret_match->route)
        return FAIL(diag, ERR_METHOD_NOT_ALLOWED, "this path allows %s",
                    route_allow(node->allowed, arena));
    return 0;
}

bool router_streams_body(const struct router *router, enum method method,
                         struct text path, struct arena *arena)
{
    struct route_match match;

    return router_match(router, method, path, arena, NULL, &match) == 0 &&
           match.route->streams_body;
}

const char *route_allow(unsigned allowed, struct arena *arena)
{
    const char *list = "";

    for (enum method m = 0; m < METHOD_COUNT; m++)
        if (allowed & 1u << m)
            list = arena_format(arena, "%s%s%s", list ? list : "",
                                list && *list ? ", " : "", method_name(m));
    return list ? list : "";
}
