/* SPDX-License-Identifier: MIT */
/* A target and our settings, as libpq's connection keywords. */
#pragma once

#include "database/driver.h"

enum { KEYWORDS_MAX = 64 };

struct keywords {
    struct arena arena;
    const char *names[KEYWORDS_MAX + 1]; /* ended by NULL */
    const char *values[KEYWORDS_MAX + 1];
    unsigned count;
};

/*
 * Resolves the host's name on a helper thread, so that libpq need not do it on
 * the loop. -ERR_CONNECT_FAILED when it has no address.
 */
YIELDS int keywords_make(struct keywords *keywords, const struct target *target,
                         const struct open_options *options, struct diag *diag)
    MUST_CHECK;
void keywords_fini(struct keywords *keywords);
