/* SPDX-License-Identifier: MIT */
#include "store/cursor.h"

#include "base/check.h"

enum { FORM = 1, CURSOR_BYTES_MAX = 4096 };

enum value_form { VALUE_NULL, VALUE_WHOLE, VALUE_CUT };

/* The largest number of bytes, up to a limit, that ends with a code point. */
static size_t cut_length(struct text t, size_t limit)
{
    size_t len = 0, step;

    while ((step = text_sequence(text_skip(t, len))) > 0 && len + step <= limit)
        len += step;
    return len;
}

void cursor_set(struct cursor *cursor, unsigned place, struct text value,
                bool may_cut)
{
    bool cut = may_cut && value.len > CURSOR_TEXT_MAX;

    CHECK(place < ARRAY_LEN(cursor->values));
    if (cut)
        value.len = cut_length(value, CURSOR_TEXT_MAX);
    cursor->values[place].text = value;
    cursor->values[place].cut = cut;
}

/* --- writing ---------------------------------------------------------------
 */

static void add_bytes(struct buffer *out, const void *at, size_t len)
{
    buffer_add(out, at, len);
}

static void add_value(struct buffer *out, struct text value, bool cut)
{
    uint16_t len = (uint16_t)value.len;

    CHECK(value.len <= UINT16_MAX);
    if (text_is_null(value)) {
        buffer_add_byte(out, VALUE_NULL);
        return;
    }
    buffer_add_byte(out, cut ? VALUE_CUT : VALUE_WHOLE);
    add_bytes(out, &len, sizeof(len));
    buffer_add_text(out, value);
}

/* All instances of the service run on machines of one byte order. */
static void add_cursor(struct buffer *out, const struct cursor *cursor,
                       uint64_t query)
{
    buffer_add_byte(out, FORM);
    buffer_add_byte(out, cursor->backward);
    add_bytes(out, &query, sizeof(query));
    add_bytes(out, &cursor->position, sizeof(cursor->position));
    buffer_add_byte(out, (char)cursor->count);
    for (unsigned i = 0; i < cursor->count; i++)
        add_value(out, cursor->values[i].text, cursor->values[i].cut);
}

int cursor_seal(const struct cursor *cursor, const struct mac_key *key,
                uint64_t query, struct arena *arena, struct text *ret_text)
{
    CLEANUP(buffer_fini) struct buffer plain = { 0 }, sealed = { 0 };
    char *copy;

    buffer_init(&plain, CURSOR_BYTES_MAX);
    buffer_init(&sealed, 2 * CURSOR_BYTES_MAX);
    add_cursor(&plain, cursor, query);
    CHECK(!buffer_overflown(&plain));
    mac_seal(key, buffer_text(&plain), &sealed);
    copy = arena_copy(arena, buffer_text(&sealed));
    if (!copy)
        return -ERR_TOO_LARGE;
    *ret_text = text_from(copy, sealed.len);
    return 0;
}

/* --- reading ---------------------------------------------------------------
 */

static bool take(struct text *from, void *ret_at, size_t len)
{
    if (from->len < len)
        return false;
    memcpy(ret_at, from->at, len);
    *from = text_skip(*from, len);
    return true;
}

static bool take_value(struct text *from, struct cursor *cursor, unsigned place)
{
    unsigned char form;
    uint16_t len;

    if (!take(from, &form, sizeof(form)))
        return false;
    if (form == VALUE_NULL)
        return true;
    if (!take(from, &len, sizeof(len)) || from->len < len)
        return false;
    cursor->values[place].text = text_from(from->at, len);
    cursor->values[place].cut = form == VALUE_CUT;
    *from = text_skip(*from, len);
    return true;
}

static bool take_cursor(struct text from, uint64_t *ret_query,
                        struct cursor *ret)
{
    unsigned char form, backward, count;

    *ret = (struct cursor){ 0 };
    if (!take(&from, &form, sizeof(form)) || form != FORM ||
        !take(&from, &backward, sizeof(backward)) ||
        !take(&from, ret_query, sizeof(*ret_query)) ||
        !take(&from, &ret->position, sizeof(ret->position)) ||
        !take(&from, &count, sizeof(count)) || count > LISTING_KEYS_MAX)
        return false;
    ret->backward = backward;
    ret->count = count;
    for (unsigned i = 0; i < count; i++)
        if (!take_value(&from, ret, i))
            return false;
    return from.len == 0;
}

int cursor_open(struct text text, const struct mac_key *key, uint64_t query,
                struct arena *arena, struct diag *diag,
                struct cursor *ret_cursor)
{
    struct text plain;
    uint64_t its_query;

    if (!mac_open(key, text, arena, &plain) ||
        !take_cursor(plain, &its_query, ret_cursor))
        return FAIL(diag, ERR_INVALID_CURSOR,
                    "the cursor is not one that this service gave out");
    if (its_query != query)
        return FAIL(diag, ERR_CURSOR_MISMATCH,
                    "the cursor belongs to another filter or order");
    return 0;
}
