/* SPDX-License-Identifier: MIT */
/* A command line held against the tables, and what a command takes from it. */
#pragma once

#include "base/buffer.h"
#include "command/verb.h"

#include <stdint.h>

/*
 * EXIT_OK when every option is one of the verb's, has its value, is said once
 * and belongs to the action, and the action is one; else EXIT_USAGE, having
 * said so with what may have been meant. What stands behind "--" is not ours.
 * An action is then the first argument, wherever it stood.
 */
int arguments_check(struct invocation *invocation, const struct verb *verb)
    MUST_CHECK;

/* Is help asked for, before "--"? */
bool arguments_ask_for_help(int argc, char *const *argv);

/* EXIT_USAGE: there is no such command; names one that is like it. */
int arguments_no_such_verb(const struct verb_table *table, const char *name);

/*
 * Options of one command, taken out of argv wherever they stand before "--",
 * as "--name value" or "--name=value". A flag takes no value.
 */
bool take_flag(struct invocation *invocation, const char *name);
const char *take_option(struct invocation *invocation, const char *name);

/* As take_option(), a number from min to max; `preset` when it is missing. */
int take_number(struct invocation *invocation, const char *name, int64_t min,
                int64_t max, int64_t preset, int64_t *ret_value) MUST_CHECK;

/*
 * The content of the file that the option names, a NUL behind it that is not
 * counted; *ret_named is false where there is no such option. `bytes` is begun
 * here and ended by the caller in every case. EXIT_CONFIG, having said so, when
 * the file cannot be read or is longer than `limit` bytes.
 */
int take_file(struct invocation *invocation, const char *name, size_t limit,
              struct buffer *bytes, bool *ret_named) MUST_CHECK;

/* The next argument, or NULL. */
const char *take_argument(struct invocation *invocation);

/* EXIT_OK, or EXIT_USAGE when something is left, having said so. */
int check_no_more(struct invocation *invocation, const char *verb) MUST_CHECK;

/* "usage: portcullis VERB …" on stderr; EXIT_USAGE. */
int usage(const struct invocation *invocation, const char *verb);
