/* SPDX-License-Identifier: MIT */
#include "import/copy_text.h"

/* What stands behind the backslash, for the bytes that need one. */
static const char escapes[256] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',  ['\r'] = 'r',
    ['\t'] = 't', ['\v'] = 'v', ['\\'] = '\\',
};

static size_t plain_run(struct text t)
{
    size_t i = 0;

    while (i < t.len && !escapes[(unsigned char)t.at[i]])
        i++;
    return i;
}

static void add_escaped(struct buffer *rows, struct text t)
{
    for (;;) {
        size_t run = plain_run(t);

        buffer_add(rows, t.at, run);
        if (run == t.len)
            return;
        buffer_add_byte(rows, '\\');
        buffer_add_byte(rows, escapes[(unsigned char)t.at[run]]);
        t = text_skip(t, run + 1);
    }
}

void copy_row(struct buffer *rows, uint64_t first)
{
    buffer_add_int(rows, (int64_t)first);
}

void copy_column(struct buffer *rows, struct text t)
{
    buffer_add_byte(rows, '\t');
    if (text_is_null(t))
        buffer_add_string(rows, "\\N");
    else
        add_escaped(rows, t);
}

void copy_number(struct buffer *rows, int64_t value)
{
    buffer_add_byte(rows, '\t');
    buffer_add_int(rows, value);
}

void copy_row_end(struct buffer *rows)
{
    buffer_add_byte(rows, '\n');
}
