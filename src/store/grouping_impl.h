/* SPDX-License-Identifier: MIT */
/* Room only: what a grouping is made of, and its SQL. */
#pragma once

#include "store/grouping.h"
#include "store/listing_impl.h"

struct grouping {
    const struct grouping_form *form;
    struct listing *listing;
    unsigned count;
    const struct dimension *by[GROUPING_MAX];
};

enum { GROUP_PLACE, GROUP_KEY, GROUP_COUNT };

/* A row for each group: place of its dimension, its value as text, its size. */
void sql_groups(struct buffer *sql, const struct grouping *grouping);
