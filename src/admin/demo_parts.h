/* SPDX-License-Identifier: MIT */
/* What the generators of demo share. */
#pragma once

#include "admin/demo_rows.h"
#include "admin/demo_words.h"
#include "import/copy_text.h"

#include <stdio.h>

enum demo_kind { DEMO_PERSON, DEMO_USER, DEMO_BILL };

enum { DEMO_KEY_BYTES = 24 };

/* Every fifth person sits in the senate. */
enum { DEMO_SENATE_EACH = 5 };

/* "DEMO000017": like no key of a real person. */
static inline struct text demo_person_key(uint64_t place,
                                          char at[static DEMO_KEY_BYTES])
{
    int len = snprintf(at, DEMO_KEY_BYTES, "DEMO%06llu",
                       (unsigned long long)place + 1);

    return text_from(at, (size_t)len);
}

static inline bool demo_is_senator(uint64_t place)
{
    return place % DEMO_SENATE_EACH == 0;
}
