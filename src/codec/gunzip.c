/* SPDX-License-Identifier: MIT */
#include "codec/gunzip.h"

#include "base/check.h"
#include "base/error.h"
#include "base/memory.h"

#include <limits.h>
#include <zlib.h>

enum {
    GUNZIP_MAGIC = 0x475a4950,
    GZIP_WINDOW = 16 + MAX_WBITS, /* zlib's way to say: gzip, nothing else */
};

struct gunzip {
    unsigned magic;
    bool in_member, ended_one;
    z_stream stream;
};

struct gunzip *gunzip_new(void)
{
    struct gunzip *gunzip = NEW(struct gunzip);

    gunzip->magic = GUNZIP_MAGIC;
    CHECK(inflateInit2(&gunzip->stream, GZIP_WINDOW) == Z_OK);
    return gunzip;
}

void gunzip_free(struct gunzip **gunzip)
{
    if (!*gunzip)
        return;
    OBJ_CHECK(*gunzip, GUNZIP_MAGIC);
    inflateEnd(&(*gunzip)->stream);
    memory_free(gunzip);
}

bool gunzip_looks_like(struct text bytes)
{
    return text_starts_with(bytes, "\x1f\x8b");
}

bool gunzip_is_whole(const struct gunzip *gunzip)
{
    return gunzip->ended_one && !gunzip->in_member;
}

/* The next member, if there is a byte of it. */
static void begin_member(struct gunzip *gunzip, struct text *packed)
{
    while (gunzip->ended_one && packed->len > 0 && packed->at[0] == '\0')
        *packed = text_skip(*packed, 1);
    if (packed->len == 0)
        return;
    CHECK(inflateReset(&gunzip->stream) == Z_OK);
    gunzip->in_member = true;
}

static size_t at_most(size_t bytes)
{
    return bytes < UINT_MAX ? bytes : UINT_MAX;
}

/* A Z_BUF_ERROR says that one side is used up, which the caller sees. */
static int inflate_member(struct gunzip *gunzip, struct text *packed, char *to,
                          size_t room, size_t *made)
{
    z_stream *stream = &gunzip->stream;
    size_t given = at_most(packed->len), space = at_most(room - *made);
    int status;

    stream->next_in = (unsigned char *)(uintptr_t)packed->at;
    stream->avail_in = (unsigned)given;
    stream->next_out = (unsigned char *)to + *made;
    stream->avail_out = (unsigned)space;
    status = inflate(stream, Z_NO_FLUSH);
    *packed = text_skip(*packed, given - stream->avail_in);
    *made += space - stream->avail_out;
    if (status == Z_STREAM_END) {
        gunzip->in_member = false;
        gunzip->ended_one = true;
        return 0;
    }
    return status == Z_OK || status == Z_BUF_ERROR ? 0 : -ERR_BAD_REQUEST;
}

int gunzip_next(struct gunzip *gunzip, struct text *packed, char *to,
                size_t room, size_t *ret_made)
{
    int r = 0;

    OBJ_CHECK(gunzip, GUNZIP_MAGIC);
    *ret_made = 0;
    while (r == 0 && packed->len > 0 && *ret_made < room) {
        if (!gunzip->in_member)
            begin_member(gunzip, packed);
        if (gunzip->in_member)
            r = inflate_member(gunzip, packed, to, room, ret_made);
    }
    return r;
}
