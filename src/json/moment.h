/* SPDX-License-Identifier: MIT */
/* Room only: dates and times as clients write them. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

enum { MOMENT_BYTES = 30 }; /* "2026-11-21 08:30:00.123456+00" and NUL */

/* YYYY-MM-DD, a day that the Gregorian calendar has, years 0001 to 9999. */
bool date_is_valid(struct text t);

/*
 * RFC 3339 with an offset. The result is in UTC, to the microsecond (finer
 * digits are dropped), as PostgreSQL writes it. No leap seconds; false also
 * when the years 0001 to 9999 are left.
 */
bool moment_to_utc(struct text t, char ret_text[static MOMENT_BYTES])
    MUST_CHECK;
