/* SPDX-License-Identifier: MIT */
/*
 * Room only: what a broken constraint means to the client. Its name tells the
 * member and the rule (schema/README.md).
 */
#pragma once

#include "store/resource.h"

/*
 * `code` is how a write failed and the diag holds the database's words for
 * it. -ERR_DUPLICATE and -ERR_VALIDATION get their violations and a sentence
 * of ours; SQLSTATE, constraint and cause are kept. Returns the code.
 */
int constraint_tell(const struct resource *resource, int code,
                    struct diag *diag) MUST_CHECK;
