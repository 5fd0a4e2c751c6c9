/* SPDX-License-Identifier: MIT */
#include "routes/window.h"

enum { LINK_BYTES_MAX = 4096 };

static void link_to(struct buffer *out, const struct request *request,
                    const struct window *window, int64_t offset,
                    const char *relation)
{
    if (out->len > 0)
        buffer_add_string(out, ", ");
    buffer_add_byte(out, '<');
    buffer_add_text(out, request->path);
    buffer_add_format(out, "?limit=%u&offset=%lld>; rel=\"%s\"", window->page,
                      (long long)(offset > 0 ? offset : 0), relation);
}

static void add_links(struct buffer *out, const struct request *request,
                      const struct window *window,
                      const struct relation_page *page)
{
    int64_t end = window->offset + page->count;

    if (page->count > 0 && end < page->total)
        link_to(out, request, window, end, "next");
    if (window->offset > 0)
        link_to(out, request, window, window->offset - (int64_t)window->page,
                "prev");
    if (out->len > 0)
        link_to(out, request, window, 0, "first");
}

static const char *range_of(struct arena *arena, const char *unit,
                            const struct window *window,
                            const struct relation_page *page)
{
    long long first = window->offset, total = page->total;

    if (page->count == 0)
        return arena_format(arena, "%s */%lld", unit, total);
    return arena_format(arena, "%s %lld-%lld/%lld", unit, first,
                        first + page->count - 1, total);
}

int add_window_headers(struct request *request, struct reply *reply,
                       const char *unit, const struct window *window,
                       const struct relation_page *page)
{
    CLEANUP(buffer_fini) struct buffer links = { 0 };
    struct arena *arena = &request->arena;
    const char *total, *range, *link;

    buffer_init(&links, LINK_BYTES_MAX);
    add_links(&links, request, window, page);
    total = arena_format(arena, "%lld", (long long)page->total);
    range = range_of(arena, unit, window, page);
    link = arena_copy(arena, buffer_text(&links));
    if (!total || !range || !link || buffer_overflown(&links))
        return request_no_room(request);
    reply_header(reply, "X-Total-Count", total);
    reply_header(reply, "Content-Range", range);
    if (links.len > 0)
        reply_header(reply, "Link", link);
    return 0;
}
