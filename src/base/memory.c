/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *memory_new(size_t bytes)
{
    return memory_new_array(1, bytes);
}

void *memory_new_array(size_t count, size_t bytes)
{
    void *at = calloc(count ? count : 1, bytes ? bytes : 1);

    CHECK(at != NULL);
    return at;
}

void *memory_resize(void *at, size_t bytes)
{
    void *moved = realloc(at, bytes ? bytes : 1);

    CHECK(moved != NULL);
    return moved;
}

char *memory_copy(const char *at, size_t len)
{
    char *copy = memory_resize(NULL, len + 1);

    if (len > 0)
        memcpy(copy, at, len);
    copy[len] = '\0';
    return copy;
}

char *memory_format(const char *fmt, ...)
{
    char *made = NULL;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vasprintf(&made, fmt, args);
    va_end(args);
    CHECK(len >= 0);
    return made;
}

void memory_free(void *p)
{
    void **owner = p;

    free(*owner);
    *owner = NULL;
}
