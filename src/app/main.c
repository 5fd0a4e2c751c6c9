/* SPDX-License-Identifier: MIT */
/* The one binary: reads the settings, finds the command, runs it. */
#include "app/help.h"
#include "app/verb.h"
#include "base/fault.h"
#include "telemetry/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "--help" and "--version" are what every program has. */
static const char *verb_name(const char *given)
{
    if (strcmp(given, "--help") == 0 || strcmp(given, "-h") == 0)
        return "help";
    return strcmp(given, "--version") == 0 ? "version" : given;
}

static void print_lines(struct buffer *lines)
{
    if (lines->len > 0)
        fprintf(stderr, "%.*s", TEXT_ARG(buffer_text(lines)));
}

static int load_settings(int *argc, char **argv, struct settings **ret)
{
    CLEANUP(buffer_fini) struct buffer mistakes;
    struct settings_sources from = { .argc = *argc,
                                     .argv = argv,
                                     .env = environ };
    int r;

    buffer_init(&mistakes, 64 * 1024);
    r = settings_load(&from, &mistakes, NULL, ret);
    print_lines(&mistakes);
    *argc = from.argc;
    return r < 0 ? EXIT_CONFIG : EXIT_OK;
}

static int arm_faults(void)
{
    const char *faults = getenv("PORTCULLIS_FAULTS");

    if (!faults || fault_arm_text(text_of(faults)) == 0)
        return EXIT_OK;
    say("PORTCULLIS_FAULTS names no fault of ours");
    return EXIT_CONFIG;
}

static int run(const struct verb *verb, struct invocation *invocation)
{
    int status = arguments_check(invocation, verb);

    if (status == EXIT_OK)
        status = verb->run(invocation);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    say("what there is to print could not be written");
    return status == EXIT_OK ? EXIT_FAILED : status;
}

/* Before the settings are read, as other defaults hang on it. */
static void spell_out(const char *verb, int argc, char **argv)
{
    static char production[] = "--environment=production";

    for (int i = 0; strcmp(verb, "config") == 0 && i < argc; i++)
        if (strcmp(argv[i], "--production") == 0)
            argv[i] = production;
}

int main(int argc, char **argv)
{
    CLEANUP(settings_free) struct settings *settings = NULL;
    const char *name = argc > 1 ? verb_name(argv[1]) : "help";
    const struct verb *verb = verb_find(&verb_table, name);
    struct invocation invocation = { .program = argv[0], .table = &verb_table };
    int left = argc > 2 ? argc - 2 : 0;
    int status;

    if (!verb)
        return arguments_no_such_verb(&verb_table, name);
    if (arguments_ask_for_help(left, argv + 2))
        return print_help(verb);
    signal(SIGPIPE, SIG_IGN);
    spell_out(name, left, argv + 2);
    status = load_settings(&left, argv + 2, &settings);
    if (status == EXIT_OK)
        status = arm_faults();
    if (status != EXIT_OK)
        return status;
    log_setup((enum log_level)settings_int(settings, SETTING_LOG_LEVEL),
              (enum log_format)settings_int(settings, SETTING_LOG_FORMAT),
              STDERR_FILENO);
    invocation.settings = settings;
    invocation.argc = left;
    invocation.argv = argv + 2;
    return run(verb, &invocation);
}
