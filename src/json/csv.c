/* SPDX-License-Identifier: MIT */
#include "json/csv.h"

#include "json/encode.h"

/* What cannot stand in a field without quotes around it. */
static const bool special[256] = {
    [','] = true,
    ['"'] = true,
    ['\r'] = true,
    ['\n'] = true,
};

static bool is_plain(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (special[(unsigned char)t.at[i]])
            return false;
    return true;
}

static void add_quoted(struct buffer *buffer, struct text t)
{
    ptrdiff_t quote;

    buffer_add_byte(buffer, '"');
    while ((quote = text_find(t, '"')) >= 0) {
        buffer_add(buffer, t.at, (size_t)quote + 1);
        buffer_add_byte(buffer, '"');
        t = text_skip(t, (size_t)quote + 1);
    }
    buffer_add_text(buffer, t);
    buffer_add_byte(buffer, '"');
}

static void add_text(struct buffer *buffer, struct text t)
{
    if (t.len > 0 && is_plain(t))
        buffer_add_text(buffer, t);
    else
        add_quoted(buffer, t);
}

/* As JSON, which has quotes unless the list is empty. */
static void add_list(struct buffer *buffer, struct text t)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = buffer->limit };

    encode_list(&json, t);
    buffer->overflown |= buffer_overflown(&json);
    add_text(buffer, buffer_text(&json));
}

static void add_value(struct buffer *buffer, enum field_type type,
                      struct text t)
{
    if (text_is_null(t))
        return;
    if (type == FIELD_BOOLEAN)
        encode_boolean(buffer, t);
    else if (type == FIELD_TEXT_LIST)
        add_list(buffer, t);
    else if (type == FIELD_TIMESTAMP)
        encode_timestamp(buffer, t); /* its quotes are CSV's as well */
    else
        add_text(buffer, t);
}

void csv_encode_names(const struct selection *selection, struct buffer *buffer)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        add_text(buffer, field_name(selection->fields[i]));
    }
    buffer_add_string(buffer, "\r\n");
}

void csv_encode(const struct selection *selection, const struct text *columns,
                struct buffer *buffer)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        add_value(buffer, selection->fields[i]->type, columns[i]);
    }
    buffer_add_string(buffer, "\r\n");
}
