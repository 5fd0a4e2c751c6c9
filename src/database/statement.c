/* SPDX-License-Identifier: MIT */
#include "database/statement.h"

/* Odd constants from the square roots of 2 and 3. */
static const uint64_t FACTOR = UINT64_C(0x6a09e667f3bcc909);
static const uint64_t FINISH = UINT64_C(0xbb67ae8584caa73b);

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * FACTOR;
    return h ^ (h >> 29);
}

/* Eight bytes at a time: it runs for each query made at run time. */
uint64_t statement_hash(const char *sql)
{
    size_t len = strlen(sql);
    uint64_t h = FINISH ^ len, word;

    for (; len >= sizeof(word); sql += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, sql, sizeof(word));
        h = mix(h, word);
    }
    word = 0;
    memcpy(&word, sql, len);
    h = mix(mix(h, word), FINISH);
    return h ? h : 1;
}
