/* SPDX-License-Identifier: MIT */
#include "command/help_parts.h"

#include <string.h>

enum { FORM_BYTES = 1024 };

static void add_options(const struct verb_table *table, const struct verb *verb,
                        const struct verb_action *action, struct buffer *form)
{
    const struct verb_option *row = NULL;

    while ((row = verb_next_option(table, verb, row)))
        if (verb_option_is_of(row, action))
            buffer_add_format(form, " [%s%s%s]", row->name,
                              row->argument ? " " : "",
                              row->argument ? row->argument : "");
}

/* Operands stand last, but for those that are a command of their own. */
static void add_form(const struct verb_table *table, const struct verb *verb,
                     const struct verb_action *action, struct buffer *form)
{
    const char *operands = action ? action->operands : verb->operands;

    buffer_add_format(form, "%s %s", table->program, verb->name);
    if (action)
        buffer_add_format(form, " %s", action->name);
    add_options(table, verb, action, form);
    if (operands[0])
        buffer_add_format(form, " %s", operands);
    buffer_add_byte(form, '\0');
}

void help__each_form(const struct verb_table *table, const struct verb *verb,
                     help_line_fn *fn, struct buffer *out, void *arg)
{
    CLEANUP(buffer_fini) struct buffer form = { 0 };
    const struct verb_action *action = verb_next_action(table, verb, NULL);

    buffer_init(&form, FORM_BYTES);
    do {
        buffer_clear(&form);
        add_form(table, verb, action, &form);
        if (!buffer_overflown(&form))
            fn(out, form.at, arg);
        action = action ? verb_next_action(table, verb, action) : NULL;
    } while (action);
}

static bool has_word(const char *list, const char *word)
{
    struct text rest = text_of(list), piece;

    while (text_cut(&rest, ' ', &piece))
        if (text_is(piece, word))
            return true;
    return false;
}

static const char *meaning_of(const struct verb_table *table,
                              const struct verb *verb,
                              const struct exit_row *row)
{
    for (const struct verb_outcome *own = table->outcomes; own->verb; own++)
        if (own->status == row->status && strcmp(own->verb, verb->name) == 0)
            return own->meaning;
    return row->meaning;
}

void help__each_exit(const struct verb_table *table, const struct verb *verb,
                     help_exit_fn *fn, struct buffer *out)
{
    for (const struct exit_row *row = exit_rows; row->name; row++)
        if (has_word("OK FAILED USAGE CONFIG", row->name) ||
            has_word(verb->exits, row->name))
            fn(out, row->status, meaning_of(table, verb, row));
}
