/* SPDX-License-Identifier: MIT */
/* Commands that tell about commands. */
#include "app/help.h"

#include "app/verb.h"
#include "command/completion.h"
#include "command/help.h"

#include <stdio.h>

static int print(const struct buffer *out)
{
    if (buffer_overflown(out) ||
        fwrite(out->at, 1, out->len, stdout) != out->len)
        return EXIT_FAILED;
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

int print_help(const struct verb *verb)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, HELP_BYTES_MAX);
    if (verb)
        help_verb(&verb_table, verb, &out);
    else
        help_overview(&verb_table, &out);
    return print(&out);
}

static int print_scdoc(const struct verb *verb)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, HELP_BYTES_MAX);
    help_scdoc(&verb_table, verb, &out);
    return print(&out);
}

static int print_reference(void)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, HELP_BYTES_MAX);
    help_reference(&verb_table, &out);
    return print(&out);
}

static int print_json(void)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, HELP_BYTES_MAX);
    help_json(&verb_table, &out);
    return print(&out);
}

int verb_help(struct invocation *invocation)
{
    bool json = take_flag(invocation, "--json");
    bool scdoc = take_flag(invocation, "--scdoc");
    bool reference = take_flag(invocation, "--reference");
    const char *about = take_argument(invocation);
    const struct verb *verb = about ? verb_find(&verb_table, about) : NULL;
    int status = check_no_more(invocation, "help");

    if (status != EXIT_OK)
        return status;
    if (about && !verb)
        return arguments_no_such_verb(&verb_table, about);
    if (json)
        return print_json();
    if (reference)
        return print_reference();
    return scdoc ? print_scdoc(verb) : print_help(verb);
}

int verb_completion(struct invocation *invocation)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    const char *shell = take_argument(invocation);
    int status = check_no_more(invocation, "completion");

    if (status != EXIT_OK)
        return status;
    if (!shell)
        return usage(invocation, "completion");
    buffer_init(&out, HELP_BYTES_MAX);
    if (completion_print(&verb_table, shell, &out))
        return print(&out);
    say("completion knows bash, zsh and fish, not \"%s\"", shell);
    return EXIT_USAGE;
}
