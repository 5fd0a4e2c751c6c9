/* SPDX-License-Identifier: MIT */
/*
 * Compression at its fastest: gzip (RFC 1952) and zstd (RFC 8878). A packer
 * holds one format's working memory, 256 KiB for gzip and about 1 MiB for
 * zstd, and serves one body after another.
 */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"

enum pack_format { PACK_GZIP, PACK_ZSTD };

enum pack_step {
    PACK_MORE,  /* more follows; what comes out may lag behind */
    PACK_FLUSH, /* more follows, but what is here must be readable now */
    PACK_END,   /* this was the last of the body */
};

/* The length of a body that is made while it is sent. */
#define PACK_LENGTH_UNKNOWN SIZE_MAX

struct packer;

/* Never fails: its memory is of a size that no client decides. */
struct packer *packer_new(enum pack_format format);
void packer_free(struct packer **packer);

/*
 * A new body; one that was not ended is forgotten. Its length, if known, must
 * be what is then added: zstd writes it down.
 */
void packer_begin(struct packer *packer, size_t length);

/* Appends to `out`; -ERR_TOO_LARGE past its limit. Then begin anew. */
int packer_add(struct packer *packer, struct text plain, enum pack_step step,
               struct buffer *out) MUST_CHECK;
