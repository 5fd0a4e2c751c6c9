/* SPDX-License-Identifier: MIT */
/* Room only: the tree of what has been scanned. */
#pragma once

#include "base/text.h"

#include <jansson.h>

/*
 * The value in `bytes`, of which scan_document() had nothing to complain but
 * NULs in texts: nothing is checked again. NULL when a member is given twice,
 * and then where, behind the name.
 */
json_t *build_tree(struct text bytes, size_t *ret_twice) MUST_CHECK;
