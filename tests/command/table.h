/* SPDX-License-Identifier: MIT */
/* A program with three commands. */
#pragma once

#include "command/arguments.h"

#include <criterion/criterion.h>
#include <string.h>

UNUSED static int nothing(struct invocation *invocation)
{
    (void)invocation;
    return EXIT_OK;
}

static const struct verb table_verbs[] = {
    { "fetch", nothing, "Moving", "FILE", "fetch a thing", "UNREACHABLE",
      "First paragraph of it, which is long enough that it has to be broken "
      "into two lines.\n\nSecond_one." },
    { "store", nothing, "Moving", "", "keep or drop things", "", "" },
    { "help", nothing, "More", "plain|long [COMMAND]", "print this", "", "" },
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct verb_action table_actions[] = {
    { "store", "keep", "", "keep a thing" },
    { "store", "drop", "THING…", "drop it's rest" },
    { NULL, NULL, NULL, NULL },
};

static const struct verb_option table_options[] = {
    { "fetch", "", "--report", "FILE", "write it there" },
    { "fetch", "", "--form", "plain|gzip", "what it is" },
    { "fetch", "", "--json", NULL, "a document" },
    { "store", "drop", "--yes", NULL, "do not ask" },
    { NULL, NULL, NULL, NULL, NULL },
};

static const struct verb_outcome table_outcomes[] = {
    { "store", 1, "half of it" },
    { NULL, 0, NULL },
};

static const struct verb_document table_documents[] = {
    { "fetch", "", "{thing, left?: number}" },
    { NULL, NULL, NULL },
};

UNUSED static const struct verb_table table = {
    "mover",       "moves things", "1.0",          table_verbs,
    table_actions, table_options,  table_outcomes, table_documents,
};

/* A command line behind the command's name. */
struct line {
    char *argv[16];
    struct invocation invocation;
};

UNUSED static void line_of(struct line *line, const char *const *words)
{
    *line = (struct line){ 0 };
    for (; words[line->invocation.argc]; line->invocation.argc++)
        line->argv[line->invocation.argc] =
            (char *)(uintptr_t)words[line->invocation.argc];
    line->invocation.table = &table;
    line->invocation.argv = line->argv;
}

#define LINE(line, ...) \
    line_of(&(line), (const char *const[]){ __VA_ARGS__, NULL })
