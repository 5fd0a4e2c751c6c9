/* SPDX-License-Identifier: MIT */
/* Which of the few things that hang on one object are asked for. Pure. */
#pragma once

#include "base/error.h"
#include "base/parameters.h"

enum { WINDOW_WHOLE = 1000 /* without a limit: all there are, up to this */ };

struct window {
    unsigned limit;
    unsigned page; /* the same for the pages beside it, which have one */
    int64_t offset;
};

/*
 * `limit` and `offset`, each at most once, and nothing else. Every fault is a
 * violation; then -ERR_INVALID_PARAMETER. `limit_max`: what may be asked for.
 */
int window_parse(const struct parameters *parameters, unsigned limit_max,
                 struct diag *diag, struct window *ret_window) MUST_CHECK;
