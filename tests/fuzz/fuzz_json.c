/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a body, in every mode. What is accepted must be fit for SQL,
 * what we write must be read again as the same, and our scan must never let
 * pass what the library behind it refuses.
 */
#include "../json/bills.h"

#include "base/check.h"
#include "json/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 1 << 22 };

static void check_values(const struct values *values, enum shape_mode mode)
{
    CHECK(mode == SHAPE_MERGE || values->count == 19);
    for (size_t i = 0; i < values->count; i++) {
        const struct value *v = &values->items[i];

        CHECK(!(v->field->flags & FIELD_READ_ONLY));
        if (text_is_null(v->text)) {
            CHECK(v->field->flags & FIELD_NULLABLE);
            continue;
        }
        CHECK(strlen(v->text.at) == v->text.len);
        CHECK(text_is_utf8(v->text));
    }
}

static void validate(struct text body, enum shape_mode mode)
{
    struct values *values = NULL;
    struct arena arena;
    struct diag diag;
    int r;

    arena_init(&arena, LIMIT_BYTES);
    diag_init(&diag, &arena);
    r = shape_read(&bill_shape, body, mode, &arena, &diag, &values);
    CHECK((r == 0) == (values != NULL));
    CHECK((r == 0) == (diag.code == 0 && diag.violation_count == 0));
    CHECK(text_is_utf8(text_of(diag.detail)));
    CHECK(!text_ends_with(text_of(diag.detail), "cannot be read"));
    list_each (&diag.violations, struct violation, v, link)
        CHECK(text_is_utf8(text_of(v->pointer)));
    if (r == 0)
        check_values(values, mode);
    arena_fini(&arena);
}

static int parse(struct text body, struct document **ret_document)
{
    struct diag diag;

    diag_init(&diag, NULL);
    return document_parse(body, &diag, ret_document);
}

static void print(const struct document *document, struct buffer *json)
{
    node_encode(document_root(document), json);
    CHECK(!buffer_overflown(json));
}

/* Written out and read again, a document is written out as the same. */
static void round_trip(struct text body)
{
    CLEANUP(document_free) struct document *first = NULL;
    CLEANUP(document_free) struct document *second = NULL;
    CLEANUP(buffer_fini) struct buffer once = { .limit = LIMIT_BYTES };
    CLEANUP(buffer_fini) struct buffer twice = { .limit = LIMIT_BYTES };

    if (parse(body, &first) < 0)
        return;
    print(first, &once);
    CHECK(parse(buffer_text(&once), &second) == 0);
    print(second, &twice);
    CHECK(text_equal(buffer_text(&once), buffer_text(&twice)));
}

/* Without its white space it is the same document, and has none any more. */
static void compact(struct text body)
{
    CLEANUP(document_free) struct document *first = NULL;
    CLEANUP(document_free) struct document *second = NULL;
    CLEANUP(buffer_fini) struct buffer once = { .limit = LIMIT_BYTES };
    CLEANUP(buffer_fini) struct buffer twice = { .limit = LIMIT_BYTES };
    CLEANUP(buffer_fini) struct buffer was = { .limit = LIMIT_BYTES };
    CLEANUP(buffer_fini) struct buffer is = { .limit = LIMIT_BYTES };

    if (parse(body, &first) < 0)
        return;
    encode_compact(&once, body);
    encode_compact(&twice, buffer_text(&once));
    CHECK(text_equal(buffer_text(&once), buffer_text(&twice)));
    CHECK(parse(buffer_text(&once), &second) == 0);
    print(first, &was);
    print(second, &is);
    CHECK(text_equal(buffer_text(&was), buffer_text(&is)));
}

/* Our own writer against the reader. */
static void write_text(struct text t)
{
    CLEANUP(document_free) struct document *document = NULL;
    CLEANUP(buffer_fini) struct buffer json = { .limit = LIMIT_BYTES };

    if (!text_is_utf8(t) || text_find(t, '\0') >= 0)
        return;
    encode_text(&json, t);
    CHECK(parse(buffer_text(&json), &document) == 0);
    CHECK(text_equal(node_text(document_root(document)), t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text body = text_from(size ? (const char *)data : "", size);

    validate(body, SHAPE_CREATE);
    validate(body, SHAPE_REPLACE);
    validate(body, SHAPE_MERGE);
    round_trip(body);
    compact(body);
    write_text(body);
    return 0;
}
