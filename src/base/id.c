/* SPDX-License-Identifier: MIT */
#include "base/id.h"

#include "base/check.h"
#include "base/clock.h"

#include <sys/random.h>

static void fill_random(unsigned char *at, size_t len)
{
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);

        CHECK(got > 0); /* fails only for bad arguments once seeded */
        at += got;
        len -= (size_t)got;
    }
}

/* One system call for so many: an id takes 8 to 16. */
enum { POOL_BYTES = 4096 };

void random_bytes(void *ret_at, size_t len)
{
    static _Thread_local unsigned char pool[POOL_BYTES];
    static _Thread_local size_t left;
    unsigned char *at = ret_at;

    if (len > sizeof(pool)) {
        fill_random(at, len);
        return;
    }
    if (left < len) {
        fill_random(pool, sizeof(pool));
        left = sizeof(pool);
    }
    left -= len;
    memcpy(at, pool + left, len);
    memset(pool + left, 0, len); /* what was handed out is not kept */
}

struct uuid uuid_v7(void)
{
    static _Thread_local uint64_t last_ms;
    static _Thread_local unsigned counter;
    uint64_t ms = clock_wall_ns() / NS_PER_MS;
    struct uuid id;

    if (ms > last_ms) {
        last_ms = ms;
        counter = 0;
    } else if (++counter > 0xFFF) { /* borrow the next millisecond */
        last_ms++;
        counter = 0;
    }
    random_bytes(id.bytes + 8, 8);
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (unsigned char)(last_ms >> (40 - 8 * i));
    id.bytes[6] = (unsigned char)(0x70 | counter >> 8);
    id.bytes[7] = (unsigned char)counter;
    id.bytes[8] = (unsigned char)(0x80 | (id.bytes[8] & 0x3F));
    return id;
}

static const char hex_digits[] = "0123456789abcdef";

void hex_format(const void *at, size_t len, char *ret_text)
{
    const unsigned char *bytes = at;

    for (size_t i = 0; i < len; i++) {
        *ret_text++ = hex_digits[bytes[i] >> 4];
        *ret_text++ = hex_digits[bytes[i] & 15];
    }
    *ret_text = '\0';
}

static bool hyphen_before_byte(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(struct uuid id, char ret_text[static UUID_TEXT_BYTES])
{
    for (int i = 0; i < 16; i++) {
        if (hyphen_before_byte(i))
            *ret_text++ = '-';
        *ret_text++ = hex_digits[id.bytes[i] >> 4];
        *ret_text++ = hex_digits[id.bytes[i] & 15];
    }
    *ret_text = '\0';
}

int hex_value(char c)
{
    /* one more than each digit's value, so that all others are 0 */
    static const signed char values[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
        ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };

    return values[(unsigned char)c] - 1;
}

bool uuid_parse(struct text t, struct uuid *ret_id)
{
    const char *at = t.at;

    if (t.len != UUID_TEXT_BYTES - 1)
        return false;
    for (int i = 0; i < 16; i++) {
        int high, low;

        if (hyphen_before_byte(i) && *at++ != '-')
            return false;
        high = hex_value(at[0]);
        low = hex_value(at[1]);
        if (high < 0 || low < 0)
            return false;
        ret_id->bytes[i] = (unsigned char)(high << 4 | low);
        at += 2;
    }
    return true;
}
