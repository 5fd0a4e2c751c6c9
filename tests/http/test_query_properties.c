/* SPDX-License-Identifier: MIT */
/* Random parameters, written in any of the ways there are, and read again. */
#include "base/buffer.h"
#include "base/check.h"
#include "http/percent.h"
#include "support/property.h"

#include <ctype.h>

enum { CASES = 3000, QUERY_BYTES_MAX = 1 << 18, GIVEN_MAX = 16 };

struct given {
    unsigned count;
    const char *names[GIVEN_MAX], *values[GIVEN_MAX];
};

static struct arena arena;
static struct buffer query;

static void tear_down(void)
{
    buffer_fini(&query);
    arena_fini(&arena);
}

TestSuite(query_property, .fini = tear_down);

/* A letter as it is, a space as a plus, all as an escape, in either case. */
static void write_byte(unsigned char byte)
{
    unsigned how = any(3);

    if (byte == ' ' && how == 2)
        buffer_add_byte(&query, '+');
    else if (isalnum(byte) && how == 0)
        buffer_add_byte(&query, (char)byte);
    else if (byte >= 0x80 && how == 2)
        buffer_add_byte(&query, (char)byte);
    else if (how == 1)
        buffer_add_format(&query, "%%%02x", byte);
    else
        buffer_add_format(&query, "%%%02X", byte);
}

static void write_text(const char *text)
{
    for (; *text; text++)
        write_byte((unsigned char)*text);
}

/* An empty value needs no '='; what is empty between two '&' is none. */
static void write_one(const char *name, const char *value)
{
    write_text(name);
    if (*value || !*name || any(2))
        buffer_add_byte(&query, '=');
    write_text(value);
    for (unsigned i = any(2); i > 0; i--)
        buffer_add_byte(&query, '&');
    buffer_add_byte(&query, '&');
}

static struct given new_case(unsigned size)
{
    struct given given = { .count = any(2 + size * 4) };

    buffer_fini(&query);
    buffer_init(&query, QUERY_BYTES_MAX);
    arena_fini(&arena);
    arena_init(&arena, 1 << 20);
    for (unsigned i = 0; i < given.count; i++) {
        given.names[i] = any_text(1 + size);
        given.values[i] = any_text(2 + size * 2);
        write_one(given.names[i], given.values[i]);
    }
    return given;
}

static bool is_read(const struct given *given)
{
    struct parameters read;

    if (parameters_parse(buffer_text(&query), &arena, NULL, &read) < 0 ||
        read.count != given->count)
        return false;
    for (unsigned i = 0; i < given->count; i++)
        if (!text_is(read.items[i].name, given->names[i]) ||
            !text_is(read.items[i].value, given->values[i]))
            return false;
    return true;
}

static const char *check_reading(unsigned size)
{
    struct given given = new_case(size);

    return is_read(&given) ? NULL
                           : FAILS("%.*s", TEXT_ARG(buffer_text(&query)));
}

Test(query_property, what_was_written_is_read)
{
    for_all(CASES, check_reading);
}

static void insert(const char *piece)
{
    CLEANUP(buffer_fini) struct buffer whole = { .limit = QUERY_BYTES_MAX };
    size_t at = any((unsigned)query.len + 1);

    buffer_add(&whole, query.at, at);
    buffer_add_string(&whole, piece);
    buffer_add(&whole, query.at + at, query.len - at);
    buffer_clear(&query);
    buffer_add_text(&query, buffer_text(&whole));
}

static const char *check_breaking(unsigned size)
{
    static const char *const pieces[] = { "%zz", "%00",    "%ff",      "\xff",
                                          "%g",  "%C3%28", "%ED%A0%80" };
    struct parameters read;
    struct diag diag;
    int r;

    (void)new_case(size);
    insert(pieces[any(ARRAY_LEN(pieces))]);
    diag_init(&diag, NULL);
    r = parameters_parse(buffer_text(&query), &arena, &diag, &read);
    return r == -ERR_INVALID_PARAMETER &&
                   text_ends_with(text_of(diag.detail), "UTF-8")
               ? NULL
               : FAILS("%.*s: %d", TEXT_ARG(buffer_text(&query)), r);
}

Test(query_property, one_broken_byte_is_enough)
{
    for_all(CASES, check_breaking);
}
