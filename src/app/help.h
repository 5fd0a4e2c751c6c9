/* SPDX-License-Identifier: MIT */
#pragma once

struct verb;

/* All about one command, or (NULL) every command, on stdout; the exit status.
 */
int print_help(const struct verb *verb);
