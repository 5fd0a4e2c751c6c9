/* SPDX-License-Identifier: MIT */
/* Gzip made for a test. */
#pragma once

#include "base/buffer.h"

#include <criterion/criterion.h>
#include <zlib.h>

/* Adds one gzip member. */
UNUSED static void pack(struct buffer *out, struct text plain)
{
    z_stream stream = { 0 };
    size_t room = plain.len + 1024;

    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
                              Z_DEFAULT_STRATEGY),
                 Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)plain.at;
    stream.avail_in = (unsigned)plain.len;
    stream.next_out = (unsigned char *)buffer_room(out, room);
    stream.avail_out = (unsigned)room;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    buffer_grew(out, room - stream.avail_out);
    deflateEnd(&stream);
}
