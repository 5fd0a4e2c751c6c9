/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"

#include <criterion/criterion.h>

Test(id, makes_uuids_of_version_7_that_rise)
{
    struct uuid before = uuid_v7();

    cr_expect_eq(before.bytes[6] >> 4, 7);
    cr_expect_eq(before.bytes[8] >> 6, 2);
    for (int i = 0; i < 20000; i++) { /* more than the counter's 4,096 */
        struct uuid next = uuid_v7();

        cr_assert_lt(memcmp(before.bytes, next.bytes, 16), 0, "at %d", i);
        before = next;
    }
}

Test(id, begins_with_the_time_in_milliseconds)
{
    uint64_t before = clock_wall_ns() / NS_PER_MS, ms = 0;
    struct uuid id = uuid_v7();

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id.bytes[i];
    cr_expect(ms >= before && ms <= clock_wall_ns() / NS_PER_MS);
}

Test(id, reads_back_what_it_writes_in_either_case)
{
    struct uuid id = uuid_v7(), again;
    char text[UUID_TEXT_BYTES];

    uuid_format(id, text);
    cr_assert(uuid_parse(text_of(text), &again));
    cr_expect_eq(memcmp(&id, &again, sizeof(id)), 0);
    for (char *at = text; *at; at++)
        if (*at >= 'a')
            *at = (char)(*at - 32);
    cr_assert(uuid_parse(text_of(text), &again));
    cr_expect_eq(memcmp(&id, &again, sizeof(id)), 0);
}

Test(id, refuses_what_only_looks_like_a_uuid)
{
    const char *const wrong[] = {
        "",
        "0198c8c0-0000-7000-8000-00000000000",
        "0198c8c0-0000-7000-8000-0000000000000",
        "0198c8c0000007000-8000-0000000000000",
        "0198c8c0-0000-7000-8000-00000000000g",
        "{198c8c0-0000-7000-8000-00000000000}",
        "0198c8c0-0000-7000-8000 000000000000",
        "0198c8c0-0000-7000-8000-0000000000 0",
    };
    struct uuid id;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        cr_expect_not(uuid_parse(text_of(wrong[i]), &id), "%s", wrong[i]);
}

Test(id, gives_other_random_bytes_each_time)
{
    unsigned char a[300] = { 0 }, b[300] = { 0 }, c[16], d[16];

    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    random_bytes(c, sizeof(c));
    random_bytes(d, sizeof(d));
    cr_expect_neq(memcmp(a, b, sizeof(a)), 0);
    cr_expect_neq(memcmp(c, d, sizeof(c)), 0);
}

Test(id, writes_hexadecimal)
{
    char text[7];

    hex_format("\x00\xAB\x7F", 3, text);
    cr_expect_str_eq(text, "00ab7f");
}
