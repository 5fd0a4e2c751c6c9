/* SPDX-License-Identifier: MIT */
/* What was found in the audit log, to be printed at the end. */
#pragma once

#include "base/buffer.h"
#include "base/id.h"

enum finding_kind {
    FOUND_EDITED,    /* a row is not what was sealed */
    FOUND_REMOVED,   /* a sealed row is not there */
    FOUND_INSERTED,  /* a row is there that should have been sealed long ago */
    FOUND_BACKDATED, /* a row was written later than it says */
    FOUND_UNSEALED,  /* no sealer came by for too long */
    FOUND_BROKEN,    /* a seal does not fit what is before it, or was lost */
    FINDING_KINDS
};

enum { FINDINGS_TOLD_MAX = 100, FINDING_AT_BYTES = 32, FINDING_BYTES = 160 };

struct finding {
    enum finding_kind kind;
    char at[FINDING_AT_BYTES], id[UUID_TEXT_BYTES]; /* of a row; or empty */
    int64_t seal;                                   /* 0: none */
    char detail[FINDING_BYTES];
};

struct findings {
    uint64_t rows, seals;
    uint64_t expired; /* sealed rows thrown away with their month */
    uint64_t pending; /* rows too young to be sealed */
    int64_t head;
    char head_hash[65];
    uint64_t counts[FINDING_KINDS], count;
    struct finding told[FINDINGS_TOLD_MAX]; /* the first ones */
};

/* Counts it and, while there is room, keeps it. */
void findings_add(struct findings *findings, const struct finding *finding);

/* A line for each and a sum, or one object and a line end. */
void findings_show_lines(const struct findings *findings, struct buffer *out);
void findings_show_json(const struct findings *findings, struct buffer *out);
