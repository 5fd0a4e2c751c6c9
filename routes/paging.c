/* SPDX-License-Identifier: MIT */
#include "routes/paging.h"

/* What libmicrohttpd's connection memory leaves for it, with room to spare. */
enum { LINK_BYTES_MAX = 4096 };

/* --- Link ---------------------------------------------------------------- */

static bool is_paging(struct text piece)
{
    static const char *const names[] = { "cursor", "offset", "limit",
                                         "_start", "_end",   "range" };
    struct text value = piece, name;

    text_cut(&value, '=', &name);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (text_is(name, names[i]))
            return true;
    return false;
}

/* The request's own query without its place, "…&limit=25". */
static void add_target(struct buffer *out, const struct request *request,
                       const struct listing *listing)
{
    struct text rest = request->query, piece;

    buffer_add_byte(out, '<');
    buffer_add_text(out, request->path);
    buffer_add_byte(out, '?');
    while (text_cut(&rest, '&', &piece)) {
        if (piece.len == 0 || is_paging(piece))
            continue;
        buffer_add_text(out, piece);
        buffer_add_byte(out, '&');
    }
    buffer_add_format(out, "limit=%u", listing_limit(listing));
}

static void end_link(struct buffer *out, const char *relation)
{
    buffer_add_format(out, ">; rel=\"%s\"", relation);
}

static void link_cursor(struct buffer *out, const struct request *request,
                        const struct listing *listing, struct text cursor,
                        const char *relation)
{
    if (out->len > 0)
        buffer_add_string(out, ", ");
    add_target(out, request, listing);
    if (!text_is_null(cursor)) {
        buffer_add_string(out, "&cursor=");
        buffer_add_text(out, cursor);
    }
    end_link(out, relation);
}

static void link_position(struct buffer *out, const struct request *request,
                          const struct listing *listing, int64_t offset,
                          const char *relation)
{
    if (out->len > 0)
        buffer_add_string(out, ", ");
    add_target(out, request, listing);
    buffer_add_format(out, "&offset=%lld",
                      (long long)(offset > 0 ? offset : 0));
    end_link(out, relation);
}

static void link_neighbours(struct buffer *out, const struct request *request,
                            const struct listing *listing,
                            const struct page *page)
{
    bool by_position = listing_is_by_position(listing);
    int64_t limit = listing_limit(listing);

    if (page->has_next && by_position)
        link_position(out, request, listing, page->first + limit, "next");
    else if (page->has_next)
        link_cursor(out, request, listing, page->next, "next");
    if (page->has_prev && by_position)
        link_position(out, request, listing, page->first - limit, "prev");
    else if (page->has_prev)
        link_cursor(out, request, listing, page->prev, "prev");
}

static void link_first(struct buffer *out, const struct request *request,
                       const struct listing *listing)
{
    if (listing_is_by_position(listing))
        link_position(out, request, listing, 0, "first");
    else
        link_cursor(out, request, listing, TEXT_NULL, "first");
}

/*
 * A page without `next` looks like the last one, so a query that leaves no room
 * for it is refused; `first` is left out, for who asks knows it.
 */
static int add_links(struct request *request, struct reply *reply,
                     const struct listing *listing, const struct page *page)
{
    CLEANUP(buffer_fini) struct buffer links = { 0 };
    const char *value;
    bool refused;
    size_t len;

    buffer_init(&links, LINK_BYTES_MAX);
    link_neighbours(&links, request, listing, page);
    refused = buffer_overflown(&links);
    len = links.len;
    link_first(&links, request, listing);
    if (!buffer_overflown(&links))
        len = links.len;
    value = arena_copy(&request->arena, text_from(buffer_text(&links).at, len));
    if (refused || !value)
        return REQUEST_FAIL(request, ERR_URI_TOO_LONG,
                            "the query is too long to be paged through");
    if (len > 0)
        reply_header(reply, "Link", value);
    return 0;
}

/* --- totals -------------------------------------------------------------- */

static void add_total(struct request *request, struct reply *reply,
                      const struct listing *listing, const struct page *page)
{
    const char *name = listing_resource(listing)->shape->name;
    const char *total, *range;
    long long first = page->first, sum = page->total;

    if (page->total == TOTAL_NONE)
        return;
    total = arena_format(&request->arena, "%lld", sum);
    if (page->count == 0)
        range = arena_format(&request->arena, "%s */%lld", name, sum);
    else
        range = arena_format(&request->arena, "%s %lld-%lld/%lld", name, first,
                             first + page->count - 1, sum);
    if (!total || !range)
        return;
    reply_header(reply, "X-Total-Count", total);
    reply_header(reply, "Content-Range", range);
}

int add_page_headers(struct request *request, struct reply *reply,
                     const struct listing *listing, const struct page *page)
{
    int r = add_links(request, reply, listing, page);

    if (r == 0)
        add_total(request, reply, listing, page);
    return r;
}
