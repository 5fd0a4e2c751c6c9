/* SPDX-License-Identifier: MIT */
/*
 * Assertions about ourselves. They are always compiled in and abort the
 * process; no input from outside may be able to fire one.
 */
#pragma once

#include "base/attr.h"

#include <stdint.h>

NORETURN void check_failed(const char *what, const char *file, int line);

#define CHECK(x)                                  \
    do {                                          \
        if (UNLIKELY(!(x)))                       \
            check_failed(#x, __FILE__, __LINE__); \
    } while (0)

/*
 * Heap objects carry a magic number as their member `magic`: an entry point
 * checks it before anything else (Varnish's miniobj).
 */
#define OBJ_CHECK(obj, want)           \
    do {                               \
        CHECK((obj) != NULL);          \
        CHECK((obj)->magic == (want)); \
    } while (0)
