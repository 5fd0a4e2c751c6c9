/* SPDX-License-Identifier: MIT */
/* The time of day as HTTP writes it. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

enum { DATE_TEXT_BYTES = sizeof("Sun, 06 Nov 1994 08:49:37 GMT") };

/* The second that was written last: many answers are of the same one. */
struct date {
    int64_t second; /* 0: none yet */
    char text[DATE_TEXT_BYTES];
};

/* Now, as an IMF-fixdate (RFC 9110 § 5.6.7); good until the next call. */
const char *date_now(struct date *date);
