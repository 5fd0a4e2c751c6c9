/* SPDX-License-Identifier: MIT */
/* Each test of a suite has a house_database of its own, and what is printed. */
#pragma once

#include "captured.h"
#include "house_database.h"

static struct fresh_database fresh;
static struct captured captured;

UNUSED static void house_begin_like(const struct model_database *model)
{
    fresh_database_like(&fresh, model);
    captured_init(&captured);
}

UNUSED static void house_begin(void)
{
    house_begin_like(&house_model);
}

UNUSED static void house_end(void)
{
    captured_fini(&captured);
    fresh_database_drop(&fresh);
}
