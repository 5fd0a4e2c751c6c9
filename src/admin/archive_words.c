/* SPDX-License-Identifier: MIT */
#include "admin/archive_words.h"

#include "admin/disk.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE_BYTES = 16 << 10 };

int archive_words_init(struct archive_words *words, const char *const *marks,
                       struct refusal *why)
{
    *words = (struct archive_words){ .marks = marks };
    words->fd = memfd_create("words", MFD_CLOEXEC);
    return words->fd >= 0 ? 0
                          : refuse(why, EXIT_FAILED, "no memory file: %s",
                                   strerror(errno));
}

void archive_words_fini(struct archive_words *words)
{
    fd_close(&words->fd);
    words->fd = -1;
}

static void keep(char to[static ARCHIVE_LINE_BYTES], struct text line)
{
    snprintf(to, ARCHIVE_LINE_BYTES, "%.*s", TEXT_ARG(line));
}

/* "PROGRAM: what it does", or "PROGRAM: error: what happened". */
static void look_at(struct archive_words *words, struct text line)
{
    struct text said = text_skip(line, (size_t)(text_find(line, ' ') + 1));

    if (line.len > 0)
        keep(words->last, line);
    if (!*words->error && text_starts_with(said, "error: "))
        keep(words->error, line);
    for (const char *const *mark = words->marks; *mark; mark++)
        words->count += text_starts_with(said, *mark);
}

/* A line longer than a piece is looked at in parts. */
static struct text whole_lines(struct text piece)
{
    struct text lines = piece;

    while (lines.len > 0 && lines.at[lines.len - 1] != '\n')
        lines.len--;
    return lines.len == 0 && piece.len == PIECE_BYTES ? piece : lines;
}

void archive_words_look(struct archive_words *words)
{
    char piece[PIECE_BYTES];
    struct text rest, line;
    ssize_t got;

    while ((got = pread(words->fd, piece, sizeof(piece), words->looked)) > 0) {
        rest = whole_lines(text_from(piece, (size_t)got));
        if (rest.len == 0)
            return;
        words->looked += (off_t)rest.len;
        while (text_cut(&rest, '\n', &line))
            look_at(words, line);
    }
}
