/* SPDX-License-Identifier: MIT */
#include "codec/packer.h"

#include "base/check.h"
#include "base/error.h"
#include "base/memory.h"

#include <limits.h>
#include <zlib.h>
#include <zstd.h>

enum {
    PACKER_MAGIC = 0x5041434b,
    ROOM_BYTES = 16 * 1024, /* asked for at a time: a page of 25 bills fits */
    GZIP_WINDOW = 16 + MAX_WBITS, /* zlib's way to say: gzip */
    GZIP_MEMORY = 8,              /* zlib's default */
    FASTEST = 1,                  /* the level, for both */
};

struct packer {
    unsigned magic;
    enum pack_format format;
    z_stream gzip;
    ZSTD_CCtx *zstd;
};

struct packer *packer_new(enum pack_format format)
{
    struct packer *packer = NEW(struct packer);

    packer->magic = PACKER_MAGIC;
    packer->format = format;
    if (format == PACK_GZIP) {
        CHECK(deflateInit2(&packer->gzip, FASTEST, Z_DEFLATED, GZIP_WINDOW,
                           GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK);
        return packer;
    }
    packer->zstd = ZSTD_createCCtx();
    CHECK(packer->zstd != NULL);
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(
        packer->zstd, ZSTD_c_compressionLevel, FASTEST)));
    return packer;
}

void packer_free(struct packer **packer)
{
    if (!*packer)
        return;
    OBJ_CHECK(*packer, PACKER_MAGIC);
    if ((*packer)->format == PACK_GZIP)
        deflateEnd(&(*packer)->gzip);
    ZSTD_freeCCtx((*packer)->zstd);
    memory_free(packer);
}

void packer_begin(struct packer *packer, size_t length)
{
    OBJ_CHECK(packer, PACKER_MAGIC);
    if (packer->format == PACK_GZIP) {
        CHECK(deflateReset(&packer->gzip) == Z_OK);
        return;
    }
    CHECK(
        !ZSTD_isError(ZSTD_CCtx_reset(packer->zstd, ZSTD_reset_session_only)));
    if (length != PACK_LENGTH_UNKNOWN)
        CHECK(!ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(packer->zstd, length)));
}

/* The room that is left before the limit, up to ROOM_BYTES; NULL: none. */
static char *some_room(struct buffer *out, size_t *ret_bytes)
{
    size_t left = out->limit - out->len;

    *ret_bytes = left < ROOM_BYTES ? left : ROOM_BYTES;
    return buffer_room(out, left > 0 ? *ret_bytes : 1);
}

/* Done when it leaves room: it had nothing more to say. */
static int gzip_add(struct packer *packer, struct text plain,
                    enum pack_step step, struct buffer *out)
{
    static const int flush[] = { Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH };
    z_stream *gzip = &packer->gzip;

    CHECK(plain.len <= UINT_MAX);
    gzip->next_in = (unsigned char *)(uintptr_t)plain.at;
    gzip->avail_in = (unsigned)plain.len;
    do {
        size_t room;
        char *at = some_room(out, &room);

        if (!at)
            return -ERR_TOO_LARGE;
        gzip->next_out = (unsigned char *)at;
        gzip->avail_out = (unsigned)room;
        CHECK(deflate(gzip, flush[step]) != Z_STREAM_ERROR);
        buffer_grew(out, room - gzip->avail_out);
    } while (gzip->avail_out == 0);
    return 0;
}

static int zstd_add(struct packer *packer, struct text plain,
                    enum pack_step step, struct buffer *out)
{
    static const ZSTD_EndDirective ends[] = { ZSTD_e_continue, ZSTD_e_flush,
                                              ZSTD_e_end };
    ZSTD_inBuffer from = { .src = plain.at, .size = plain.len };
    size_t unsaid;

    do {
        ZSTD_outBuffer to = { 0 };

        to.dst = some_room(out, &to.size);
        if (!to.dst)
            return -ERR_TOO_LARGE;
        unsaid = ZSTD_compressStream2(packer->zstd, &to, &from, ends[step]);
        CHECK(!ZSTD_isError(unsaid));
        buffer_grew(out, to.pos);
    } while (step == PACK_MORE ? from.pos < from.size : unsaid > 0);
    return 0;
}

int packer_add(struct packer *packer, struct text plain, enum pack_step step,
               struct buffer *out)
{
    OBJ_CHECK(packer, PACKER_MAGIC);
    return packer->format == PACK_GZIP ? gzip_add(packer, plain, step, out)
                                       : zstd_add(packer, plain, step, out);
}
