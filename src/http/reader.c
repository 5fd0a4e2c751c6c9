/* SPDX-License-Identifier: MIT */
#include "http/reader.h"

#include "base/clock.h"

void reader_begin(struct reader *reader, uint64_t now_ns)
{
    reader->since_ns = now_ns;
}

static uint64_t limit_ns(const struct readers *all, uint64_t now_ns)
{
    const uint64_t crowd_ns = READER_CROWD_S * NS_PER_S;

    return now_ns < all->crowded_until_ns && crowd_ns < all->limit_ns
               ? crowd_ns
               : all->limit_ns;
}

/* Of a short limit nine tenths are left at least. */
static uint64_t ahead_ns(const struct readers *all, uint64_t limit_ns)
{
    return all->again_ns < limit_ns / 10 ? all->again_ns : limit_ns / 10;
}

bool reader_has_had_its_time(struct readers *all, struct reader *reader,
                             uint64_t taken, uint64_t now_ns)
{
    uint64_t slow_ns, most_ns = limit_ns(all, now_ns);

    if (taken - reader->taken >= READER_LEAST_BYTES) {
        reader->taken = taken;
        reader->since_ns = now_ns;
    }
    slow_ns = now_ns - reader->since_ns;
    if (slow_ns > READER_CROWD_S * NS_PER_S / 2)
        all->stuck++;
    return slow_ns > most_ns - ahead_ns(all, most_ns);
}

/* The last of a crowd are few again, and still of it. */
void readers_end_round(struct readers *all, uint64_t now_ns)
{
    if (all->stuck > all->most / READER_CROWD)
        all->crowded_until_ns = now_ns + all->limit_ns;
    all->stuck = 0;
}
