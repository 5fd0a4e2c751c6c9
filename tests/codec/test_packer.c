/* SPDX-License-Identifier: MIT */
#include "codec/packer.h"

#include "base/error.h"
#include "base/memory.h"
#include "codec/gunzip.h"

#include <criterion/criterion.h>
#include <zstd.h>

enum { PLAIN_MAX = 4 * 1024 * 1024 };

static struct buffer plain, packed, again;

static void set_up(void)
{
    buffer_init(&plain, PLAIN_MAX);
    buffer_init(&packed, PLAIN_MAX);
    buffer_init(&again, PLAIN_MAX);
}

static void tear_down(void)
{
    buffer_fini(&plain);
    buffer_fini(&packed);
    buffer_fini(&again);
}

TestSuite(packer, .init = set_up, .fini = tear_down);
TestSuite(gunzip, .init = set_up, .fini = tear_down);

/* Text that repeats itself somewhat, as pages of JSON do. */
static void write_rows(unsigned count)
{
    unsigned noise = 7;

    for (unsigned i = 0; i < count; i++) {
        noise = noise * 1103515245 + 12345;
        buffer_add_format(&plain, "{\"id\":%u,\"status\":\"introduced\"},",
                          noise);
    }
}

/* All of `bytes`, read a few at a time. */
static int gunzip_all(struct gunzip *gunzip, struct text bytes, size_t step)
{
    while (bytes.len > 0) {
        struct text some =
            text_from(bytes.at, step < bytes.len ? step : bytes.len);

        bytes = text_skip(bytes, some.len);
        while (some.len > 0) {
            size_t made;
            int r = gunzip_next(gunzip, &some, buffer_room(&again, 100), 100,
                                &made);

            if (r < 0)
                return r;
            buffer_grew(&again, made);
        }
    }
    return 0;
}

static void unpack(enum pack_format format)
{
    CLEANUP(gunzip_free) struct gunzip *gunzip = gunzip_new();
    size_t n;

    buffer_clear(&again);
    if (format == PACK_GZIP) {
        cr_assert_eq(gunzip_all(gunzip, buffer_text(&packed), SIZE_MAX), 0);
        while (!gunzip_is_whole(gunzip)) /* what was made and had no room */
            cr_assert_fail("the member did not end");
        return;
    }
    n = ZSTD_decompress(buffer_room(&again, PLAIN_MAX), PLAIN_MAX, packed.at,
                        packed.len);
    cr_assert_not(ZSTD_isError(n), "%s", ZSTD_getErrorName(n));
    buffer_grew(&again, n);
}

static void pack_and_compare(struct packer *packer, enum pack_format format)
{
    buffer_clear(&packed);
    packer_begin(packer, plain.len);
    cr_assert_eq(packer_add(packer, buffer_text(&plain), PACK_END, &packed), 0);
    unpack(format);
    cr_expect(text_equal(buffer_text(&again), buffer_text(&plain)));
}

Test(packer, gives_back_what_it_took_one_body_after_another)
{
    for (enum pack_format format = PACK_GZIP; format <= PACK_ZSTD; format++) {
        CLEANUP(packer_free) struct packer *packer = packer_new(format);

        buffer_clear(&plain);
        for (unsigned rows = 0; rows < 60000; rows = rows * 5 + 1) {
            buffer_clear(&plain);
            write_rows(rows);
            pack_and_compare(packer, format);
            if (rows > 100)
                cr_expect_lt(packed.len, plain.len / 2);
        }
    }
}

Test(packer, makes_a_flushed_part_readable_at_once)
{
    CLEANUP(packer_free) struct packer *packer = packer_new(PACK_GZIP);
    CLEANUP(gunzip_free) struct gunzip *gunzip = gunzip_new();

    packer_begin(packer, PACK_LENGTH_UNKNOWN);
    cr_assert_eq(packer_add(packer, TEXT("one"), PACK_MORE, &packed), 0);
    cr_assert_eq(packer_add(packer, TEXT("two"), PACK_FLUSH, &packed), 0);
    cr_assert_eq(gunzip_all(gunzip, buffer_text(&packed), 1), 0);
    cr_expect(text_is(buffer_text(&again), "onetwo"));
    cr_expect_not(gunzip_is_whole(gunzip));
    buffer_clear(&packed);
    cr_assert_eq(packer_add(packer, TEXT_NULL, PACK_END, &packed), 0);
    cr_assert_eq(gunzip_all(gunzip, buffer_text(&packed), 1), 0);
    cr_expect(gunzip_is_whole(gunzip));
}

Test(packer, streams_zstd_of_unknown_length)
{
    CLEANUP(packer_free) struct packer *packer = packer_new(PACK_ZSTD);

    write_rows(5000);
    packer_begin(packer, PACK_LENGTH_UNKNOWN);
    for (size_t at = 0; at < plain.len; at += 1000)
        cr_assert_eq(
            packer_add(packer,
                       text_from(plain.at + at,
                                 plain.len - at < 1000 ? plain.len - at : 1000),
                       PACK_MORE, &packed),
            0);
    cr_assert_eq(packer_add(packer, TEXT_NULL, PACK_END, &packed), 0);
    unpack(PACK_ZSTD);
    cr_expect(text_equal(buffer_text(&again), buffer_text(&plain)));
}

Test(packer, stops_at_the_limit_and_can_begin_anew)
{
    for (enum pack_format format = PACK_GZIP; format <= PACK_ZSTD; format++) {
        CLEANUP(packer_free) struct packer *packer = packer_new(format);
        CLEANUP(buffer_fini) struct buffer small;

        buffer_clear(&plain);
        write_rows(1000);
        buffer_init(&small, 100);
        packer_begin(packer, plain.len);
        cr_expect_eq(packer_add(packer, buffer_text(&plain), PACK_END, &small),
                     -ERR_TOO_LARGE);
        cr_expect_leq(small.len, 100);
        pack_and_compare(packer, format);
    }
}

/* --- gunzip -------------------------------------------------------------- */

static void add_member(const char *content)
{
    CLEANUP(packer_free) struct packer *packer = packer_new(PACK_GZIP);

    packer_begin(packer, strlen(content));
    cr_assert_eq(packer_add(packer, text_of(content), PACK_END, &packed), 0);
}

Test(gunzip, reads_members_in_a_row_and_skips_zeros_between_them)
{
    for (size_t step = 1; step < 200; step += 13) {
        CLEANUP(gunzip_free) struct gunzip *gunzip = gunzip_new();

        buffer_clear(&packed);
        buffer_clear(&again);
        add_member("one, ");
        buffer_add(&packed, "\0\0\0", 3);
        add_member("");
        add_member("two");
        cr_assert_eq(gunzip_all(gunzip, buffer_text(&packed), step), 0);
        cr_expect(text_is(buffer_text(&again), "one, two"));
        cr_expect(gunzip_is_whole(gunzip));
    }
}

Test(gunzip, tells_a_member_that_ends_early)
{
    CLEANUP(gunzip_free) struct gunzip *gunzip = gunzip_new();

    cr_expect_not(gunzip_is_whole(gunzip));
    add_member("whole");
    cr_assert_eq(gunzip_all(gunzip, text_from(packed.at, packed.len - 1), 7),
                 0);
    cr_expect_not(gunzip_is_whole(gunzip));
}

Test(gunzip, refuses_what_is_damaged_or_no_gzip)
{
    CLEANUP(gunzip_free) struct gunzip *damaged = gunzip_new();
    CLEANUP(gunzip_free) struct gunzip *other = gunzip_new();

    add_member("a checksum follows");
    packed.at[packed.len - 8] ^= 1;
    cr_expect_eq(gunzip_all(damaged, buffer_text(&packed), SIZE_MAX),
                 -ERR_BAD_REQUEST);
    cr_expect_eq(gunzip_all(other, TEXT("{\"id\":1}"), SIZE_MAX),
                 -ERR_BAD_REQUEST);
    cr_expect(gunzip_looks_like(buffer_text(&packed)));
    cr_expect_not(gunzip_looks_like(TEXT("\x1f")));
}
