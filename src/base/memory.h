/* SPDX-License-Identifier: MIT */
/*
 * The only malloc in the house. These are for small allocations whose size no
 * client decides. When the system refuses one the process says so in a line on
 * stderr and ends at once with status 1, without a core: whoever watches over
 * it starts it again, and its clients repeat by their keys. What a client
 * sizes goes through an arena or a buffer, which have limits.
 */
#pragma once

#include "base/attr.h"

/* Zeroed memory for one object; never NULL. */
void *memory_new(size_t bytes) MUST_CHECK;

/* Zeroed memory for count objects of the given size; never NULL. */
void *memory_new_array(size_t count, size_t bytes) MUST_CHECK;

/* realloc that never fails; new bytes are not zeroed. */
void *memory_resize(void *at, size_t bytes) MUST_CHECK;

/* A copy of len bytes with a NUL behind them; the caller frees it. */
char *memory_copy(const char *at, size_t len) MUST_CHECK;

/* A formatted string; the caller frees it. */
char *memory_format(const char *fmt, ...) MUST_CHECK PRINTF(1, 2);

/* Frees what `p`, the address of a pointer, points at and makes it NULL. */
void memory_free(void *p);

#define NEW(T) ((T *)memory_new(sizeof(T)))
