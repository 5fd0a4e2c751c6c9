/* SPDX-License-Identifier: MIT */
/* What the files of help share; for them only. */
#pragma once

#include "command/help.h"

typedef void help_line_fn(struct buffer *out, const char *line, void *arg);

/* The forms of a command, one at a time, without prefix and line end. */
void help__each_form(const struct verb_table *table, const struct verb *verb,
                     help_line_fn *fn, struct buffer *out, void *arg);

typedef void help_exit_fn(struct buffer *out, int status, const char *meaning);

/* The statuses a command may end with, in order. */
void help__each_exit(const struct verb_table *table, const struct verb *verb,
                     help_exit_fn *fn, struct buffer *out);
