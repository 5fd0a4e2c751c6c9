/* SPDX-License-Identifier: MIT */
#include "app/verb.h"

#include "base/text.h"

#include <stdio.h>

#define VERB(name, function, arguments, summary) \
    { name, function, arguments, summary },
const struct verb verbs[] = {
#include "app/verbs.def"
    { NULL, NULL, NULL, NULL },
};
#undef VERB

static void remove_arguments(struct invocation *invocation, int at, int count)
{
    invocation->argc -= count;
    for (int i = at; i < invocation->argc; i++)
        invocation->argv[i] = invocation->argv[i + count];
    invocation->argv[invocation->argc] = NULL; /* as a command's must end */
}

static int find_option(const struct invocation *invocation, const char *name)
{
    for (int i = 0; i < invocation->argc; i++) {
        if (strcmp(invocation->argv[i], "--") == 0)
            return -1;
        if (strcmp(invocation->argv[i], name) == 0)
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

    if (at < 0 || at + 1 >= invocation->argc)
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
    return usage(verb);
}

int usage(const char *verb)
{
    for (const struct verb *v = verbs; v->name; v++)
        if (strcmp(v->name, verb) == 0)
            fprintf(stderr, "usage: portcullis %s%s%s\n", v->name,
                    v->arguments[0] ? " " : "", v->arguments);
    return EXIT_USAGE;
}
