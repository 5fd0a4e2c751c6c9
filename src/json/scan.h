/* SPDX-License-Identifier: MIT */
/*
 * Room only: the reading of a body before a tree is built. It checks the
 * whole grammar and all limits, and finds what is well-formed but cannot be
 * kept, with a pointer to each.
 */
#pragma once

#include "base/error.h"

struct scan_result {
    bool unreadable; /* a name with a NUL, a number out of all range */
};

/* -ERR_MALFORMED_JSON or -ERR_CONTENT_TOO_LARGE; violations fail nothing. */
int scan_document(struct text bytes, unsigned tokens_max, struct diag *diag,
                  struct scan_result *ret_result) MUST_CHECK;
