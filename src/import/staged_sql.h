/* SPDX-License-Identifier: MIT */
/* What the merges of all kinds say alike. */
#pragma once

/* clang-format off */

/*
 * Local to the transaction: compiling plans takes seconds here; sorts and
 * hashes of a slice fit this memory.
 */
#define STAGED_SETTINGS            \
    "SET LOCAL jit = off;"         \
    "SET LOCAL work_mem = '64MB';" \
    "SET LOCAL gin_pending_list_limit = '32MB';"

/*
 * Until COMMIT, against two: another merge, as each would wait for the other's
 * rows, crosswise; and an ANALYZE by autovacuum, which would find none of our
 * rows in a large table and leave the planner with "empty" for all that
 * follows, the checks of foreign keys too. Others read and write on.
 */
#define STAGED_LOCK(tables) \
    "LOCK TABLE " tables " IN SHARE UPDATE EXCLUSIVE MODE;"

/* An INSERT … ON CONFLICT tells what it made by a row without a locker. */
#define STAGED_COUNT_MADE                      \
    "SELECT count(*) FILTER (WHERE made.new)," \
    "       count(*) FILTER (WHERE NOT made.new) FROM made"

/* clang-format on */
