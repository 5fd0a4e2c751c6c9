/* SPDX-License-Identifier: MIT */
/* Random places in a list, sealed, opened, and changed on the way. */
#include "base/check.h"
#include "store/cursor.h"
#include "support/property.h"

enum { CASES = 3000, QUERY = 7 };

static struct arena arena;
static struct mac_key key;

static void tear_down(void)
{
    arena_fini(&arena);
}

TestSuite(cursor_property, .fini = tear_down);

static struct cursor new_case(unsigned size)
{
    struct cursor cursor = { .backward = any(2),
                             .position = (int64_t)any(1 << 20) << any(40),
                             .count = 1 + any(1 + size * 2) };

    arena_fini(&arena);
    arena_init(&arena, 1 << 20);
    key = mac_key_derive(TEXT("of the tests"), "cursor");
    for (unsigned i = 0; i < cursor.count; i++)
        cursor_set(&cursor, i,
                   any(4) == 3 ? TEXT_NULL : text_of(any_text(4 << size * 2)),
                   any(2));
    return cursor;
}

static const char *shown(const struct cursor *cursor)
{
    const char *all = cursor->backward ? "before" : "behind";

    for (unsigned i = 0; i < cursor->count && all; i++)
        all = text_is_null(cursor->values[i].text)
                  ? arena_format(&cases, "%s, null", all)
                  : arena_format(&cases, "%s, '%.*s'%s", all,
                                 TEXT_ARG(cursor->values[i].text),
                                 cursor->values[i].cut ? "…" : "");
    return all ? all : "";
}

static struct text seal(const struct cursor *cursor)
{
    struct text sealed = TEXT_NULL;

    cr_assert_eq(cursor_seal(cursor, &key, QUERY, &arena, &sealed), 0);
    return sealed;
}

static bool is_same(const struct cursor *a, const struct cursor *b)
{
    if (a->backward != b->backward || a->position != b->position ||
        a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (text_is_null(a->values[i].text) !=
                text_is_null(b->values[i].text) ||
            !text_equal(a->values[i].text, b->values[i].text) ||
            a->values[i].cut != b->values[i].cut)
            return false;
    return true;
}

static const char *check_opening(unsigned size)
{
    struct cursor before = new_case(size), after;
    struct text sealed = seal(&before);

    if (cursor_open(sealed, &key, QUERY, &arena, NULL, &after) < 0 ||
        !is_same(&before, &after))
        return FAILS("%s does not come back", shown(&before));
    if (cursor_open(sealed, &key, any(QUERY), &arena, NULL, &after) !=
        -ERR_CURSOR_MISMATCH)
        return FAILS("%s is of another query", shown(&before));
    return NULL;
}

Test(cursor_property, what_was_sealed_opens_for_its_query)
{
    for_all(CASES, check_opening);
}

/* One byte becomes another, goes, or comes; NULL when it is the same again. */
static const char *changed(struct text sealed)
{
    static const char bytes[] = "A_-z09=+/ \n";
    char *copy = arena_format(&cases, "%.*s ", TEXT_ARG(sealed));
    size_t at = any((unsigned)sealed.len);
    char byte = bytes[any(sizeof(bytes) - 1)];

    cr_assert_not_null(copy);
    switch (any(3)) {
    case 0:
        memmove(copy + at, copy + at + 1, sealed.len - at);
        copy[sealed.len - 1] = '\0';
        break;
    case 1:
        copy[sealed.len] = '\0';
        copy[at] = byte;
        break;
    default:
        memmove(copy + at + 1, copy + at, sealed.len - at);
        copy[at] = byte;
    }
    return text_is(sealed, copy) ? NULL : copy;
}

static const char *check_changing(unsigned size)
{
    struct cursor cursor = new_case(size), after;
    const char *text = changed(seal(&cursor));
    int r = text ? cursor_open(text_of(text), &key, QUERY, &arena, NULL, &after)
                 : -ERR_INVALID_CURSOR;

    return r == -ERR_INVALID_CURSOR
               ? NULL
               : FAILS("%s opens, of %s", text, shown(&cursor));
}

Test(cursor_property, what_was_changed_does_not_open)
{
    for_all(CASES, check_changing);
}
