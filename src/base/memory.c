/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No way out but this: whoever asked has no other branch, and who would unwind
 * needs memory as well. All that was acknowledged is the database's. */
static NORETURN void end_refused(size_t bytes)
{
    fprintf(stderr, "portcullis: out of memory: %zu bytes were refused\n",
            bytes);
    _exit(EXIT_FAILURE);
}

void *memory_new(size_t bytes)
{
    return memory_new_array(1, bytes);
}

void *memory_new_array(size_t count, size_t bytes)
{
    void *at = fault_hit(FAULT_MEMORY)
                   ? NULL
                   : calloc(count ? count : 1, bytes ? bytes : 1);

    if (UNLIKELY(!at))
        end_refused(count * bytes);
    return at;
}

void *memory_resize(void *at, size_t bytes)
{
    void *moved =
        fault_hit(FAULT_MEMORY) ? NULL : realloc(at, bytes ? bytes : 1);

    if (UNLIKELY(!moved))
        end_refused(bytes);
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
    len = fault_hit(FAULT_MEMORY) ? -1 : vasprintf(&made, fmt, args);
    va_end(args);
    if (UNLIKELY(len < 0))
        end_refused(strlen(fmt));
    return made;
}

void memory_free(void *p)
{
    void **owner = p;

    free(*owner);
    *owner = NULL;
}
