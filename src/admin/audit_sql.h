/* SPDX-License-Identifier: MIT */
/* How times are asked for: as they are hashed, and as they are shown. */
#pragma once

#define SQL_MICROS(t) "(extract(epoch FROM " t ") * 1000000)::bigint"
#define SQL_TIME(t)                     \
    "to_char(" t " AT TIME ZONE 'UTC'," \
    " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
