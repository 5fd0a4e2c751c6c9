/* SPDX-License-Identifier: MIT */
/*
 * What a command line may say, as tables (src/app/verbs.def). Help, manual
 * pages, completions and docs/cli.md are made of them, and every command line
 * is held against them before its command runs.
 */
#pragma once

#include "admin/exit.h"
#include "base/settings.h"

#include <stdbool.h>

struct verb_table;

struct invocation {
    const char *program;
    const struct verb_table *table;
    const struct settings *settings;
    int argc; /* what is left behind the command's name and the settings */
    char **argv;
};

/* Returns the exit status (admin/exit.def), having said why on stderr. */
typedef int verb_fn(struct invocation *invocation);

struct verb {
    const char *name;
    verb_fn *run;
    const char *group;    /* under which it stands in the overview */
    const char *operands; /* "FILE [DIR]"; "": none; of actions: see there */
    const char *summary;  /* one line, without a full stop */
    const char *exits; /* rows of exit.def beside OK, FAILED, USAGE, CONFIG */
    const char *text;  /* paragraphs, an empty line between them */
};

/* What the first operand of some commands chooses. */
struct verb_action {
    const char *verb, *name, *operands, *summary;
};

struct verb_option {
    const char *verb;
    const char *actions;  /* names with spaces between; "": all of them */
    const char *name;     /* "--count" */
    const char *argument; /* "N", "FILE", "DIR", "a|b"; NULL: a flag */
    const char *summary;
};

/* What a status means of one command, where exit.def would say too little. */
struct verb_outcome {
    const char *verb;
    int status;
    const char *meaning;
};

/*
 * What --json prints, of all actions or of some. A shape is
 *     { members } | [ shape ] | text | number | boolean | any
 * and a member `name: shape`, or `name` alone for a text; `name?` may be null,
 * and `*` stands for members of any name. They are all there, in no order.
 */
struct verb_document {
    const char *verb, *actions, *shape;
};

/* Each list ends with a row of NULLs. */
struct verb_table {
    const char *program, *summary, *version;
    const struct verb *verbs;
    const struct verb_action *actions;
    const struct verb_option *options;
    const struct verb_outcome *outcomes;
    const struct verb_document *documents;
};

/* NULL: there is none. */
const struct verb *verb_find(const struct verb_table *table, const char *name);

/* The next row of the verb behind `last` (NULL: the first), or NULL. */
const struct verb_action *verb_next_action(const struct verb_table *table,
                                           const struct verb *verb,
                                           const struct verb_action *last);
const struct verb_option *verb_next_option(const struct verb_table *table,
                                           const struct verb *verb,
                                           const struct verb_option *last);

const struct verb_document *verb_next_document(
    const struct verb_table *table, const struct verb *verb,
    const struct verb_document *last);

const struct verb_action *verb_find_action(const struct verb_table *table,
                                           const struct verb *verb,
                                           const char *name);

/* Does the option belong to the action? NULL: to any. */
bool verb_option_is_of(const struct verb_option *option,
                       const struct verb_action *action);
