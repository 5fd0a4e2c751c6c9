/* SPDX-License-Identifier: MIT */
/* Room only: why a living object was not to be had for a change. */
#pragma once

#include "store/store_impl.h"

/* -ERR_FORBIDDEN where it can be seen, else -ERR_NOT_FOUND; `id` is a UUID. */
YIELDS int absent_tell(struct store *store, const struct resource *resource,
                       struct text id, struct deadline until, struct diag *diag)
    MUST_CHECK;
