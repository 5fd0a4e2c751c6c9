/* SPDX-License-Identifier: MIT */
/*
 * A byte whose lowest bit tells the kind, a patch, and behind a NUL maybe the
 * free object it is applied to. What is accepted must be fit for SQL; written,
 * it must be read again, and a merge patch must then find nothing to do.
 */
#include "../json/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 16 << 20 };

static void check_words(int r, const struct diag *diag)
{
    CHECK(r == -ERR_MALFORMED_JSON || r == -ERR_VALIDATION ||
          r == -ERR_TEST_FAILED || r == -ERR_CONTENT_TOO_LARGE);
    CHECK(r == diag->code && text_is_utf8(text_of(diag->detail)));
    CHECK((r == -ERR_VALIDATION) <= (diag->violation_count > 0));
    list_each (&diag->violations, struct violation, v, link) {
        CHECK(text_is_utf8(text_of(v->pointer)));
        CHECK(text_is_utf8(text_of(v->detail)));
    }
}

static void check_values(const struct values *values)
{
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

/* NULL when the patch is refused. */
static const struct values *apply(const struct record *record,
                                  enum patch_kind kind, struct text patch,
                                  struct arena *arena)
{
    CLEANUP(buffer_fini) struct buffer current = { .limit = LIMIT_BYTES };
    struct values *values = NULL;
    struct diag diag;
    int r;

    diag_init(&diag, arena);
    record_encode(record, &current);
    CHECK(!buffer_overflown(&current));
    r = patch_apply(&note_shape, buffer_text(&current), patch, kind, arena,
                    &diag, &values);
    CHECK((r == 0) == (values != NULL));
    if (r < 0)
        check_words(r, &diag);
    else
        check_values(values);
    return values;
}

static bool parses(struct text json)
{
    CLEANUP(document_free) struct document *document = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    return document_parse(json, &diag, &document) == 0 &&
           node_type(document_root(document)) == NODE_OBJECT;
}

/* By itself, and where it would be. */
static bool fits(struct text data)
{
    CLEANUP(buffer_fini) struct buffer body = { .limit = LIMIT_BYTES };

    buffer_add_string(&body, "{\"data\":");
    buffer_add_text(&body, data);
    buffer_add_byte(&body, '}');
    return parses(data) && parses(buffer_text(&body));
}

static void patch_twice(struct record *record, enum patch_kind kind,
                        struct text patch, struct arena *arena)
{
    const struct values *values = apply(record, kind, patch, arena);

    if (!values)
        return;
    record_update(record, values);
    values = apply(record, PATCH_MERGE,
                   kind == PATCH_MERGE ? patch : TEXT("{}"), arena);
    CHECK(values && values->count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum patch_kind kind =
        size && (data[0] & 1) ? PATCH_OPERATIONS : PATCH_MERGE;
    struct text rest = text_from(size ? (const char *)data : "", size);
    struct record record = record_first();
    struct text patch = TEXT("");
    struct arena arena;

    rest = text_skip(rest, 1);
    (void)text_cut(&rest, '\0', &patch);
    if (!text_is_null(rest) && fits(rest))
        record_set(&record, "data", rest);
    arena_init(&arena, LIMIT_BYTES);
    patch_twice(&record, kind, patch, &arena);
    arena_fini(&arena);
    return 0;
}
