/* SPDX-License-Identifier: MIT */
#include "command/completion.h"

#include <string.h>

static void add_setting_flags(struct buffer *out, const char *before)
{
    for (enum setting id = 0; id < SETTING_COUNT; id++) {
        buffer_add_string(out, before);
        for (const char *c = setting_name(id); *c; c++)
            buffer_add_byte(out, *c == '_' ? '-' : *c);
    }
}

static bool is_path(const char *argument)
{
    return strcmp(argument, "FILE") == 0 || strcmp(argument, "DIR") == 0;
}

static bool is_choice(const char *argument)
{
    return strchr(argument, '|') != NULL;
}

/* Words of "a|b|c" with spaces between. */
static void add_choices(struct buffer *out, const char *argument)
{
    for (const char *c = argument; *c; c++)
        buffer_add_byte(out, *c == '|' ? ' ' : *c);
}

/* What may stand first behind a command without actions: "a|b FILE". */
static struct text operand_choices(const struct verb *verb)
{
    struct text first = text_from(verb->operands, strcspn(verb->operands, " "));

    return text_find(first, '|') > 0 && first.at[0] != '[' ? first : TEXT_NULL;
}

static void add_operand_choices(struct buffer *out, const struct verb *verb)
{
    struct text rest = operand_choices(verb), choice;

    while (rest.at && text_cut(&rest, '|', &choice))
        buffer_add_format(out, "%.*s ", TEXT_ARG(choice));
}

/* Inside single quotes, and for zsh with colons escaped. */
static void add_quoted(struct buffer *out, const char *text, bool zsh)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            buffer_add_string(out, "'\\'");
        if (zsh && strchr(":[]\\", *c))
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, *c);
    }
}

/* --- bash -----------------------------------------------------------------
 */

static void bash_values(const struct verb_table *table, struct buffer *out)
{
    for (const struct verb_option *row = table->options; row->verb; row++) {
        if (!row->argument)
            continue;
        buffer_add_format(out, "    \"%s %s\") ", row->verb, row->name);
        if (is_choice(row->argument)) {
            buffer_add_string(out, "COMPREPLY=($(compgen -W \"");
            add_choices(out, row->argument);
            buffer_add_string(out, "\" -- \"$cur\"))");
        } else if (is_path(row->argument)) {
            buffer_add_string(out, "COMPREPLY=($(compgen -f -- \"$cur\"))");
        } else {
            buffer_add_string(out, "COMPREPLY=()");
        }
        buffer_add_string(out, "; return ;;\n");
    }
}

static void bash_words(const struct verb_table *table, const struct verb *verb,
                       struct buffer *out)
{
    const struct verb_action *action = NULL;
    const struct verb_option *option = NULL;

    buffer_add_format(out, "    %s) actions=\"", verb->name);
    while ((action = verb_next_action(table, verb, action)))
        buffer_add_format(out, "%s ", action->name);
    add_operand_choices(out, verb);
    buffer_add_string(out, "\" options=\"");
    while ((option = verb_next_option(table, verb, option)))
        buffer_add_format(out, "%s ", option->name);
    buffer_add_string(out, "--help\" ;;\n");
}

static void print_bash(const struct verb_table *table, struct buffer *out)
{
    const char *name = table->program;

    buffer_add_format(out,
                      "# bash completion for %s\n_%s() {\n"
                      "    local cur=${COMP_WORDS[COMP_CWORD]} "
                      "prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}\n"
                      "    local actions= options= verbs=\"",
                      name, name);
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        buffer_add_format(out, "%s ", verb->name);
    buffer_add_string(out, "\"\n    local settings=\"");
    add_setting_flags(out, " --");
    buffer_add_string(out, "\"\n    COMPREPLY=()\n"
                           "    if [ \"$COMP_CWORD\" = 1 ]; then "
                           "COMPREPLY=($(compgen -W \"$verbs --help "
                           "--version\" -- \"$cur\")); return; fi\n"
                           "    case \"$verb $prev\" in\n"
                           "    \"help help\") COMPREPLY=($(compgen -W "
                           "\"$verbs\" -- \"$cur\")); return ;;\n");
    bash_values(table, out);
    buffer_add_string(out, "    esac\n    case \"$verb\" in\n");
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        bash_words(table, verb, out);
    buffer_add_format(
        out,
        "    esac\n"
        "    case \"$cur\" in\n"
        "    -*) COMPREPLY=($(compgen -W \"$options $settings\" -- "
        "\"$cur\")) ;;\n"
        "    *) if [ \"$COMP_CWORD\" = 2 ] && [ -n \"$actions\" ]; then "
        "COMPREPLY=($(compgen -W \"$actions\" -- \"$cur\"))\n"
        "       else COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n"
        "    esac\n}\ncomplete -F _%s %s\n",
        name, name);
}

/* --- zsh ------------------------------------------------------------------
 */

static void zsh_option(const struct verb_option *row, struct buffer *out)
{
    buffer_add_format(out, " \\\n            '%s[", row->name);
    add_quoted(out, row->summary, true);
    buffer_add_byte(out, ']');
    if (row->argument) {
        buffer_add_string(out, ":value:");
        if (is_path(row->argument))
            buffer_add_string(out, "_files");
        if (is_choice(row->argument)) {
            buffer_add_byte(out, '(');
            add_choices(out, row->argument);
            buffer_add_byte(out, ')');
        }
    }
    buffer_add_byte(out, '\'');
}

static void zsh_verb(const struct verb_table *table, const struct verb *verb,
                     struct buffer *out)
{
    const struct verb_action *action = verb_next_action(table, verb, NULL);
    const struct verb_option *option = NULL;

    buffer_add_format(out, "    %s)\n", verb->name);
    if (action)
        buffer_add_string(out, "        actions=(");
    for (const struct verb_action *row = action; row;
         row = verb_next_action(table, verb, row)) {
        buffer_add_format(out, " '%s:", row->name);
        add_quoted(out, row->summary, true);
        buffer_add_byte(out, '\'');
    }
    if (action)
        buffer_add_string(out, " )\n        (( CURRENT == 3 )) && "
                               "_describe action actions\n");
    buffer_add_string(out, "        _arguments '--help[say all about it]'");
    while ((option = verb_next_option(table, verb, option)))
        zsh_option(option, out);
    if (operand_choices(verb).at) {
        buffer_add_string(out, " '2:what:(");
        add_operand_choices(out, verb);
        buffer_add_string(out, ")'");
    }
    buffer_add_string(out, action ? "\n        ;;\n"
                                  : " '*:file:_files'\n        ;;\n");
}

static void print_zsh(const struct verb_table *table, struct buffer *out)
{
    buffer_add_format(out,
                      "#compdef %s\n_%s() {\n    local -a verbs actions\n"
                      "    verbs=(",
                      table->program, table->program);
    for (const struct verb *verb = table->verbs; verb->name; verb++) {
        buffer_add_format(out, "\n        '%s:", verb->name);
        add_quoted(out, verb->summary, true);
        buffer_add_byte(out, '\'');
    }
    buffer_add_string(out, " )\n    if (( CURRENT == 2 )); then _describe "
                           "command verbs; return; fi\n"
                           "    case $words[2] in\n");
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        zsh_verb(table, verb, out);
    buffer_add_format(out, "    esac\n}\ncompdef _%s %s\n", table->program,
                      table->program);
}

/* --- fish -----------------------------------------------------------------
 */

static void fish_options(const struct verb_table *table,
                         const struct verb *verb, struct buffer *out)
{
    const struct verb_option *row = NULL;

    while ((row = verb_next_option(table, verb, row))) {
        buffer_add_format(
            out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s",
            table->program, verb->name, row->name + 2);
        if (row->argument)
            buffer_add_string(out, is_path(row->argument) ? " -rF" : " -x");
        if (row->argument && is_choice(row->argument)) {
            buffer_add_string(out, " -a '");
            add_choices(out, row->argument);
            buffer_add_byte(out, '\'');
        }
        buffer_add_string(out, " -d '");
        add_quoted(out, row->summary, false);
        buffer_add_string(out, "'\n");
    }
}

static void fish_verb(const struct verb_table *table, const struct verb *verb,
                      struct buffer *out)
{
    const struct verb_action *row = NULL;

    buffer_add_format(out,
                      "complete -c %s -f -n __fish_use_subcommand -a %s -d '",
                      table->program, verb->name);
    add_quoted(out, verb->summary, false);
    buffer_add_string(out, "'\n");
    if (operand_choices(verb).at) {
        buffer_add_format(out,
                          "complete -c %s -n '__fish_seen_subcommand_from %s' "
                          "-a '",
                          table->program, verb->name);
        add_operand_choices(out, verb);
        buffer_add_string(out, "'\n");
    }
    while ((row = verb_next_action(table, verb, row))) {
        buffer_add_format(out,
                          "complete -c %s -f -n '__fish_seen_subcommand_from "
                          "%s' -a %s -d '",
                          table->program, verb->name, row->name);
        add_quoted(out, row->summary, false);
        buffer_add_string(out, "'\n");
    }
    fish_options(table, verb, out);
}

static void print_fish(const struct verb_table *table, struct buffer *out)
{
    buffer_add_format(out, "# fish completion for %s\n", table->program);
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        fish_verb(table, verb, out);
}

bool completion_print(const struct verb_table *table, const char *shell,
                      struct buffer *out)
{
    static const struct {
        const char *shell;
        void (*print)(const struct verb_table *table, struct buffer *out);
    } shells[] = { { "bash", print_bash },
                   { "zsh", print_zsh },
                   { "fish", print_fish } };

    for (size_t i = 0; i < ARRAY_LEN(shells); i++)
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print(table, out);
            return true;
        }
    return false;
}
