/* SPDX-License-Identifier: MIT */
#include "command/help_parts.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 2, FIRST_COLUMN = 26, OVERVIEW_COLUMN = 16 };

static void add_spaces(struct buffer *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        buffer_add_byte(out, ' ');
}

/* --- wrapping -------------------------------------------------------------
 */

static void wrap_paragraph(struct buffer *out, struct text rest,
                           unsigned indent, unsigned column)
{
    struct text word;

    while (text_cut(&rest, ' ', &word)) {
        size_t width = text_code_points(word);

        if (column > indent && column + 1 + width > HELP_COLUMNS) {
            buffer_add_byte(out, '\n');
            add_spaces(out, indent);
            column = indent;
        } else if (column > indent) {
            buffer_add_byte(out, ' ');
            column++;
        }
        buffer_add_text(out, word);
        column += (unsigned)width;
    }
    buffer_add_byte(out, '\n');
}

void help_wrap(struct buffer *out, const char *text, unsigned indent,
               unsigned column)
{
    struct text rest = text_of(text), line;

    for (; text_cut(&rest, '\n', &line); column = 0) {
        if (line.len == 0) {
            buffer_add_byte(out, '\n');
            continue;
        }
        if (column < indent)
            add_spaces(out, indent - column);
        wrap_paragraph(out, line, indent, indent);
    }
}

/* A term, and behind or below it what it means. */
static void add_entry(struct buffer *out, const char *term, unsigned column,
                      const char *meaning)
{
    size_t width = text_code_points(text_of(term));

    add_spaces(out, INDENT);
    buffer_add_string(out, term);
    if (INDENT + width + 2 > column) {
        buffer_add_byte(out, '\n');
        help_wrap(out, meaning, column, 0);
        return;
    }
    help_wrap(out, meaning, column, (unsigned)(INDENT + width));
}

/* --- one command ----------------------------------------------------------
 */

static void add_form(struct buffer *out, const char *form, void *arg)
{
    const char **prefix = arg;

    buffer_add_string(out, *prefix);
    help_wrap(out, form, (unsigned)strlen(*prefix) + 4,
              (unsigned)strlen(*prefix) + 4);
    *prefix = "       ";
}

void help_synopsis(const struct verb_table *table, const struct verb *verb,
                   const char *prefix, struct buffer *out)
{
    help__each_form(table, verb, add_form, out, &prefix);
}

static void add_actions(const struct verb_table *table, const struct verb *verb,
                        struct buffer *out)
{
    const struct verb_action *row = verb_next_action(table, verb, NULL);

    if (row)
        buffer_add_string(out, "\n");
    for (; row; row = verb_next_action(table, verb, row)) {
        char term[FIRST_COLUMN * 2];

        snprintf(term, sizeof(term), "%s%s%s", row->name,
                 row->operands[0] ? " " : "", row->operands);
        add_entry(out, term, FIRST_COLUMN, row->summary);
    }
}

static void add_options(const struct verb_table *table, const struct verb *verb,
                        struct buffer *out)
{
    const struct verb_option *row = NULL;

    buffer_add_string(out, "\noptions:\n");
    while ((row = verb_next_option(table, verb, row))) {
        char term[FIRST_COLUMN * 2];

        snprintf(term, sizeof(term), "%s%s%s", row->name,
                 row->argument ? " " : "", row->argument ? row->argument : "");
        add_entry(out, term, FIRST_COLUMN, row->summary);
    }
    add_entry(out, "-h, --help", FIRST_COLUMN, "say this");
    add_entry(out, "--SETTING VALUE", FIRST_COLUMN,
              "any setting: see `portcullis config reference`");
}

static void add_documents(const struct verb_table *table,
                          const struct verb *verb, struct buffer *out)
{
    const struct verb_document *row = verb_next_document(table, verb, NULL);

    if (row)
        buffer_add_string(out, "\n--json prints:\n");
    for (; row; row = verb_next_document(table, verb, row))
        add_entry(out, row->actions[0] ? row->actions : verb->name,
                  FIRST_COLUMN, row->shape);
}

static void add_exit(struct buffer *out, int status, const char *meaning)
{
    char term[16];

    snprintf(term, sizeof(term), "%d", status);
    add_entry(out, term, INDENT + 5, meaning);
}

void help_verb(const struct verb_table *table, const struct verb *verb,
               struct buffer *out)
{
    buffer_add_format(out, "%s %s: %s\n\n", table->program, verb->name,
                      verb->summary);
    help_synopsis(table, verb, "usage: ", out);
    add_actions(table, verb, out);
    if (verb->text[0]) {
        buffer_add_byte(out, '\n');
        help_wrap(out, verb->text, 0, 0);
    }
    add_options(table, verb, out);
    add_documents(table, verb, out);
    buffer_add_string(out, "\nends with:\n");
    help__each_exit(table, verb, add_exit, out);
}

/* --- all of them ----------------------------------------------------------
 */

void help_overview(const struct verb_table *table, struct buffer *out)
{
    const char *group = "";

    buffer_add_format(out, "%s: %s\n", table->program, table->summary);
    for (const struct verb *verb = table->verbs; verb->name; verb++) {
        if (strcmp(group, verb->group) != 0)
            buffer_add_format(out, "\n%s\n", verb->group);
        group = verb->group;
        add_entry(out, verb->name, OVERVIEW_COLUMN, verb->summary);
    }
    buffer_add_byte(out, '\n');
    help_wrap(out,
              "`portcullis COMMAND --help` tells all about one. Every setting "
              "is also an option of every command: see `portcullis config "
              "reference`. What a command makes goes to stdout, words go to "
              "stderr; colours are left out where NO_COLOR is set.",
              0, 0);
}
