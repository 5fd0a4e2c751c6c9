/* SPDX-License-Identifier: MIT */
#include "cache/entry.h"

#include <criterion/criterion.h>

static const struct text KEY = { "c:A1:bills:read:bills:7", 23 };

static struct cache_entry a_value(void)
{
    return (struct cache_entry){ .kind = CACHE_VALUE,
                                 .version = 17,
                                 .made_ms = 1763973600000,
                                 .expires_ms = 1763973660000,
                                 .cost_us = 812,
                                 .payload = TEXT("{\"id\":7}") };
}

static struct buffer written(struct cache_entry entry, struct text key)
{
    struct buffer buffer;

    buffer_init(&buffer, 1 << 20);
    cache_entry_write(&entry, key, &buffer);
    return buffer;
}

static void expect_there_and_back(struct cache_entry entry)
{
    CLEANUP(buffer_fini) struct buffer buffer = written(entry, KEY);
    struct cache_entry again;

    cr_assert(cache_entry_read(buffer_text(&buffer), KEY, &again));
    cr_expect_eq(again.kind, entry.kind);
    cr_expect_eq(again.version, entry.version);
    cr_expect_eq(again.made_ms, entry.made_ms);
    cr_expect_eq(again.expires_ms, entry.expires_ms);
    cr_expect_eq(again.cost_us, entry.cost_us);
    cr_expect(text_equal(again.payload, entry.payload));
}

Test(entry, comes_back_as_it_was)
{
    struct cache_entry entry = a_value();

    expect_there_and_back(entry);
    entry.version = INT64_MAX;
    entry.cost_us = UINT32_MAX;
    entry.made_ms = entry.expires_ms = UINT64_C(9999999999999999);
    expect_there_and_back(entry);
    expect_there_and_back((struct cache_entry){
        .kind = CACHE_ABSENT, .made_ms = 1, .payload = TEXT("") });
    expect_there_and_back((struct cache_entry){
        .kind = CACHE_MARKER, .version = 18, .payload = TEXT("whose") });
}

Test(entry, has_kind_and_version_where_scripts_look_for_them)
{
    CLEANUP(buffer_fini) struct buffer buffer = written(a_value(), KEY);

    cr_expect_eq(buffer.at[CACHE_ENTRY_KIND_AT], 'V');
    cr_expect(text_is(text_from(buffer.at + CACHE_ENTRY_VERSION_AT,
                                CACHE_ENTRY_VERSION_BYTES),
                      "00000000000000000017"));
    cr_expect(text_is(text_skip(buffer_text(&buffer), CACHE_ENTRY_HEAD_BYTES),
                      "{\"id\":7}"));
}

Test(entry, of_another_key_is_none)
{
    CLEANUP(buffer_fini) struct buffer buffer = written(a_value(), KEY);
    struct cache_entry entry;

    cr_expect_not(cache_entry_read(buffer_text(&buffer),
                                   TEXT("c:A1:bills:read:bills:8"), &entry));
    cr_expect_not(cache_entry_read(buffer_text(&buffer),
                                   TEXT("c:A1:bills:read:bills:"), &entry));
}

Test(entry, with_any_byte_changed_is_none)
{
    CLEANUP(buffer_fini) struct buffer buffer = written(a_value(), KEY);
    struct cache_entry entry;

    for (size_t at = 0; at < buffer.len; at++)
        for (int bit = 0; bit < 8; bit++) {
            buffer.at[at] = (char)(buffer.at[at] ^ 1 << bit);
            cr_assert_not(cache_entry_read(buffer_text(&buffer), KEY, &entry),
                          "bit %d of byte %zu", bit, at);
            buffer.at[at] = (char)(buffer.at[at] ^ 1 << bit);
        }
    cr_expect(cache_entry_read(buffer_text(&buffer), KEY, &entry));
}

Test(entry, cut_or_with_more_behind_is_none)
{
    CLEANUP(buffer_fini) struct buffer buffer = written(a_value(), KEY);
    struct cache_entry entry;

    for (size_t len = 0; len < buffer.len; len++)
        cr_assert_not(cache_entry_read(text_from(buffer.at, len), KEY, &entry));
    buffer_add_byte(&buffer, ' ');
    cr_expect_not(cache_entry_read(buffer_text(&buffer), KEY, &entry));
    cr_expect_not(cache_entry_read(TEXT_NULL, KEY, &entry));
}

Test(entry, too_large_for_its_buffer_marks_that)
{
    CLEANUP(buffer_fini) struct buffer buffer = { .limit = 75 };
    struct cache_entry entry = a_value();

    cache_entry_write(&entry, KEY, &buffer);
    cr_expect(buffer_overflown(&buffer));
}
