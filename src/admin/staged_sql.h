/* SPDX-License-Identifier: MIT */
/* What the merges of all kinds say alike. */
#pragma once

/* clang-format off */

/*
 * Local to the transaction. Plans by guesses cost minutes here, compiling them
 * seconds; sorts and hashes of a slice fit this memory.
 */
#define STAGED_SETTINGS                      \
    "SET LOCAL jit = off;"                   \
    "SET LOCAL work_mem = '64MB';"           \
    "SET LOCAL gin_pending_list_limit = '32MB';"

/* Two merges at once would wait for each other's rows, crosswise. */
#define STAGED_LOCK(name) \
    "SELECT pg_advisory_xact_lock(hashtextextended('import:" name "', 0));"

/* An INSERT … ON CONFLICT tells what it made by a row without a locker. */
#define STAGED_COUNT_MADE                      \
    "SELECT count(*) FILTER (WHERE made.new)," \
    "       count(*) FILTER (WHERE NOT made.new) FROM made"

/* clang-format on */
