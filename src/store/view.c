/* SPDX-License-Identifier: MIT */
#include "auth/mac.h"
#include "base/check.h"
#include "base/id.h"
#include "store/fault.h"
#include "store/view_impl.h"

#include <inttypes.h>

enum { DIGEST_BYTES = 8 }; /* of a body, in an entity tag */

void view_all(const struct resource *resource, struct view *ret_view)
{
    ret_view->resource = resource;
    ret_view->embeds = 0;
    selection_all(resource->shape, &ret_view->selection);
}

void view_select(struct view *view, struct text names, struct diag *diag)
{
    int r =
        selection_parse(view->resource->shape, names, diag, &view->selection);

    CHECK(r == 0 || r == -ERR_INVALID_PARAMETER); /* then it is noted */
}

static const struct embed *embeds_of(const struct resource *resource)
{
    static const struct embed none[] = { { 0 } };

    return resource->embeds ? resource->embeds : none;
}

static int embed_place(const struct resource *resource, struct text name)
{
    const struct embed *embeds = embeds_of(resource);

    for (int i = 0; embeds[i].name; i++)
        if (text_is(name, embeds[i].name))
            return i;
    return -1;
}

static void fault_embed(const struct resource *resource, struct diag *diag)
{
    struct fault_list names = { 0 };

    for (const struct embed *e = embeds_of(resource); e->name; e++)
        fault_list_add(&names, text_of(e->name));
    if (names.len == 0)
        diag_violation(diag, "embed", "not_allowed", "%s have nothing to embed",
                       resource->shape->name);
    else
        diag_violation(diag, "embed", "not_allowed", "must be among %s",
                       names.at);
}

void view_embed(struct view *view, struct text names, struct diag *diag)
{
    struct text name;

    while (text_cut(&names, ',', &name)) {
        int place = embed_place(view->resource, name);

        if (place < 0) {
            fault_embed(view->resource, diag);
            return;
        }
        view->embeds |= UINT32_C(1) << place;
    }
}

static const struct part {
    const char *name;
    void (*take)(struct view *view, struct text value, struct diag *diag);
} parts[] = {
    { "fields", view_select },
    { "embed", view_embed },
};

/* The number of parts when it is none. */
static size_t part_place(struct text name)
{
    size_t i = 0;

    while (i < ARRAY_LEN(parts) && !text_is(name, parts[i].name))
        i++;
    return i;
}

int view_parse(const struct resource *resource,
               const struct parameters *parameters, struct diag *diag,
               struct view *ret_view)
{
    unsigned seen = 0;

    view_all(resource, ret_view);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->items[i];
        size_t place = part_place(p->name);

        if (place == ARRAY_LEN(parts))
            fault_note(diag, p->name, "unknown_parameter",
                       "is not known here, where fields and embed are");
        else if (seen >> place & 1)
            fault_note(diag, p->name, "repeated", "may be given only once");
        else
            parts[place].take(ret_view, p->value, diag);
        seen |= 1U << place;
    }
    return diag_invalid(diag, ERR_INVALID_PARAMETER);
}

static void add_digest(struct text body, struct buffer *buffer)
{
    struct mac digest = mac_digest(body);
    char hex[2 * DIGEST_BYTES + 1];

    hex_format(digest.bytes, DIGEST_BYTES, hex);
    buffer_add_format(buffer, "-%s", hex);
}

void view_tag(const struct view *view, int64_t version, struct text body,
              struct buffer *buffer)
{
    buffer_add_int(buffer, version);
    if (!view_is_whole(view))
        buffer_add_format(buffer, "-%" PRIx64, view->selection.mask);
    if (view->embeds != 0)
        add_digest(body, buffer);
}
