/* SPDX-License-Identifier: MIT */
/* The table for programs: wrappers, and the test that walks all commands. */
#include "command/help_parts.h"
#include "json/encode.h"

enum { MEMBERS_MAX = 6 };

/* One row: its columns as an object's texts. */
static void add_row(struct buffer *out, const char *const *names,
                    const char *const *values)
{
    for (unsigned i = 0; i < MEMBERS_MAX && names[i]; i++) {
        buffer_add_byte(out, i > 0 ? ',' : '{');
        encode_text(out, text_of(names[i]));
        buffer_add_byte(out, ':');
        encode_text(out, text_of(values[i]));
    }
}

#define ROW(out, names, ...) \
    add_row(out, names, (const char *const[]){ __VA_ARGS__ })

static void begin_item(struct buffer *out, bool *first)
{
    buffer_add_string(out, *first ? "" : ",");
    *first = false;
}

static void add_actions(const struct verb_table *table, const struct verb *verb,
                        struct buffer *out)
{
    static const char *const names[] = { "name", "operands", "summary", NULL };
    const struct verb_action *row = NULL;
    bool first = true;

    buffer_add_string(out, ",\"actions\":[");
    while ((row = verb_next_action(table, verb, row))) {
        begin_item(out, &first);
        ROW(out, names, row->name, row->operands, row->summary);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void add_options(const struct verb_table *table, const struct verb *verb,
                        struct buffer *out)
{
    static const char *const names[] = { "name", "actions", "argument",
                                         "summary", NULL };
    const struct verb_option *row = NULL;
    bool first = true;

    buffer_add_string(out, ",\"options\":[");
    while ((row = verb_next_option(table, verb, row))) {
        begin_item(out, &first);
        ROW(out, names, row->name, row->actions, row->argument, row->summary);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void add_documents(const struct verb_table *table,
                          const struct verb *verb, struct buffer *out)
{
    static const char *const names[] = { "actions", "shape", NULL };
    const struct verb_document *row = NULL;
    bool first = true;

    buffer_add_string(out, ",\"documents\":[");
    while ((row = verb_next_document(table, verb, row))) {
        begin_item(out, &first);
        ROW(out, names, row->actions, row->shape);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void add_exit(struct buffer *out, int status, const char *meaning)
{
    buffer_add_format(
        out, "%s{\"status\":%d,\"meaning\":", status > 0 ? "," : "", status);
    encode_text(out, text_of(meaning));
    buffer_add_byte(out, '}');
}

void help_json(const struct verb_table *table, struct buffer *out)
{
    static const char *const names[] = { "name",    "group", "operands",
                                         "summary", "text",  NULL };
    bool first = true;

    buffer_add_byte(out, '[');
    for (const struct verb *verb = table->verbs; verb->name; verb++) {
        begin_item(out, &first);
        buffer_add_byte(out, '\n');
        ROW(out, names, verb->name, verb->group, verb->operands, verb->summary,
            verb->text);
        add_actions(table, verb, out);
        add_options(table, verb, out);
        add_documents(table, verb, out);
        buffer_add_string(out, ",\"exits\":[");
        help__each_exit(table, verb, add_exit, out);
        buffer_add_string(out, "]}");
    }
    buffer_add_string(out, "\n]\n");
}
