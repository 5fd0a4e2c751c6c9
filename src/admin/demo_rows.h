/* SPDX-License-Identifier: MIT */
/*
 * The generator of demonstration data: pure. Every record is made from the
 * plan and its place alone, so that the same plan gives the same rows on every
 * machine, and any number of them takes the memory of one.
 */
#pragma once

#include "base/buffer.h"

struct demo_plan {
    uint64_t seed, bills, people, users;
};

/*
 * Add the rows of one record, as the staged tables of import_kind.h want them;
 * `place` counts from 0 and is one less than the row's line.
 */
typedef void demo_rows_fn(const struct demo_plan *plan, uint64_t place,
                          struct buffer *rows);

demo_rows_fn demo_person, demo_user, demo_bill;
