/* SPDX-License-Identifier: MIT */
/*
 * The allocator below base/memory.h, for a process that goes on for long.
 * Threads keep areas of their own in it, and what is freed between two blocks
 * that live stays with the area.
 */
#pragma once

#include <stddef.h>

/* A block from this size on has pages of its own, which leave with it. */
enum { HEAP_APART_BYTES = 128 * 1024 };

/*
 * Makes HEAP_APART_BYTES hold for ever. glibc's own bound rises to the largest
 * block that was ever freed; then large, short-lived ones lie between small
 * ones that stay, and the areas grow. To be called before there are threads.
 */
void heap_settle(void);

/*
 * Gives whole pages that nobody uses back to the system. Who allocates in an
 * area meanwhile waits for it: a tenth of a millisecond as a rule.
 */
void heap_release(void);

/* Bytes that are allocated, in all areas and apart. */
size_t heap_live_bytes(void);
