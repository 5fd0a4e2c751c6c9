/* SPDX-License-Identifier: MIT */
/*
 * Room only: how a write of one object is found again that left in one round
 * trip and whose answer was lost. Its transaction has a mark, which its audit
 * record keeps (schema/audit/0005-marks): without the record it was rolled
 * back, or has changed nothing; with it the version is known.
 */
#pragma once

#include "base/id.h"
#include "store/scope.h"

struct recalling {
    char mark[UUID_TEXT_BYTES];
    const struct writing *writing;
    struct recall recall;
};

/* With a new mark. The writing, which has an entry, must outlive it. */
void recalling_init(struct recalling *recalling, const struct writing *writing);
