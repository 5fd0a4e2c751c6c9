/* SPDX-License-Identifier: MIT */
#include "auth/algorithm.h"

#include "base/check.h"

#define ALGORITHM(id, name, kind) [ALGORITHM_##id] = { name, KEY_##kind },
static const struct {
    const char *name;
    enum key_kind kind;
} rows[ALGORITHM_COUNT] = {
#include "auth/algorithm.def"
};
#undef ALGORITHM

const char *algorithm_name(enum algorithm algorithm)
{
    CHECK(algorithm < ALGORITHM_COUNT);
    return rows[algorithm].name;
}

enum key_kind algorithm_kind(enum algorithm algorithm)
{
    CHECK(algorithm < ALGORITHM_COUNT);
    return rows[algorithm].kind;
}

bool algorithm_find(struct text name, enum algorithm *ret_algorithm)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!text_is(name, rows[i].name))
            continue;
        *ret_algorithm = (enum algorithm)i;
        return true;
    }
    return false;
}
