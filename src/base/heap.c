/* SPDX-License-Identifier: MIT */
#include "base/heap.h"

#include <malloc.h>

enum { SPARE_BYTES = 1024 * 1024 }; /* an area may keep at its end */

void heap_settle(void)
{
    mallopt(M_MMAP_THRESHOLD, HEAP_APART_BYTES);
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES);
}

void heap_release(void)
{
    malloc_trim(0);
}

size_t heap_live_bytes(void)
{
    struct mallinfo2 all = mallinfo2();

    return all.uordblks + all.hblkhd;
}
