/* SPDX-License-Identifier: MIT */
#include "http/limits.h"

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdio.h>

enum {
    LIMITS_MAGIC = 0x4C494D54,
    PARTS = 16,          /* each with a lock of its own */
    PART_BUCKETS = 2048, /* 5 MiB of memory for each kind, when all are used */
};

struct part {
    pthread_mutex_t lock;
    struct token_table *table;
};

struct limits {
    unsigned magic;
    struct token_rate rates[LIMIT_KINDS];
    struct part parts[LIMIT_KINDS][PARTS];
    bool shared;
    pthread_mutex_t due_lock; /* inside of a part's */
    void (*due)(void *arg);   /* or NULL */
    void *due_arg;
};

struct limits *limits_new(const struct token_rate rates[LIMIT_KINDS],
                          bool shared)
{
    struct limits *limits = NEW(struct limits);

    limits->magic = LIMITS_MAGIC;
    limits->shared = shared;
    CHECK(pthread_mutex_init(&limits->due_lock, NULL) == 0);
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
    pthread_mutex_destroy(&limits->due_lock);
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

static void tell_due(struct limits *limits)
{
    pthread_mutex_lock(&limits->due_lock);
    if (limits->due)
        limits->due(limits->due_arg);
    pthread_mutex_unlock(&limits->due_lock);
}

/* Of a bucket that was taken from. */
static void queue(struct limits *limits, enum limit_kind kind,
                  struct part *part, struct token_share *share)
{
    if (!limits->shared)
        return;
    token_table_queue(part->table, share);
    if (token_share_is_due(share, limits->rates[kind]))
        tell_due(limits);
}

struct token_verdict limits_take(struct limits *limits, enum limit_kind kind,
                                 struct text name, uint64_t now_ns)
{
    struct part *part = part_of(limits, kind, name);
    struct token_share *share;
    struct token_verdict verdict;

    OBJ_CHECK(limits, LIMITS_MAGIC);
    CHECK(part->table != NULL);
    pthread_mutex_lock(&part->lock);
    share = token_table_get(part->table, name);
    verdict = token_share_take(share, limits->rates[kind], 1, now_ns);
    if (verdict.admitted)
        queue(limits, kind, part, share);
    pthread_mutex_unlock(&part->lock);
    return verdict;
}

struct token_verdict limits_look(struct limits *limits, enum limit_kind kind,
                                 struct text name, uint64_t now_ns)
{
    struct part *part = part_of(limits, kind, name);
    struct token_bucket bucket;

    OBJ_CHECK(limits, LIMITS_MAGIC);
    CHECK(part->table != NULL);
    pthread_mutex_lock(&part->lock);
    bucket = token_table_get(part->table, name)->bucket;
    pthread_mutex_unlock(&part->lock);
    return token_bucket_take(&bucket, limits->rates[kind], 1, now_ns);
}

/* --- with other processes ------------------------------------------------- */

bool limits_are_shared(const struct limits *limits)
{
    bool limited = false;

    for (int kind = 0; kind < LIMIT_KINDS; kind++)
        limited |= limits_rate(limits, (enum limit_kind)kind) != NULL;
    return limited && limits->shared;
}

void limits_on_due(struct limits *limits, void (*due)(void *arg), void *arg)
{
    OBJ_CHECK(limits, LIMITS_MAGIC);
    pthread_mutex_lock(&limits->due_lock);
    limits->due = due;
    limits->due_arg = arg;
    pthread_mutex_unlock(&limits->due_lock);
}

static void name_key(struct limits_claim *claim, struct text name, size_t len)
{
    int head = snprintf(claim->key, sizeof(claim->key),
                        "limit:%d:%zu:", (int)claim->kind, len);

    CHECK(head > 0 && (size_t)head + name.len <= sizeof(claim->key));
    memcpy(claim->key + head, name.at, name.len);
    claim->key_len = (size_t)head + name.len;
}

/* The part is locked. False: there is nothing to tell. */
static bool claim_next(struct limits *limits, struct part *part,
                       uint64_t now_ns, struct limits_claim *claim)
{
    struct text name = TEXT_NULL;
    size_t len = 0;
    struct token_share *share =
        token_table_next(part->table, &claim->place, &name, &len);

    if (!share)
        return false;
    claim->told = token_share_tell(share, limits->rates[claim->kind], now_ns);
    name_key(claim, name, len);
    return true;
}

static unsigned claim_part(struct limits *limits, enum limit_kind kind,
                           unsigned index, uint64_t now_ns,
                           struct limits_claim *claims, unsigned max)
{
    struct part *part = &limits->parts[kind][index];
    unsigned count = 0;

    if (!part->table)
        return 0;
    pthread_mutex_lock(&part->lock);
    for (bool more = true; more && count < max; count += more) {
        claims[count].kind = kind;
        claims[count].part = index;
        more = claim_next(limits, part, now_ns, &claims[count]);
    }
    pthread_mutex_unlock(&part->lock);
    return count;
}

unsigned limits_claim(struct limits *limits, uint64_t now_ns,
                      struct limits_claim *ret_claims, unsigned max)
{
    unsigned count = 0;

    OBJ_CHECK(limits, LIMITS_MAGIC);
    for (int kind = 0; kind < LIMIT_KINDS; kind++)
        for (unsigned i = 0; i < PARTS; i++)
            count += claim_part(limits, (enum limit_kind)kind, i, now_ns,
                                ret_claims + count, max - count);
    return count;
}

void limits_hear(struct limits *limits, const struct limits_claim *claim,
                 uint64_t lacking_us, uint64_t claimed_at_ns)
{
    struct part *part = &limits->parts[claim->kind][claim->part];
    struct token_share *share;

    OBJ_CHECK(limits, LIMITS_MAGIC);
    pthread_mutex_lock(&part->lock);
    share = token_table_at(part->table, claim->place);
    if (share)
        token_share_hear(share, lacking_us, claimed_at_ns);
    pthread_mutex_unlock(&part->lock);
}
