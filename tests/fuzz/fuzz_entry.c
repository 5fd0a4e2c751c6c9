/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what Redis answers: hardly ever an entry, and then one that is
 * written as it was read. And as fields of an entry, which comes back as it was
 * and is none any more when a byte is changed.
 */
#include "base/check.h"
#include "cache/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct text KEY = { "c:A1:bills:read:bills:7", 23 };

static void put_down(const struct cache_entry *entry, struct buffer *buffer)
{
    buffer_init(buffer, 8 << 20);
    cache_entry_write(entry, KEY, buffer);
    CHECK(!buffer_overflown(buffer));
}

static void read_any(struct text t)
{
    CLEANUP(buffer_fini) struct buffer again = { .limit = 0 };
    struct cache_entry entry;

    if (!cache_entry_read(t, KEY, &entry))
        return;
    put_down(&entry, &again);
    CHECK(text_equal(buffer_text(&again), t));
}

static uint64_t take(struct text *from)
{
    uint64_t number = 0;
    size_t len = from->len < sizeof(number) ? from->len : sizeof(number);

    memcpy(&number, from->at, len);
    *from = text_skip(*from, len);
    return number;
}

static struct cache_entry make(struct text from)
{
    static const enum cache_kind kinds[] = { CACHE_VALUE, CACHE_ABSENT,
                                             CACHE_MARKER };
    struct cache_entry entry = {
        .kind = kinds[take(&from) % 3],
        .version = (int64_t)(take(&from) & INT64_MAX),
        .made_ms = take(&from) % UINT64_C(10000000000000000),
        .expires_ms = take(&from) % UINT64_C(10000000000000000),
        .cost_us = (uint32_t)take(&from),
    };

    entry.payload = from.len > 0 ? from : TEXT("x");
    if (entry.kind == CACHE_ABSENT)
        entry.payload = TEXT("");
    return entry;
}

static void there_and_back(struct text data, size_t at, char byte)
{
    CLEANUP(buffer_fini) struct buffer buffer = { .limit = 0 };
    struct cache_entry entry = make(data), again;

    put_down(&entry, &buffer);
    CHECK(cache_entry_read(buffer_text(&buffer), KEY, &again));
    CHECK(again.kind == entry.kind && again.version == entry.version);
    CHECK(again.made_ms == entry.made_ms && again.cost_us == entry.cost_us);
    CHECK(again.expires_ms == entry.expires_ms);
    CHECK(text_equal(again.payload, entry.payload));
    at %= buffer.len;
    if (buffer.at[at] == byte)
        return;
    buffer.at[at] = byte;
    CHECK(!cache_entry_read(buffer_text(&buffer), KEY, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = text_from(size ? (const char *)data : "", size);

    read_any(text);
    if (size >= 3)
        there_and_back(text_skip(text, 3), (size_t)(data[0] << 8 | data[1]),
                       (char)data[2]);
    return 0;
}
