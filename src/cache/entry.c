/* SPDX-License-Identifier: MIT */
#include "cache/entry.h"

#include "base/check.h"
#include "base/crc.h"

#include <inttypes.h>

/* A field of the head: where it begins, how many characters it has. */
struct place {
    size_t at, len;
};

static const struct place VERSION = { CACHE_ENTRY_VERSION_AT,
                                      CACHE_ENTRY_VERSION_BYTES };
static const struct place CHECKSUM = { 21, 8 };
static const struct place MADE = { 29, 16 }, EXPIRES = { 45, 16 };
static const struct place COST = { 61, 10 };

static const uint64_t TIME_MAX = UINT64_C(9999999999999999);

static bool is_kind(char c)
{
    return c == CACHE_VALUE || c == CACHE_ABSENT || c == CACHE_MARKER;
}

static bool is_sound(const struct cache_entry *entry)
{
    return entry->version >= 0 && entry->made_ms <= TIME_MAX &&
           entry->expires_ms <= TIME_MAX &&
           entry->payload.len <= CACHE_ENTRY_PAYLOAD_MAX &&
           (entry->payload.len == 0) == (entry->kind == CACHE_ABSENT);
}

/* The length of the key comes first, so that no byte of it can pass for one of
 * the value. */
static uint32_t checksum_of(struct text t, struct text key)
{
    uint64_t len = key.len;
    uint32_t crc = crc32c(0, text_from((const char *)&len, sizeof(len)));

    crc = crc32c(crc, key);
    crc = crc32c(crc, text_from(t.at, CHECKSUM.at));
    return crc32c(crc, text_skip(t, CHECKSUM.at + CHECKSUM.len));
}

static void format_checksum(uint32_t checksum, char *ret_at)
{
    for (size_t i = CHECKSUM.len; i-- > 0; checksum >>= 4)
        ret_at[i] = "0123456789abcdef"[checksum & 15];
}

void cache_entry_write(const struct cache_entry *entry, struct text key,
                       struct buffer *buffer)
{
    size_t start = buffer->len;

    CHECK(is_sound(entry) && is_kind((char)entry->kind));
    buffer_add_format(
        buffer, "%c%020" PRId64 "%08d%016" PRIu64 "%016" PRIu64 "%010" PRIu32,
        entry->kind, entry->version, 0, entry->made_ms, entry->expires_ms,
        entry->cost_us);
    buffer_add_text(buffer, entry->payload);
    if (buffer_overflown(buffer))
        return;
    format_checksum(checksum_of(text_skip(buffer_text(buffer), start), key),
                    buffer->at + start + CHECKSUM.at);
}

static bool has_checksum(struct text t, struct text key)
{
    char wanted[8];

    format_checksum(checksum_of(t, key), wanted);
    return memcmp(t.at + CHECKSUM.at, wanted, sizeof(wanted)) == 0;
}

/* Digits alone, and no more than fit. */
static bool read_number(struct text t, struct place place, uint64_t max,
                        uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < place.len; i++) {
        unsigned digit = (unsigned)(unsigned char)t.at[place.at + i] - '0';

        if (digit > 9 || number > UINT64_MAX / 10 - 1)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return number <= max;
}

static bool read_head(struct text t, struct cache_entry *ret_entry)
{
    uint64_t version, cost;

    if (!is_kind(t.at[CACHE_ENTRY_KIND_AT]) ||
        !read_number(t, VERSION, INT64_MAX, &version) ||
        !read_number(t, MADE, TIME_MAX, &ret_entry->made_ms) ||
        !read_number(t, EXPIRES, TIME_MAX, &ret_entry->expires_ms) ||
        !read_number(t, COST, UINT32_MAX, &cost))
        return false;
    ret_entry->kind = (enum cache_kind)t.at[CACHE_ENTRY_KIND_AT];
    ret_entry->version = (int64_t)version;
    ret_entry->cost_us = (uint32_t)cost;
    return true;
}

bool cache_entry_read(struct text t, struct text key,
                      struct cache_entry *ret_entry)
{
    if (t.len < CACHE_ENTRY_HEAD_BYTES || !read_head(t, ret_entry))
        return false;
    ret_entry->payload = text_skip(t, CACHE_ENTRY_HEAD_BYTES);
    return is_sound(ret_entry) && has_checksum(t, key);
}
