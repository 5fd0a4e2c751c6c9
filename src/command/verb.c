/* SPDX-License-Identifier: MIT */
#include "command/verb.h"

#include "base/text.h"

#include <string.h>

const struct verb *verb_find(const struct verb_table *table, const char *name)
{
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0)
            return verb;
    return NULL;
}

const struct verb_action *verb_next_action(const struct verb_table *table,
                                           const struct verb *verb,
                                           const struct verb_action *last)
{
    const struct verb_action *row = last ? last + 1 : table->actions;

    while (row->verb && strcmp(row->verb, verb->name) != 0)
        row++;
    return row->verb ? row : NULL;
}

const struct verb_option *verb_next_option(const struct verb_table *table,
                                           const struct verb *verb,
                                           const struct verb_option *last)
{
    const struct verb_option *row = last ? last + 1 : table->options;

    while (row->verb && strcmp(row->verb, verb->name) != 0)
        row++;
    return row->verb ? row : NULL;
}

const struct verb_document *verb_next_document(const struct verb_table *table,
                                               const struct verb *verb,
                                               const struct verb_document *last)
{
    const struct verb_document *row = last ? last + 1 : table->documents;

    while (row->verb && strcmp(row->verb, verb->name) != 0)
        row++;
    return row->verb ? row : NULL;
}

const struct verb_action *verb_find_action(const struct verb_table *table,
                                           const struct verb *verb,
                                           const char *name)
{
    const struct verb_action *row = verb_next_action(table, verb, NULL);

    while (row && strcmp(row->name, name) != 0)
        row = verb_next_action(table, verb, row);
    return row;
}

bool verb_option_is_of(const struct verb_option *option,
                       const struct verb_action *action)
{
    struct text rest = text_of(option->actions), name;

    if (!action || rest.len == 0)
        return true;
    while (text_cut(&rest, ' ', &name))
        if (text_is(name, action->name))
            return true;
    return false;
}
