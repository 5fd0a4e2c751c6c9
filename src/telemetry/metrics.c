/* SPDX-License-Identifier: MIT */
#include "telemetry/metrics_impl.h"

#include "base/check.h"
#include "base/memory.h"

enum { SERIES_MAGIC = 0x5E71E500 };

static const double seconds[] = { 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                  0.01,    0.025,  0.05,  0.1,    0.25,
                                  0.5,     1,      2.5,   5,      10 };
static const double sizes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };

#define NO_LABELS \
    {             \
        NULL      \
    }
#define LABELS(...)       \
    {                     \
        __VA_ARGS__, NULL \
    }
#define NO_BUCKETS .bounds = NULL
#define SECONDS    .bounds = seconds, .bound_count = ARRAY_LEN(seconds)
#define SIZES      .bounds = sizes, .bound_count = ARRAY_LEN(sizes)
#define METRIC(id, title, type, names, buckets, sentence) \
    [METRIC_##id] = { .name = #title,                     \
                      .kind = METRIC_##type,              \
                      .labels = names,                    \
                      buckets,                            \
                      .help = sentence },
const struct metric_row metrics__rows[METRIC_COUNT] = {
#include "telemetry/metrics.def"
};
#undef METRIC

static struct shard *_Atomic shards;
static _Thread_local struct shard *mine;

struct shard *metrics__shards(void)
{
    return atomic_load_explicit(&shards, memory_order_acquire);
}

static struct shard *my_shard(void)
{
    if (LIKELY(mine))
        return mine;
    mine = NEW(struct shard);
    mine->next = atomic_load(&shards);
    while (!atomic_compare_exchange_weak(&shards, &mine->next, mine))
        ;
    return mine;
}

static size_t label_count(const struct metric_row *row)
{
    size_t count = 0;

    while (row->labels[count])
        count++;
    return count;
}

static size_t hash_of(enum metric metric, const char *const labels[],
                      size_t count)
{
    uint64_t hash = (metric + 1) * UINT64_C(0x9E3779B97F4A7C15);

    for (size_t i = 0; i < count; i++)
        hash = (hash ^ (uintptr_t)labels[i]) * UINT64_C(0x9E3779B97F4A7C15);
    return hash >> 56;
}

static bool is_alike(const struct series *series, const struct metric_row *row,
                     const char *const labels[], size_t count)
{
    if (series->row != row)
        return false;
    for (size_t i = 0; i < count; i++)
        if (series->labels[i] != labels[i])
            return false;
    return true;
}

static struct series *make(struct shard *shard, enum metric metric,
                           const char *const labels[], size_t count,
                           size_t hash)
{
    const struct metric_row *row = &metrics__rows[metric];
    size_t buckets = row->bounds ? row->bound_count + 1 : 0;
    struct series *series = memory_new(sizeof(struct series) +
                                       buckets * sizeof(series->buckets[0]));

    series->magic = SERIES_MAGIC;
    series->row = row;
    for (size_t i = 0; i < count; i++)
        series->labels[i] = labels[i];
    series->next_alike = shard->by_hash[hash];
    shard->by_hash[hash] = series;
    series->next =
        atomic_load_explicit(&shard->first[metric], memory_order_relaxed);
    atomic_store_explicit(&shard->first[metric], series, memory_order_release);
    shard->count[metric]++;
    return series;
}

static struct series *find_or_make(struct shard *shard, enum metric metric,
                                   const char *const labels[], size_t count)
{
    const struct metric_row *row = &metrics__rows[metric];
    size_t hash = hash_of(metric, labels, count);

    for (struct series *s = shard->by_hash[hash]; s; s = s->next_alike)
        if (is_alike(s, row, labels, count))
            return s;
    if (shard->count[metric] >= METRIC_SERIES_MAX)
        return NULL;
    return make(shard, metric, labels, count, hash);
}

/* The family is full: the series of all that is not told apart any more. */
static struct series *other(struct shard *shard, enum metric metric,
                            size_t count)
{
    static const char *const others[METRIC_LABELS_MAX] = { "other", "other",
                                                           "other" };
    size_t hash = hash_of(metric, others, count);

    series_add(METRIC_SERIES(METRIC_SERIES_DROPPED, metrics__rows[metric].name),
               1);
    for (struct series *s = shard->by_hash[hash]; s; s = s->next_alike)
        if (is_alike(s, &metrics__rows[metric], others, count))
            return s;
    return make(shard, metric, others, count, hash);
}

struct series *metric_series(enum metric metric, const char *const labels[])
{
    struct shard *shard = my_shard();
    struct series *series;
    size_t count;

    CHECK(metric < METRIC_COUNT);
    count = label_count(&metrics__rows[metric]);
    CHECK(count == 0 || labels);
    series = find_or_make(shard, metric, labels, count);
    return series ? series : other(shard, metric, count);
}

/* One writer, so a load and a store do what an atomic addition would. */
void series_add(struct series *series, int64_t n)
{
    int64_t value;

    OBJ_CHECK(series, SERIES_MAGIC);
    value = atomic_load_explicit(&series->value, memory_order_relaxed);
    atomic_store_explicit(&series->value, value + n, memory_order_relaxed);
}

void series_set(struct series *series, int64_t value)
{
    OBJ_CHECK(series, SERIES_MAGIC);
    CHECK(series->row->kind == METRIC_GAUGE ||
          series->row->kind == METRIC_WORST ||
          series->row->kind == METRIC_WORST_MS ||
          series->row->kind == METRIC_UNTYPED);
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void series_observe(struct series *series, double value)
{
    size_t i = 0;
    uint64_t count;
    double sum;

    OBJ_CHECK(series, SERIES_MAGIC);
    CHECK(series->row->kind == METRIC_HISTOGRAM);
    while (i < series->row->bound_count && value > series->row->bounds[i])
        i++;
    count = atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
    sum = atomic_load_explicit(&series->sum, memory_order_relaxed);
    atomic_store_explicit(&series->buckets[i], count + 1, memory_order_relaxed);
    atomic_store_explicit(&series->sum, sum + value, memory_order_relaxed);
}

#define TEN(p) \
    p "0", p "1", p "2", p "3", p "4", p "5", p "6", p "7", p "8", p "9"
#define HUNDRED(p)                                                          \
    TEN(p "0"), TEN(p "1"), TEN(p "2"), TEN(p "3"), TEN(p "4"), TEN(p "5"), \
        TEN(p "6"), TEN(p "7"), TEN(p "8"), TEN(p "9")

const char *metric_status(int status)
{
    static const char labels[][4] = { HUNDRED("1"), HUNDRED("2"), HUNDRED("3"),
                                      HUNDRED("4"), HUNDRED("5") };

    CHECK(status >= 100 && status < 600);
    return labels[status - 100];
}
