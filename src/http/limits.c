/* SPDX-License-Identifier: MIT */
#include "http/limits.h"

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"
#include "resilience/token_table.h"

#include <pthread.h>

enum {
    LIMITS_MAGIC = 0x4C494D54,
    PARTS = 16,          /* each with a lock of its own */
    PART_BUCKETS = 2048, /* 4 MiB of memory for each kind, when all are used */
};

struct part {
    pthread_mutex_t lock;
    struct token_table *table;
};

struct limits {
    unsigned magic;
    struct token_rate rates[LIMIT_KINDS];
    struct part parts[LIMIT_KINDS][PARTS];
};

struct limits *limits_new(const struct token_rate rates[LIMIT_KINDS])
{
    struct limits *limits = NEW(struct limits);

    limits->magic = LIMITS_MAGIC;
    memcpy(limits->rates, rates, sizeof(limits->rates));
    for (int kind = 0; kind < LIMIT_KINDS; kind++)
        for (int i = 0; i < PARTS && rates[kind].burst > 0; i++) {
            struct part *part = &limits->parts[kind][i];
            uint64_t seed;

            random_bytes(&seed, sizeof(seed));
            CHECK(pthread_mutex_init(&part->lock, NULL) == 0);
            part->table = token_table_new(PART_BUCKETS, seed);
        }
    return limits;
}

void limits_free(struct limits **limits_at)
{
    struct limits *limits = *limits_at;

    if (!limits)
        return;
    OBJ_CHECK(limits, LIMITS_MAGIC);
    for (int kind = 0; kind < LIMIT_KINDS; kind++)
        for (int i = 0; i < PARTS; i++) {
            if (!limits->parts[kind][i].table)
                continue;
            pthread_mutex_destroy(&limits->parts[kind][i].lock);
            token_table_free(&limits->parts[kind][i].table);
        }
    limits->magic = 0;
    memory_free(limits_at);
}

const struct token_rate *limits_rate(const struct limits *limits,
                                     enum limit_kind kind)
{
    return limits && limits->rates[kind].burst > 0 ? &limits->rates[kind]
                                                   : NULL;
}

/* Which part is no secret: the tables' seeds guard against collisions. */
static struct part *part_of(struct limits *limits, enum limit_kind kind,
                            struct text name)
{
    unsigned sum = 0;

    for (size_t i = 0; i < name.len; i++)
        sum = sum * 31 + (unsigned char)name.at[i];
    return &limits->parts[kind][(sum ^ sum >> 8) % PARTS];
}

static struct token_verdict ask(struct limits *limits, enum limit_kind kind,
                                struct text name, uint64_t now_ns, bool keep)
{
    struct part *part = part_of(limits, kind, name);
    struct token_bucket *bucket, taken;
    struct token_verdict verdict;

    OBJ_CHECK(limits, LIMITS_MAGIC);
    CHECK(part->table != NULL);
    pthread_mutex_lock(&part->lock);
    bucket = token_table_get(part->table, name);
    taken = *bucket;
    verdict = token_bucket_take(&taken, limits->rates[kind], 1, now_ns);
    if (keep)
        *bucket = taken;
    pthread_mutex_unlock(&part->lock);
    return verdict;
}

struct token_verdict limits_take(struct limits *limits, enum limit_kind kind,
                                 struct text name, uint64_t now_ns)
{
    return ask(limits, kind, name, now_ns, true);
}

struct token_verdict limits_look(struct limits *limits, enum limit_kind kind,
                                 struct text name, uint64_t now_ns)
{
    return ask(limits, kind, name, now_ns, false);
}
