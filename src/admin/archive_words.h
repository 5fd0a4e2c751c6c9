/* SPDX-License-Identifier: MIT */
/*
 * What pg_dump and pg_restore say when they are --verbose: how far they are,
 * and, when they fail, why. They write it to `fd`, a file in memory.
 */
#pragma once

#include "admin/exit.h"

#include <sys/types.h>

enum { ARCHIVE_LINE_BYTES = 1024 };

struct archive_words {
    int fd;
    off_t looked;             /* at whole lines, up to there */
    const char *const *marks; /* how lines that count begin; ended by NULL */
    unsigned count;           /* of those */
    char error[ARCHIVE_LINE_BYTES]; /* the first that tells of one, or "" */
    char last[ARCHIVE_LINE_BYTES];
};

/* Marks are borrowed. To be ended by archive_words_fini(), also on failure. */
int archive_words_init(struct archive_words *words, const char *const *marks,
                       struct refusal *why) MUST_CHECK;
void archive_words_fini(struct archive_words *words);

/* Looks at the lines that were ended since. */
void archive_words_look(struct archive_words *words);
