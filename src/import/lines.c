/* SPDX-License-Identifier: MIT */
#include "import/lines.h"

#include "base/check.h"

void lines_init(struct lines *lines, size_t limit_bytes)
{
    *lines = (struct lines){ .number = 0 };
    buffer_init(&lines->held, limit_bytes);
}

void lines_fini(struct lines *lines)
{
    buffer_fini(&lines->held);
}

void lines_feed(struct lines *lines, struct text run)
{
    CHECK(lines->run.len == 0);
    lines->run = run;
}

/* Forgets the line that was lent last. */
static void take_back(struct lines *lines)
{
    if (lines->lent)
        buffer_clear(&lines->held);
    lines->lent = false;
}

static void hold(struct lines *lines, struct text piece)
{
    if (lines->skipping || piece.len == 0)
        return;
    buffer_add_text(&lines->held, piece);
    lines->skipping = buffer_overflown(&lines->held);
    if (lines->skipping)
        buffer_clear(&lines->held);
}

static void lend(struct lines *lines, struct text text, struct line *ret_line)
{
    *ret_line = (struct line){
        .number = ++lines->number,
        .text = lines->skipping ? TEXT("") : text,
        .too_long = lines->skipping,
    };
    lines->lent = true;
    lines->skipping = false;
}

static bool fits(const struct lines *lines, struct text piece)
{
    return lines->held.len == 0 && !lines->skipping &&
           piece.len <= lines->held.limit;
}

bool lines_next(struct lines *lines, struct line *ret_line)
{
    struct text piece;
    ptrdiff_t end;

    take_back(lines);
    end = text_find(lines->run, '\n');
    if (end < 0) {
        hold(lines, lines->run);
        lines->run = TEXT("");
        return false;
    }
    piece = text_from(lines->run.at, (size_t)end);
    lines->run = text_skip(lines->run, (size_t)end + 1);
    if (fits(lines, piece)) {
        lend(lines, piece, ret_line);
        return true;
    }
    hold(lines, piece);
    lend(lines, buffer_text(&lines->held), ret_line);
    return true;
}

bool lines_last(struct lines *lines, struct line *ret_line)
{
    CHECK(lines->run.len == 0);
    take_back(lines);
    if (lines->held.len == 0 && !lines->skipping)
        return false;
    lend(lines, buffer_text(&lines->held), ret_line);
    return true;
}
