/* SPDX-License-Identifier: MIT */
/* docs/cli.md. */
#include "command/help_parts.h"

#include <string.h>

static void add_cell(struct buffer *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '|')
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, *c);
    }
}

static void add_row(struct buffer *out, const char *term, const char *argument,
                    const char *meaning)
{
    buffer_add_string(out, "| `");
    add_cell(out, term);
    if (argument && argument[0]) {
        buffer_add_byte(out, ' ');
        add_cell(out, argument);
    }
    buffer_add_string(out, "` | ");
    add_cell(out, meaning);
    buffer_add_string(out, " |\n");
}

static void add_form(struct buffer *out, const char *form, void *arg)
{
    (void)arg;
    buffer_add_string(out, "    ");
    help_wrap(out, form, 8, 8);
}

static void add_exit(struct buffer *out, int status, const char *meaning)
{
    if (status > 3)
        buffer_add_format(out, "; **%d** %s", status, meaning);
}

static void add_own_outcomes(const struct verb_table *table,
                             const struct verb *verb, struct buffer *out)
{
    for (const struct verb_outcome *own = table->outcomes; own->verb; own++)
        if (strcmp(own->verb, verb->name) == 0 && own->status <= 3)
            buffer_add_format(out, "; **%d** %s", own->status, own->meaning);
}

static void add_documents(const struct verb_table *table,
                          const struct verb *verb, struct buffer *out)
{
    const struct verb_document *row = verb_next_document(table, verb, NULL);

    if (row)
        buffer_add_string(out, "\n| `--json` prints | |\n|---|---|\n");
    for (; row; row = verb_next_document(table, verb, row)) {
        buffer_add_format(out, "| %s | `", row->actions);
        add_cell(out, row->shape);
        buffer_add_string(out, "` |\n");
    }
}

static void add_verb(const struct verb_table *table, const struct verb *verb,
                     struct buffer *out)
{
    const struct verb_action *action = verb_next_action(table, verb, NULL);
    const struct verb_option *option = verb_next_option(table, verb, NULL);

    buffer_add_format(out, "\n### %s\n\n%s.\n\n", verb->name, verb->summary);
    help__each_form(table, verb, add_form, out, NULL);
    if (verb->text[0]) {
        buffer_add_byte(out, '\n');
        help_wrap(out, verb->text, 0, 0);
    }
    if (action)
        buffer_add_string(out, "\n| action | |\n|---|---|\n");
    for (; action; action = verb_next_action(table, verb, action))
        add_row(out, action->name, action->operands, action->summary);
    if (option)
        buffer_add_string(out, "\n| option | |\n|---|---|\n");
    for (; option; option = verb_next_option(table, verb, option))
        add_row(out, option->name, option->argument, option->summary);
    add_documents(table, verb, out);
    buffer_add_string(out, "\nEnds with **0**");
    add_own_outcomes(table, verb, out);
    help__each_exit(table, verb, add_exit, out);
    buffer_add_string(out, ".\n");
}

void help_reference(const struct verb_table *table, struct buffer *out)
{
    const char *group = "";

    buffer_add_string(
        out,
        "# The command line\n\n"
        "This page is printed by `portcullis help --reference` from the table "
        "in\n`src/app/verbs.def`; `portcullis COMMAND --help` and the manual "
        "pages say the\nsame.\n\n"
        "What a command makes goes to stdout, words go to stderr. `--json` "
        "makes of the\nformer one document. On a terminal long work shows a "
        "bar, elsewhere a line\nevery few seconds; colours are left out where "
        "`NO_COLOR` is set. What destroys\nasks for the database's name, "
        "unless `--yes` says that it is meant. Every\nsetting is also an "
        "option of every command ([settings.md](settings.md)). Beside\nwhat "
        "is told here, every command may end with 1, 2 or 3\n"
        "([exit-codes.md](exit-codes.md)).\n");
    for (const struct verb *verb = table->verbs; verb->name; verb++) {
        if (strcmp(group, verb->group) != 0)
            buffer_add_format(out, "\n## %s\n", verb->group);
        group = verb->group;
        add_verb(table, verb, out);
    }
}
