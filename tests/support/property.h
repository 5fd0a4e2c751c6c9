/* SPDX-License-Identifier: MIT */
/*
 * Properties. A case is made of numbers drawn at random; small cases come
 * first. One that does not hold is made smaller by drawing fewer and lower
 * numbers for as long as it still does not, whatever they stand for, and is
 * told with the seed that makes it again: TEST_SEED=7 in the environment.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { DRAWS_MAX = 4096, SMALLER_TRIES = 2000, SIZES = 4 };

struct draws {
    unsigned count;
    unsigned items[DRAWS_MAX];
};

static struct arena cases; /* of one case: emptied before the next one */
static uint64_t luck;
static struct draws drawn;           /* by this case, so far */
static const struct draws *repeated; /* what it draws again; NULL: new ones */

/* xorshift64* */
static inline unsigned any_new(unsigned end)
{
    luck ^= luck >> 12;
    luck ^= luck << 25;
    luck ^= luck >> 27;
    return (unsigned)((luck * UINT64_C(2685821657736338717)) >> 33) % end;
}

/* Below `end`. Let 0 be the plainest: what has no draws left gets that. */
static inline unsigned any(unsigned end)
{
    unsigned at = drawn.count, value = 0;

    if (!repeated)
        value = any_new(end);
    else if (at < repeated->count)
        value = repeated->items[at] % end;
    if (at < DRAWS_MAX)
        drawn.items[drawn.count++] = value;
    return value;
}

/* Makes a case of this size, 0 to SIZES - 1, and looks at it: NULL when all
 * holds, else the case in words, which live in `cases`. */
typedef const char *property_fn(unsigned size);

static inline const char *case_tell(property_fn *property, unsigned size,
                                    const struct draws *again)
{
    arena_fini(&cases);
    arena_init(&cases, 512 << 20);
    drawn.count = 0;
    repeated = again;
    return property(size);
}

static inline bool is_smaller(const struct draws *a, const struct draws *b)
{
    if (a->count != b->count)
        return a->count < b->count;
    for (unsigned i = 0; i < a->count; i++)
        if (a->items[i] != b->items[i])
            return a->items[i] < b->items[i];
    return false;
}

/* Does it still fail? Then it takes the place of the old one. */
static inline bool try_smaller(property_fn *property, unsigned size,
                               const struct draws *less, struct draws *least)
{
    if (!case_tell(property, size, less) || !is_smaller(&drawn, least))
        return false;
    *least = drawn;
    return true;
}

static inline bool try_without(property_fn *property, unsigned size,
                               unsigned run, unsigned at, struct draws *least)
{
    struct draws less = *least;

    less.count -= run;
    memmove(less.items + at, less.items + at + run,
            (less.count - at) * sizeof(less.items[0]));
    return try_smaller(property, size, &less, least);
}

static inline bool try_lower(property_fn *property, unsigned size, unsigned at,
                             unsigned value, struct draws *least)
{
    struct draws less = *least;

    if (value >= least->items[at])
        return false;
    less.items[at] = value;
    return try_smaller(property, size, &less, least);
}

static inline bool make_smaller(property_fn *property, unsigned size,
                                unsigned *tries, struct draws *least)
{
    bool smaller = false;

    for (unsigned run = 16; run > 0; run /= 2)
        for (unsigned at = 0; at + run <= least->count && *tries > 0;
             at++, --*tries)
            smaller |= try_without(property, size, run, at, least);
    for (unsigned at = 0; at<least->count && * tries> 0; at++, --*tries)
        smaller |= try_lower(property, size, at, 0, least) ||
                   try_lower(property, size, at, least->items[at] / 2, least) ||
                   try_lower(property, size, at, least->items[at] - 1, least);
    return smaller;
}

static inline uint64_t first_seed(void)
{
    const char *given = getenv("TEST_SEED");

    return given ? strtoull(given, NULL, 10) : 1;
}

static inline void fail_smallest(property_fn *property, unsigned size,
                                 unsigned number)
{
    struct draws least = drawn;
    unsigned tries = SMALLER_TRIES;

    while (tries > 0 && make_smaller(property, size, &tries, &least))
        ;
    cr_assert_fail("case %u with TEST_SEED=%llu: %s", number,
                   (unsigned long long)first_seed(),
                   case_tell(property, size, &least));
}

static inline void for_all(unsigned count, property_fn *property)
{
    for (unsigned number = 0; number < count; number++) {
        unsigned size = number * SIZES / count;

        luck = UINT64_C(0x9E3779B97F4A7C15) *
               (first_seed() * 1000003 + number + 1);
        if (case_tell(property, size, NULL))
            fail_smallest(property, size, number);
    }
    arena_fini(&cases);
}

/* A failure in words. */
#define FAILS(...) property_words(arena_format(&cases, __VA_ARGS__))

static inline const char *property_words(const char *words)
{
    return words ? words : "a case too large to be told";
}

/* Up to so many pieces that parsers stumble over; NUL-terminated. */
static inline const char *any_text(unsigned pieces_max)
{
    static const char *const pieces[] = {
        "a",
        "0",
        " ",
        "-",
        "B",
        "\"",
        "\\",
        "'",
        "%",
        "_",
        "&",
        "=",
        "+",
        "{",
        "}",
        "NULL",
        "$1",
        ";--",
        "/",
        "\t",
        "é",
        "e\xcc\x81",
        "€",
        "\xe2\x80\x8f",
        "\xe2\x80\xa8",
        "🏛",
        "null",
    };
    char text[1024] = "";
    size_t len = 0;
    char *copy;

    for (unsigned i = any(pieces_max + 1); i > 0; i--) {
        const char *piece = pieces[any(ARRAY_LEN(pieces))];

        if (len + strlen(piece) >= sizeof(text))
            break;
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    copy = arena_copy(&cases, text_from(text, len));
    cr_assert_not_null(copy);
    return copy;
}
