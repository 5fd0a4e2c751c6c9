/* SPDX-License-Identifier: MIT */
/* What the tables say, for people: on a terminal, as manual pages, as the page
 * docs/cli.md. Pure. */
#pragma once

#include "base/buffer.h"
#include "command/verb.h"

enum { HELP_BYTES_MAX = 1 << 20, HELP_COLUMNS = 79 };

/* `prefix` and a line for each form of the command: "portcullis wait …". */
void help_synopsis(const struct verb_table *table, const struct verb *verb,
                   const char *prefix, struct buffer *out);

/* Every command with one line, by group. */
void help_overview(const struct verb_table *table, struct buffer *out);

/* All there is to say of one. */
void help_verb(const struct verb_table *table, const struct verb *verb,
               struct buffer *out);

/* A manual page's source for scdoc(1): of one command, or (NULL) of all. */
void help_scdoc(const struct verb_table *table, const struct verb *verb,
                struct buffer *out);

/* The reference page: docs/cli.md. */
void help_reference(const struct verb_table *table, struct buffer *out);

/* All of the table as one JSON document: a list of commands. */
void help_json(const struct verb_table *table, struct buffer *out);

/* The text in lines of at most HELP_COLUMNS, each after `indent` spaces; the
 * first one stands at `column` already. Empty lines stay. */
void help_wrap(struct buffer *out, const char *text, unsigned indent,
               unsigned column);
