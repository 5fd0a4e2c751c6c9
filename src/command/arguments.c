/* SPDX-License-Identifier: MIT */
#include "command/arguments.h"

#include "base/file.h"
#include "base/text.h"
#include "command/help.h"
#include "command/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- taking ---------------------------------------------------------------
 */

static void remove_arguments(struct invocation *invocation, int at, int count)
{
    invocation->argc -= count;
    for (int i = at; i < invocation->argc; i++)
        invocation->argv[i] = invocation->argv[i + count];
    invocation->argv[invocation->argc] = NULL; /* as a command's must end */
}

/* The value behind '=', "" when there is none; NULL: it is another option. */
static const char *is_option(const char *argument, const char *name)
{
    size_t len = strlen(name);

    if (strncmp(argument, name, len) != 0)
        return NULL;
    if (argument[len] == '=')
        return argument + len + 1;
    return argument[len] == '\0' ? argument + len : NULL;
}

static int find_option(const struct invocation *invocation, const char *name)
{
    for (int i = 0; i < invocation->argc; i++) {
        if (strcmp(invocation->argv[i], "--") == 0)
            return -1;
        if (is_option(invocation->argv[i], name))
            return i;
    }
    return -1;
}

bool take_flag(struct invocation *invocation, const char *name)
{
    int at = find_option(invocation, name);

    if (at >= 0)
        remove_arguments(invocation, at, 1);
    return at >= 0;
}

const char *take_option(struct invocation *invocation, const char *name)
{
    int at = find_option(invocation, name);
    const char *value;

    if (at < 0)
        return NULL;
    if (strchr(invocation->argv[at], '=')) {
        value = is_option(invocation->argv[at], name);
        remove_arguments(invocation, at, 1);
        return value;
    }
    if (at + 1 >= invocation->argc)
        return NULL; /* a name without its value is left over, and told of */
    value = invocation->argv[at + 1];
    remove_arguments(invocation, at, 2);
    return value;
}

int take_number(struct invocation *invocation, const char *name, int64_t min,
                int64_t max, int64_t preset, int64_t *ret_value)
{
    const char *value = take_option(invocation, name);

    *ret_value = preset;
    if (!value)
        return EXIT_OK;
    if (text_to_int64(text_of(value), ret_value) && *ret_value >= min &&
        *ret_value <= max)
        return EXIT_OK;
    say("%s must be a number from %lld to %lld, not \"%s\"", name,
        (long long)min, (long long)max, value);
    return EXIT_USAGE;
}

int take_file(struct invocation *invocation, const char *name, size_t limit,
              struct buffer *bytes, bool *ret_named)
{
    const char *path = take_option(invocation, name);
    int error;

    *ret_named = path != NULL;
    buffer_init(bytes, limit + 1);
    if (!path)
        return EXIT_OK;
    error = file_read(path, bytes);
    if (!error && bytes->len > limit)
        error = EFBIG;
    if (error) {
        say("%s: %s", path, strerror(error));
        return EXIT_CONFIG;
    }
    buffer_add_byte(bytes, '\0');
    bytes->len--;
    return EXIT_OK;
}

const char *take_argument(struct invocation *invocation)
{
    const char *value;

    if (invocation->argc == 0)
        return NULL;
    value = invocation->argv[0];
    remove_arguments(invocation, 0, 1);
    return value;
}

int check_no_more(struct invocation *invocation, const char *verb)
{
    if (invocation->argc == 0)
        return EXIT_OK;
    say("%s does not take \"%s\"", verb, invocation->argv[0]);
    return usage(invocation, verb);
}

int usage(const struct invocation *invocation, const char *verb)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, HELP_BYTES_MAX);
    help_synopsis(invocation->table, verb_find(invocation->table, verb),
                  "usage: ", &out);
    fprintf(stderr, "%.*s", TEXT_ARG(buffer_text(&out)));
    return EXIT_USAGE;
}

/* --- holding against the tables -------------------------------------------
 */

/* One walk along a command line. */
struct walk {
    const struct invocation *invocation;
    const struct verb *verb;
    const struct verb_action *action;
    int at, action_at;
    int operands; /* behind the action, if there is one */
};

static const char *argument(const struct walk *walk)
{
    return walk->at < walk->invocation->argc ? walk->invocation->argv[walk->at]
                                             : NULL;
}

static struct text option_name(const char *given)
{
    return text_from(given, strcspn(given, "="));
}

/* "--drain-delay" of the setting drain_delay. */
static void setting_flag(enum setting id, char ret_flag[NEAREST_BYTES])
{
    snprintf(ret_flag, NEAREST_BYTES, "--%s", setting_name(id));
    for (char *c = ret_flag; *c; c++)
        if (*c == '_')
            *c = '-';
}

static int unknown_option(const struct walk *walk, struct text name)
{
    const struct verb_table *table = walk->invocation->table;
    const struct verb_option *row = NULL;
    char flags[SETTING_COUNT][NEAREST_BYTES];
    struct nearest nearest;

    nearest_init(&nearest, name);
    nearest_try(&nearest, "--help");
    while ((row = verb_next_option(table, walk->verb, row)))
        nearest_try(&nearest, row->name);
    for (enum setting id = 0; id < SETTING_COUNT; id++) {
        setting_flag(id, flags[id]);
        nearest_try(&nearest, flags[id]);
    }
    if (nearest.found)
        say("%s does not take %.*s; did you mean %s?", walk->verb->name,
            TEXT_ARG(name), nearest.found);
    else
        say("%s does not take %.*s; see %s %s --help", walk->verb->name,
            TEXT_ARG(name), table->program, walk->verb->name);
    return EXIT_USAGE;
}

static const struct verb_option *find_row(const struct walk *walk,
                                          struct text name)
{
    const struct verb_table *table = walk->invocation->table;
    const struct verb_option *row = verb_next_option(table, walk->verb, NULL);

    while (row && !text_is(name, row->name))
        row = verb_next_option(table, walk->verb, row);
    return row;
}

static bool is_repeated(const struct walk *walk, const char *name)
{
    for (int i = 0; i < walk->at; i++)
        if (is_option(walk->invocation->argv[i], name))
            return true;
    return false;
}

static int check_option(struct walk *walk)
{
    const char *given = argument(walk);
    struct text name = option_name(given);
    const struct verb_option *row = find_row(walk, name);
    bool has_value = given[name.len] == '=';

    if (!row)
        return unknown_option(walk, name);
    if (is_repeated(walk, row->name)) {
        say("%s is given twice", row->name);
        return EXIT_USAGE;
    }
    if (has_value && !row->argument) {
        say("%s takes no value", row->name);
        return EXIT_USAGE;
    }
    walk->at++;
    if (!row->argument || has_value)
        return EXIT_OK;
    if (argument(walk) && strncmp(argument(walk), "--", 2) != 0) {
        walk->at++;
        return EXIT_OK;
    }
    say("%s needs a value: %s", row->name, row->argument);
    return EXIT_USAGE;
}

static int unknown_action(const struct walk *walk, const char *given)
{
    const struct verb_table *table = walk->invocation->table;
    const struct verb_action *row = NULL;
    struct nearest nearest;

    nearest_init(&nearest, text_of(given));
    while ((row = verb_next_action(table, walk->verb, row)))
        nearest_try(&nearest, row->name);
    say("%s does not know \"%s\"%s%s%s", walk->verb->name, given,
        nearest.found ? "; did you mean " : "",
        nearest.found ? nearest.found : "", nearest.found ? "?" : "");
    return nearest.found ? EXIT_USAGE
                         : usage(walk->invocation, walk->verb->name);
}

static int check_operand(struct walk *walk)
{
    const struct verb_table *table = walk->invocation->table;
    const char *given = argument(walk);

    walk->action_at = walk->action ? walk->action_at : walk->at;
    walk->at++;
    if (walk->action || !verb_next_action(table, walk->verb, NULL)) {
        walk->operands++;
        return EXIT_OK;
    }
    walk->action = verb_find_action(table, walk->verb, given);
    return walk->action ? EXIT_OK : unknown_action(walk, given);
}

/* Options may stand before the action, so that they are looked at last. */
static int check_belonging(const struct walk *walk)
{
    for (int i = 0; i < walk->at; i++) {
        struct text name = option_name(walk->invocation->argv[i]);
        const struct verb_option *row = find_row(walk, name);

        if (!row || verb_option_is_of(row, walk->action))
            continue;
        say("%s %s does not take %s", walk->verb->name, walk->action->name,
            row->name);
        return usage(walk->invocation, walk->verb->name);
    }
    return EXIT_OK;
}

/* "DOMAIN NAME", "[URL]", "-- COMMAND…": what is in no brackets is needed. */
static int check_operands(const struct walk *walk)
{
    struct text rest =
        text_of(walk->action ? walk->action->operands : walk->verb->operands);
    int given = walk->operands;
    struct text word;

    if (argument(walk)) /* what stands behind "--" */
        given += walk->invocation->argc - walk->at - 1;
    while (text_cut(&rest, ' ', &word)) {
        if (word.len == 0 || word.at[0] == '[' || text_is(word, "--") ||
            given-- > 0)
            continue;
        say("%s%s%s needs %.*s", walk->verb->name, walk->action ? " " : "",
            walk->action ? walk->action->name : "", TEXT_ARG(word));
        return usage(walk->invocation, walk->verb->name);
    }
    return EXIT_OK;
}

static void put_first(struct invocation *invocation, int at)
{
    char *argument = invocation->argv[at];

    for (; at > 0; at--)
        invocation->argv[at] = invocation->argv[at - 1];
    invocation->argv[0] = argument;
}

int arguments_check(struct invocation *invocation, const struct verb *verb)
{
    struct walk walk = { .invocation = invocation, .verb = verb };
    int status = EXIT_OK;

    while (status == EXIT_OK && argument(&walk) &&
           strcmp(argument(&walk), "--") != 0)
        status = strncmp(argument(&walk), "--", 2) == 0 ? check_option(&walk)
                                                        : check_operand(&walk);
    if (status != EXIT_OK)
        return status;
    if (!walk.action && verb_next_action(invocation->table, verb, NULL)) {
        say("%s needs one of its actions", verb->name);
        return usage(invocation, verb->name);
    }
    status = check_belonging(&walk);
    if (status == EXIT_OK)
        status = check_operands(&walk);
    if (status == EXIT_OK && walk.action)
        put_first(invocation, walk.action_at);
    return status;
}

bool arguments_ask_for_help(int argc, char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int arguments_no_such_verb(const struct verb_table *table, const char *name)
{
    struct nearest nearest;

    nearest_init(&nearest, text_of(name));
    for (const struct verb *verb = table->verbs; verb->name; verb++)
        nearest_try(&nearest, verb->name);
    if (nearest.found)
        say("there is no command \"%s\"; did you mean %s?", name,
            nearest.found);
    else
        say("there is no command \"%s\"; see %s help", name, table->program);
    return EXIT_USAGE;
}
