/* SPDX-License-Identifier: MIT */
/* Every compiler extension the project uses, under our own names. */
#pragma once

#include <stddef.h>

/* CLEANUP(x_free) struct x *x = NULL; - x_free(&x) runs when x leaves scope. */
#define CLEANUP(end) __attribute__((cleanup(end)))

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/*
 * The function may suspend its fiber: other fibers run meanwhile, so nothing
 * borrowed from shared state may be held across the call. Only a YIELDS
 * function may call one.
 */
#define YIELDS

/* printf-like: argument number of the format and of the first value. */
#define PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))

#define NORETURN    __attribute__((noreturn))
#define UNUSED      __attribute__((unused))
#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A vector of so many bytes, whose items are worked on side by side. */
#define VECTOR(bytes) __attribute__((vector_size(bytes)))

/* The function may use these of the processor; whoever calls it has asked. */
#define INSTRUCTIONS(names) __attribute__((target(names)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The object of type T whose member M is at address P. */
#define CONTAINER_OF(p, T, M) ((T *)(void *)((char *)(p)-offsetof(T, M)))
