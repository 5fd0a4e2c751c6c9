/* SPDX-License-Identifier: MIT */
/* What every command gets, and the commands. */
#pragma once

#include "admin/exit.h"
#include "base/settings.h"

#include <stdbool.h>

struct invocation {
    const char *program;
    const struct settings *settings;
    int argc; /* what is left behind the command's name and the settings */
    char **argv;
};

/* Returns the exit status (admin/exit.def), having said why on stderr. */
typedef int verb_fn(struct invocation *invocation);

struct verb {
    const char *name;
    verb_fn *run;
    const char *arguments, *summary;
};

extern const struct verb verbs[]; /* ended by a row without a name */

#define VERB(name, function, arguments, summary) verb_fn function;
#include "app/verbs.def"
#undef VERB

/*
 * Options of one command, taken out of argv wherever they stand before "--".
 * A flag takes no value.
 */
bool take_flag(struct invocation *invocation, const char *name);
const char *take_option(struct invocation *invocation, const char *name);

/* As take_option(), a number from min to max; `preset` when it is missing. */
int take_number(struct invocation *invocation, const char *name, int64_t min,
                int64_t max, int64_t preset, int64_t *ret_value) MUST_CHECK;

/* The next argument, or NULL. */
const char *take_argument(struct invocation *invocation);

/* EXIT_OK, or EXIT_USAGE when something is left, having said so. */
int check_no_more(struct invocation *invocation, const char *verb) MUST_CHECK;

/* "portcullis VERB ARGUMENTS" on stderr; EXIT_USAGE. */
int usage(const char *verb);
