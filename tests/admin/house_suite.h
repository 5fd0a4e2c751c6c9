/* SPDX-License-Identifier: MIT */
/* Each test of a suite has a house_database of its own, and what is printed. */
#pragma once

#include "captured.h"
#include "house_database.h"

static struct fresh_database fresh;
static struct captured captured;

UNUSED static void house_begin_with(session_fn *what)
{
    fresh_database_make(&fresh);
    captured_init(&captured);
    house_build(&fresh, what);
}

UNUSED static void house_begin(void)
{
    house_begin_with(house_tables_and_seeds);
}

UNUSED static void house_end(void)
{
    captured_fini(&captured);
    fresh_database_drop(&fresh);
}
