/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file: cut into lines in two ways, which must agree, and each
 * line read as a bill and as a person. What is taken becomes whole rows of
 * COPY, with as many columns as the tables have; what is refused becomes none.
 */
#include "base/check.h"
#include "import/import_kind.h"
#include "import/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_BYTES = 4096, LIMIT_BYTES = 1 << 24 };

static const size_t bill_columns[] = { 17, 8, 3 };
static const size_t person_columns[] = { 10, 0, 0 };

/* Escaped text holds no bare tab and no bare line end. */
static void check_rows(struct text rows, uint64_t line, size_t columns)
{
    struct text row, column;

    CHECK(rows.len == 0 || rows.at[rows.len - 1] == '\n');
    while (rows.len > 0 && text_cut(&rows, '\n', &row)) {
        int64_t first;
        size_t count = 1;

        CHECK(text_is_utf8(row) && text_find(row, '\0') < 0);
        CHECK(text_cut(&row, '\t', &column));
        CHECK(text_to_int64(column, &first) && (uint64_t)first == line);
        while (text_cut(&row, '\t', &column))
            count++;
        CHECK(count == columns);
    }
}

static void read_line(const struct import_kind *kind, const struct line *line,
                      const size_t columns[static STAGED_TABLES_MAX])
{
    struct buffer rows[STAGED_TABLES_MAX];
    struct arena arena;
    struct diag diag;
    struct record record = {
        .text = line->text, .line = line->number, .arena = &arena, .diag = &diag
    };
    size_t bytes = 0;
    int r;

    arena_init(&arena, LIMIT_BYTES);
    diag_init(&diag, &arena);
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_init(&rows[i], LIMIT_BYTES);
    r = kind->read(&record, rows);
    CHECK(r <= 0 && (r == 0) == (diag.code == 0 && diag.violation_count == 0));
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++) {
        check_rows(buffer_text(&rows[i]), line->number, columns[i]);
        bytes += rows[i].len;
        buffer_fini(&rows[i]);
    }
    CHECK((r == 0) == (bytes > 0));
    arena_fini(&arena);
}

/* The next line of what comes in runs of `step` bytes. */
static bool next(struct lines *lines, struct text *rest, size_t step,
                 struct line *ret_line)
{
    while (!lines_next(lines, ret_line)) {
        size_t len = rest->len < step ? rest->len : step;

        if (len == 0)
            return lines_last(lines, ret_line);
        lines_feed(lines, text_from(rest->at, len));
        *rest = text_skip(*rest, len);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text whole = text_from(size ? (const char *)data : "", size);
    struct text again = whole;
    size_t step = 1 + size % 7;
    struct lines lines, pieces;
    struct line line, piece;

    lines_init(&lines, LINE_BYTES);
    lines_init(&pieces, LINE_BYTES);
    while (next(&lines, &whole, size, &line)) {
        CHECK(next(&pieces, &again, step, &piece));
        CHECK(line.number == piece.number && line.too_long == piece.too_long);
        CHECK(text_equal(line.text, piece.text));
        read_line(&import_bills, &line, bill_columns);
        read_line(&import_people, &line, person_columns);
    }
    CHECK(!next(&pieces, &again, step, &piece));
    lines_fini(&lines);
    lines_fini(&pieces);
    return 0;
}
