/* SPDX-License-Identifier: MIT */
/* What is forgotten for want of room, against lists that are kept naively. */
#include "cache/near.h"

#include "cache/near_impl.h"
#include "support/property.h"

#include <stdio.h>

enum {
    CASES = 300,
    NAMES = 40,
    LIMIT_BYTES = 64 << 10,
    BODY_BYTES_MAX = 3500,
    STEPS_MAX = 2000,
};

/* The order of use, latest first, of both segments. */
struct naive {
    unsigned count[NEAR_SEGMENTS];
    unsigned names[NEAR_SEGMENTS][NAMES];
    size_t bytes[NAMES];
};

static struct naive naive;
static struct near *near;

static const char *name_of(unsigned name)
{
    static char text[8];

    snprintf(text, sizeof(text), "b/%02u", name);
    return text;
}

static struct near_key key_of(unsigned name)
{
    return (struct near_key){ text_of(name_of(name)), TEXT("s") };
}

static size_t naive_bytes(unsigned segment)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < naive.count[segment]; i++)
        bytes += naive.bytes[naive.names[segment][i]];
    return bytes;
}

static bool naive_remove(unsigned name)
{
    for (unsigned s = 0; s < NEAR_SEGMENTS; s++)
        for (unsigned i = 0; i < naive.count[s]; i++)
            if (naive.names[s][i] == name) {
                memmove(&naive.names[s][i], &naive.names[s][i + 1],
                        (--naive.count[s] - i) * sizeof(unsigned));
                return true;
            }
    return false;
}

static void naive_push(unsigned segment, unsigned name)
{
    memmove(&naive.names[segment][1], &naive.names[segment][0],
            naive.count[segment]++ * sizeof(unsigned));
    naive.names[segment][0] = name;
}

static unsigned naive_last(unsigned segment)
{
    return naive.names[segment][naive.count[segment] - 1];
}

static bool naive_use(unsigned name)
{
    if (!naive_remove(name))
        return false;
    naive_push(NEAR_PROTECTED, name);
    while (naive_bytes(NEAR_PROTECTED) >
           LIMIT_BYTES / 100 * NEAR_PROTECTED_PERCENT) {
        unsigned last = naive_last(NEAR_PROTECTED);

        naive_remove(last);
        naive_push(NEAR_PROBATION, last);
    }
    return true;
}

static void naive_store(unsigned name, size_t bytes)
{
    naive_remove(name);
    naive.bytes[name] = bytes;
    naive_push(NEAR_PROBATION, name);
    while (naive_bytes(NEAR_PROBATION) + naive_bytes(NEAR_PROTECTED) >
           LIMIT_BYTES)
        naive_remove(naive_last(naive.count[NEAR_PROBATION] ? NEAR_PROBATION
                                                            : NEAR_PROTECTED));
}

/* --- the same with the near cache
 * ------------------------------------------------ */

static const char *find(unsigned name)
{
    struct near_hit hit;
    bool found = near_find(near, key_of(name), 1, &hit);

    return found == naive_use(name)
               ? NULL
               : FAILS("%s is %s", name_of(name), found ? "there" : "gone");
}

static const char *store(unsigned name)
{
    static char zeros[BODY_BYTES_MAX];
    size_t len = any(BODY_BYTES_MAX);
    CLEANUP(bytes_unref)
    struct bytes *body = bytes_copy(text_from(zeros, len));
    struct near_value value = { .body = body, .expires_ns = UINT64_MAX };
    struct near_load load;

    near_load_begin(near, &load, key_of(name).subject);
    if (!near_load_store(near, &load, key_of(name), &value))
        return FAILS("%s of %zu bytes is not stored", name_of(name), len);
    naive_store(name, sizeof(struct near_item) + strlen(name_of(name)) + 1 +
                          sizeof(struct bytes) + len + 1);
    return NULL;
}

static const char *invalidate(unsigned name)
{
    near_invalidate(near, key_of(name).subject);
    naive_remove(name);
    return NULL;
}

static const char *one_step(void)
{
    unsigned what = any(16), name = any(NAMES);

    if (what == 15)
        return invalidate(name);
    return what < 6 ? store(name) : find(name);
}

static const char *weigh(void)
{
    size_t bytes = naive_bytes(NEAR_PROBATION) + naive_bytes(NEAR_PROTECTED);
    size_t entries = naive.count[NEAR_PROBATION] + naive.count[NEAR_PROTECTED];
    struct near_stats stats = near_stats(near);

    if (stats.bytes == bytes && stats.entries == entries)
        return NULL;
    return FAILS("%zu entries, %zu bytes; not %zu and %zu", stats.entries,
                 stats.bytes, entries, bytes);
}

static const char *as_naive(unsigned size)
{
    unsigned steps = (size + 1) * STEPS_MAX / SIZES;
    const char *fault = NULL;

    memset(&naive, 0, sizeof(naive));
    near = near_new(LIMIT_BYTES, 42);
    near_join(near, 1);
    near_beat(near, 0, 1);
    for (unsigned step = 0; step < steps && !fault; step++)
        if (!(fault = one_step()))
            fault = weigh();
    near_free(&near);
    return fault;
}

Test(near_budget, forgets_what_two_naive_lists_would_forget)
{
    for_all(CASES, as_naive);
}
