/* SPDX-License-Identifier: MIT */
#include "store/sql_list.h"

/* Appends bytes with a backslash before each of `special`. */
static char *add_escaped(char *at, struct text t, const char *special)
{
    for (size_t i = 0; i < t.len; i++) {
        if (strchr(special, t.at[i]))
            *at++ = '\\';
        *at++ = t.at[i];
    }
    return at;
}

/* {"a","b"}: in quotes everything is a word, NULL and {} too. */
bool sql_list_value(const struct text *items, size_t count, struct arena *arena,
                    struct text *ret_value)
{
    size_t bytes = 3;
    char *start, *at;

    for (size_t i = 0; i < count; i++)
        bytes += 2 * items[i].len + 3;
    start = at = arena_take(arena, bytes);
    if (!start)
        return false;
    *at++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        *at++ = '"';
        at = add_escaped(at, items[i], "\"\\");
        *at++ = '"';
    }
    *at++ = '}';
    *at = '\0';
    *ret_value = text_from(start, (size_t)(at - start));
    return true;
}

bool sql_like_value(struct text part, struct arena *arena,
                    struct text *ret_value)
{
    char *start = arena_take(arena, 2 * part.len + 3), *at = start;

    if (!start)
        return false;
    *at++ = '%';
    at = add_escaped(at, part, "%_\\");
    *at++ = '%';
    *at = '\0';
    *ret_value = text_from(start, (size_t)(at - start));
    return true;
}
