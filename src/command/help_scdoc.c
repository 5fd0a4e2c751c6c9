/* SPDX-License-Identifier: MIT */
/* Manual pages in scdoc(5). */
#include "command/help_parts.h"

#include <string.h>

/* What scdoc reads as markup, made to be itself. */
static void add_escaped(struct buffer *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\*_#[]|<>", *c))
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, *c);
    }
}

static void add_title(const struct verb_table *table, const struct verb *verb,
                      struct buffer *out)
{
    buffer_add_format(out, "%s%s%s(1) \"\" \"%s %s\"\n\n# NAME\n\n%s%s%s - ",
                      table->program, verb ? "-" : "", verb ? verb->name : "",
                      table->program, table->version, table->program,
                      verb ? "-" : "", verb ? verb->name : "");
    add_escaped(out, verb ? verb->summary : table->summary);
    buffer_add_string(out, "\n\n# SYNOPSIS\n\n");
}

static void add_form(struct buffer *out, const char *form, void *arg)
{
    bool *first = arg;

    buffer_add_string(out, *first ? "" : "++\n");
    add_escaped(out, form);
    *first = false;
}

/* A term in bold, its argument, and below what it means. */
static void add_term(struct buffer *out, const char *term, const char *argument,
                     const char *meaning)
{
    buffer_add_byte(out, '*');
    add_escaped(out, term);
    buffer_add_byte(out, '*');
    if (argument && argument[0]) {
        buffer_add_byte(out, ' ');
        add_escaped(out, argument);
    }
    buffer_add_string(out, "\n\t");
    add_escaped(out, meaning);
    buffer_add_string(out, "\n\n");
}

static void add_exit(struct buffer *out, int status, const char *meaning)
{
    buffer_add_format(out, "*%d*\n\t", status);
    add_escaped(out, meaning);
    buffer_add_string(out, "\n\n");
}

static void add_documents(const struct verb_table *table,
                          const struct verb *verb, struct buffer *out)
{
    const struct verb_document *row = verb_next_document(table, verb, NULL);

    if (row)
        buffer_add_string(out, "# JSON\n\nA member without a type is a text, "
                               "and one with ? may be null.\n\n");
    for (; row; row = verb_next_document(table, verb, row))
        add_term(out, row->actions[0] ? row->actions : verb->name, NULL,
                 row->shape);
}

static void add_verb(const struct verb_table *table, const struct verb *verb,
                     struct buffer *out)
{
    const struct verb_action *action = verb_next_action(table, verb, NULL);
    const struct verb_option *option = NULL;
    bool first = true;

    help__each_form(table, verb, add_form, out, &first);
    buffer_add_string(out, "\n\n# DESCRIPTION\n\n");
    add_escaped(out, verb->text[0] ? verb->text : verb->summary);
    buffer_add_string(out, "\n\n");
    if (action)
        buffer_add_string(out, "# ACTIONS\n\n");
    for (; action; action = verb_next_action(table, verb, action))
        add_term(out, action->name, action->operands, action->summary);
    buffer_add_string(out, "# OPTIONS\n\n");
    while ((option = verb_next_option(table, verb, option)))
        add_term(out, option->name, option->argument, option->summary);
    add_term(out, "-h, --help", NULL, "say all about it on stdout");
    add_term(out, "--SETTING", "VALUE",
             "any setting: see `portcullis config reference`");
    add_documents(table, verb, out);
    buffer_add_string(out, "# EXIT STATUS\n\n");
    help__each_exit(table, verb, add_exit, out);
}

static void add_all(const struct verb_table *table, struct buffer *out)
{
    buffer_add_format(out, "%s COMMAND \\[OPTION…\\] \\[OPERAND…\\]\n\n",
                      table->program);
    buffer_add_string(out, "# COMMANDS\n\n");
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        add_term(out, verb->name, NULL, verb->summary);
    buffer_add_string(
        out, "Each has a page of its own. Every setting is also an option of "
             "every command. What a command makes goes to stdout, words go to "
             "stderr.\n\n"
             "# ENVIRONMENT\n\n*DATABASE\\_URL*, *REDIS\\_URL*, "
             "*PORTCULLIS\\_*…\n\tsettings; see `portcullis config "
             "reference`\n\n"
             "*NO\\_COLOR*\n\tno colours, even on a terminal\n\n"
             "# EXIT STATUS\n\n");
    for (const struct exit_row *row = exit_rows; row->name; row++)
        add_exit(out, row->status, row->meaning);
}

static void add_see_also(const struct verb_table *table,
                         const struct verb *verb, struct buffer *out)
{
    const char *between = "";

    buffer_add_string(out, "# SEE ALSO\n\n");
    if (verb)
        buffer_add_format(out, "*%s*(1)\n", table->program);
    for (const struct verb *row = table->verbs; !verb && row->name; row++) {
        buffer_add_format(out, "%s*%s-%s*(1)", between, table->program,
                          row->name);
        between = ", ";
    }
    buffer_add_string(out, verb ? "" : "\n");
}

void help_scdoc(const struct verb_table *table, const struct verb *verb,
                struct buffer *out)
{
    add_title(table, verb, out);
    if (verb)
        add_verb(table, verb, out);
    else
        add_all(table, out);
    add_see_also(table, verb, out);
}
