/* SPDX-License-Identifier: MIT */
/* Which of the few things that hang on one object are asked for. Pure. */
#pragma once

#include "base/error.h"
#include "base/parameters.h"

enum {
    WINDOW_LIMIT_MAX = 200,
    WINDOW_WHOLE = 1000 /* without a limit: all there are, up to this */
};

struct window {
    unsigned limit;
    int64_t offset;
};

/*
 * `limit` and `offset`, each at most once, and nothing else. Every fault is a
 * violation; then -ERR_INVALID_PARAMETER.
 */
int window_parse(const struct parameters *parameters, struct diag *diag,
                 struct window *ret_window) MUST_CHECK;
