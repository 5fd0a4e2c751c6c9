/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include "base/check.h"
#include "base/memory.h"

struct bytes *bytes_adopt(char *at, size_t len)
{
    struct bytes *bytes = NEW(struct bytes);

    atomic_init(&bytes->refs, 1);
    bytes->at = at;
    bytes->len = len;
    return bytes;
}

struct bytes *bytes_copy(struct text t)
{
    struct bytes *bytes = memory_resize(NULL, sizeof(*bytes) + t.len + 1);

    *bytes = (struct bytes){ .inside = true,
                             .len = t.len,
                             .at = (char *)(bytes + 1) };
    atomic_init(&bytes->refs, 1);
    if (t.len > 0)
        memcpy(bytes->at, t.at, t.len);
    bytes->at[t.len] = '\0';
    return bytes;
}

void bytes_skip(struct bytes *copy, size_t front)
{
    CHECK(copy->inside && front <= copy->len && atomic_load(&copy->refs) == 1);
    copy->at += front;
    copy->len -= front;
}

size_t bytes_held(const struct bytes *bytes)
{
    if (bytes->whole)
        return sizeof(*bytes) + bytes_held(bytes->whole);
    return bytes->inside
               ? (size_t)(bytes->at + bytes->len + 1 - (const char *)bytes)
               : sizeof(*bytes) + bytes->len + 1;
}

struct bytes *bytes_ref(struct bytes *bytes)
{
    CHECK(atomic_fetch_add_explicit(&bytes->refs, 1, memory_order_relaxed));
    return bytes;
}

struct bytes *bytes_part(struct bytes *whole, struct text part)
{
    struct bytes *bytes;

    CHECK(part.at >= whole->at && part.at + part.len <= whole->at + whole->len);
    bytes = bytes_adopt((char *)(uintptr_t)part.at, part.len);
    bytes->whole = bytes_ref(whole);
    return bytes;
}

void bytes_unref(struct bytes **bytes)
{
    struct bytes *b = *bytes;

    *bytes = NULL;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) > 1)
        return;
    if (b->whole)
        bytes_unref(&b->whole);
    else if (!b->inside)
        memory_free(&b->at);
    memory_free(&b);
}
