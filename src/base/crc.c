/* SPDX-License-Identifier: MIT */
#include "base/crc.h"

#include "base/attr.h"

#include <endian.h>
#include <pthread.h>

enum { SLICES = 8 };

static const uint32_t POLYNOMIAL = 0x82f63b78; /* its bits in reverse */

/* tables[n][b]: what byte b does to the checksum, n bytes further on */
static uint32_t tables[SLICES][256];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static uint32_t step(uint32_t crc)
{
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    return crc;
}

static void make_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++)
        tables[0][byte] = step(byte);
    for (unsigned n = 1; n < SLICES; n++)
        for (uint32_t byte = 0; byte < 256; byte++)
            tables[n][byte] = step(tables[n - 1][byte]);
}

/* Eight bytes at once (Kounavis and Berry, "slicing by 8"): eight look-ups that
 * need not wait for each other. */
static uint32_t slice(uint32_t crc, const char *at)
{
    uint64_t word;
    uint32_t next = 0;

    memcpy(&word, at, sizeof(word));
    word = le64toh(word) ^ crc;
    for (unsigned n = 0; n < SLICES; n++)
        next ^= tables[SLICES - 1 - n][word >> 8 * n & 0xff];
    return next;
}

uint32_t crc32c_by_tables(uint32_t crc, struct text t)
{
    pthread_once(&made, make_tables);
    crc = ~crc;
    for (; t.len >= SLICES; t = text_skip(t, SLICES))
        crc = slice(crc, t.at);
    for (size_t i = 0; i < t.len; i++)
        crc = crc >> 8 ^ tables[0][(crc ^ (unsigned char)t.at[i]) & 0xff];
    return ~crc;
}

#ifdef __x86_64__

/* SSE 4.2 has this very polynomial as an instruction. */
static INSTRUCTIONS("sse4.2") uint32_t
    by_instruction(uint32_t crc, struct text t)
{
    uint64_t word, wide = ~crc;

    for (; t.len >= sizeof(word); t = text_skip(t, sizeof(word))) {
        memcpy(&word, t.at, sizeof(word));
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (size_t i = 0; i < t.len; i++)
        crc = __builtin_ia32_crc32qi(crc, (unsigned char)t.at[i]);
    return ~crc;
}

uint32_t crc32c(uint32_t crc, struct text t)
{
    return __builtin_cpu_supports("sse4.2") ? by_instruction(crc, t)
                                            : crc32c_by_tables(crc, t);
}

#else

uint32_t crc32c(uint32_t crc, struct text t)
{
    return crc32c_by_tables(crc, t);
}

#endif
