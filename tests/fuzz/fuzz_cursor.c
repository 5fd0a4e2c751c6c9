/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a cursor's text, which is never one of ours; as what a sealed
 * one holds, which comes back as it was; and as a change of a sealed one, which
 * is none any more.
 */
#include "base/check.h"
#include "store/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 1 << 20, LINK_BYTES_MAX = 4096, QUERY = 7 };

static struct mac_key key, other_key;

static int open_it(struct text text, uint64_t query, struct arena *arena,
                   struct cursor *ret_cursor)
{
    return cursor_open(text, &key, query, arena, NULL, ret_cursor);
}

static void expect_none(struct text text, struct arena *arena)
{
    struct cursor cursor;

    CHECK(open_it(text, QUERY, arena, &cursor) == -ERR_INVALID_CURSOR);
}

/* --- made of the bytes --------------------------------------------------- */

static unsigned take_byte(struct text *from)
{
    unsigned byte = from->len ? (unsigned char)from->at[0] : 0;

    *from = text_skip(*from, 1);
    return byte;
}

/* Values that a row may have: null, or UTF-8 of any length. */
static struct cursor make(struct text from)
{
    unsigned head = take_byte(&from);
    struct cursor cursor = { .backward = head & 1,
                             .position = (int64_t)((uint64_t)take_byte(&from)
                                                   << (head >> 2)),
                             .count = 1 + take_byte(&from) % LISTING_KEYS_MAX };

    for (unsigned i = 0; i < cursor.count; i++) {
        unsigned len = take_byte(&from);
        struct text value = text_from(from.at, len < from.len ? len : from.len);

        from = text_skip(from, value.len);
        if (len == 255 || !text_is_utf8(value))
            value = TEXT_NULL;
        cursor_set(&cursor, i, value, true);
    }
    return cursor;
}

static void check_same(const struct cursor *a, const struct cursor *b)
{
    CHECK(a->backward == b->backward && a->position == b->position);
    CHECK(a->count == b->count);
    for (unsigned i = 0; i < a->count; i++) {
        struct text one = a->values[i].text, other = b->values[i].text;

        CHECK(text_is_null(one) == text_is_null(other));
        CHECK(text_equal(one, other));
        CHECK(a->values[i].cut == b->values[i].cut);
    }
}

static struct text seal(const struct cursor *cursor, uint64_t query,
                        struct arena *arena)
{
    struct text text;

    CHECK(cursor_seal(cursor, &key, query, arena, &text) == 0);
    CHECK(text.len < LINK_BYTES_MAX);
    for (size_t i = 0; i < text.len; i++)
        CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                     "0123456789-_",
                     text.at[i]));
    return text;
}

static struct text there_and_back(struct text data, struct arena *arena)
{
    struct cursor before = make(data), after;
    struct text text = seal(&before, QUERY, arena);

    CHECK(open_it(text, QUERY, arena, &after) == 0);
    check_same(&before, &after);
    CHECK(text_equal(seal(&after, QUERY, arena), text));
    CHECK(open_it(text, QUERY + 1, arena, &after) == -ERR_CURSOR_MISMATCH);
    CHECK(cursor_open(text, &other_key, QUERY, arena, NULL, &after) ==
          -ERR_INVALID_CURSOR);
    return text;
}

/* --- changed ------------------------------------------------------------- */

/* One byte set, cut off behind it, or one put in, as the data say. */
static void change(struct text data, struct text sealed, struct arena *arena)
{
    char *copy = arena_copy(arena, sealed);
    size_t at = (take_byte(&data) << 8 | take_byte(&data)) % sealed.len;
    char byte = (char)take_byte(&data);

    CHECK(copy != NULL);
    if (copy[at] != byte) {
        copy[at] = byte;
        expect_none(text_from(copy, sealed.len), arena);
        copy[at] = sealed.at[at];
    }
    expect_none(text_from(copy, at), arena);
    memmove(copy + at + 1, copy + at, sealed.len - at);
    copy[at] = byte;
    expect_none(text_from(copy, sealed.len + 1), arena);
}

/* --- what only our key could have made ----------------------------------- */

/* Of an older or a younger service: whatever opens is sound. */
static void open_payload(struct text payload, struct arena *arena)
{
    CLEANUP(buffer_fini) struct buffer sealed = { .limit = LIMIT_BYTES };
    struct cursor once, twice;
    uint64_t query = QUERY;

    if (payload.len >= 2 + sizeof(query))
        memcpy(&query, payload.at + 2, sizeof(query));
    mac_seal(&key, payload, &sealed);
    if (open_it(buffer_text(&sealed), query, arena, &once) < 0)
        return;
    CHECK(once.count <= LISTING_KEYS_MAX);
    CHECK(open_it(seal(&once, query, arena), query, arena, &twice) == 0);
    check_same(&once, &twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = text_from(size ? (const char *)data : "", size);
    struct arena arena;

    key = mac_key_derive(TEXT("of the fuzzer"), "cursor");
    other_key = mac_key_derive(TEXT("of the fuzzer"), "token");
    arena_init(&arena, LIMIT_BYTES);
    expect_none(text, &arena);
    change(text, there_and_back(text, &arena), &arena);
    if (size < 2048)
        open_payload(text, &arena);
    arena_fini(&arena);
    return 0;
}
